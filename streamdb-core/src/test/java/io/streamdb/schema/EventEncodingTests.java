package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.schema.EventFactory.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * How change events stand on the wire (SPEC E1, T4).
 */
class EventEncodingTests {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private final CollectionDefinition<Task> tasks = CollectionDefinition.of(Task.class).build();

	private final StateSchema schema = StateSchema.of(this.tasks);

	@Test
	@Spec({ "E1.1", "E1.2" })
	void fieldsComeInTheirOrder() {
		Map<String, JsonNode> custom = new LinkedHashMap<>();
		custom.put("source", NODES.stringNode("import"));
		custom.put("offset", NODES.stringNode("1_1"));
		assertThat(text(this.schema,
				this.tasks.events()
					.update(null, new Task("t1", "Write", null), new Task("t1", "Wrote", null),
							new Headers("x1", Instant.EPOCH, custom))))
			.isEqualTo(
					"""
							{"type":"task","key":"t1","value":{"id":"t1","title":"Write","note":null},\
							"old_value":{"id":"t1","title":"Wrote","note":null},\
							"headers":{"operation":"update","txid":"x1","timestamp":"1970-01-01T00:00:00Z","source":"import","offset":"1_1"}}""");
	}

	@Test
	void deleteHasNoValue() {
		assertThat(text(this.schema, this.tasks.events().delete("t1", null, Headers.NONE)))
			.isEqualTo("{\"type\":\"task\",\"key\":\"t1\",\"headers\":{\"operation\":\"delete\"}}");
	}

	@Test
	@Spec("T4.6")
	void everyPropertyIsWrittenWhateverTheApplicationSays() {
		JsonMapper sparing = JsonMapper.builder()
			.changeDefaultPropertyInclusion((inclusion) -> JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY,
					JsonInclude.Include.NON_NULL))
			.withConfigOverride(String.class,
					(override) -> override.setInclude(
							JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL)))
			.build();
		CollectionDefinition<Sparing> definition = CollectionDefinition.of(Sparing.class).build();
		StateSchema schema = StateSchema.of(sparing, List.of(definition));
		Map<String, @Nullable String> map = new LinkedHashMap<>();
		map.put("a", null);
		assertThat(text(schema,
				definition.events()
					.insert(null, new Sparing("s", null, 0, "", Optional.empty(), List.of(), map, null), Headers.NONE)))
			.contains(
					"""
							"value":{"id":"s","text":null,"number":0,"empty":"","optional":null,"list":[],"map":{"a":null},"nested":null}""");
		assertThat(text(schema,
				definition.events()
					.insert(null, new Sparing("s", null, 0, "", Optional.empty(), List.of(), map, new Nested(null)),
							Headers.NONE)))
			.contains("\"nested\":{\"inner\":null}");
	}

	@Test
	void otherSettingsOfTheApplicationCount() {
		JsonMapper mapper = JsonMapper.builder()
			.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
			.enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
			.disable(DateTimeFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS)
			.enable(SerializationFeature.INDENT_OUTPUT)
			.enable(SerializationFeature.WRAP_ROOT_VALUE)
			.build();
		CollectionDefinition<Meeting> definition = CollectionDefinition.of(Meeting.class).build();
		assertThat(text(StateSchema.of(mapper, List.of(definition)),
				definition.events().insert(null, new Meeting("m", Instant.EPOCH, "x"), Headers.NONE)))
			.isEqualTo(
					"""
							{"type":"meeting","key":"m","value":{"id":"m","starts_at":0,"the-label":"x"},"headers":{"operation":"insert"}}""");
	}

	@Test
	void eventWithTreesIsWrittenAsItIs() {
		JsonNode tree = NODES.objectNode().put("n", new BigDecimal("1.10")).putNull("none");
		assertThat(text(this.schema,
				new ChangeEvent<>("task", "t", tree, null, new EventHeaders(Operation.UPSERT),
						Map.of("more", NODES.arrayNode().add(1)))))
			.isEqualTo("{\"type\":\"task\",\"key\":\"t\",\"value\":{\"n\":1.10,\"none\":null},"
					+ "\"headers\":{\"operation\":\"upsert\"},\"more\":[1]}");
	}

	@Test
	@Spec({ "E1.4", "E1.5" })
	void unknownHeadersAndFieldsSurviveARoundTrip() throws IOException {
		String event = """
				{"type":"task","key":"t1","value":{"id":"t1","title":"Write","note":null},"headers":{"operation":"insert",\
				"txid":"x","timestamp":"2026-11-23T10:00:00+01:00","custom":{"deep":[1.50,null,"é"]},"offset":"3_4"},\
				"extra":[{"a":123456789012345678901234567890}],"z":1e400}""";
		RecordingHandler handler = new RecordingHandler();
		this.schema.decode(new ByteArrayInputStream(bytes("[" + event + "]")), handler);
		assertThat(text(this.schema, handler.changes().get(0))).isEqualTo(event.replace("1e400", "1E+400"));
	}

	@Test
	@Spec("E1.1")
	void whatWasWrittenReadsBackEqual() throws IOException {
		for (String text : List.of("", "plain", "\"\\/\b\f\n\r\t\u0000\u001f", "é☃😀", "\ud800", "a\udc00b",
				"\u2028\u2029", "x".repeat(100_000))) {
			ChangeEvent<Task> written = new ChangeEvent<>("task", "k" + text, new Task("k" + text, text, text),
					new Task("k" + text, "old" + text, null),
					new EventHeaders(Operation.UPDATE, "tx" + text, "at" + text, Map.of("h", NODES.stringNode(text))),
					Map.of("f", NODES.stringNode(text)));
			RecordingHandler handler = new RecordingHandler();
			ByteArrayOutputStream body = new ByteArrayOutputStream();
			body.write('[');
			body.write(this.schema.encode(written));
			body.write(']');
			this.schema.decode(new ByteArrayInputStream(body.toByteArray()), handler);
			assertThat(handler.items).as(text).isEqualTo(List.of(written));
		}
	}

	@Test
	void nameThatNobodyCouldReadIsRefused() {
		for (String name : List.of("\ud800", "a\udc00b")) {
			assertThatExceptionOfType(SchemaException.class)
				.isThrownBy(() -> this.schema.encode(new ChangeEvent<>("task", "k", new Task("k", "x", null), null,
						new EventHeaders(Operation.INSERT), Map.of(name, NODES.nullNode()))))
				.withMessageContaining("insert of task 'k'")
				.withMessageContaining("surrogate");
		}
	}

	@Test
	void eventOfAnotherSchemaIsRefused() {
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> this.schema.encode(new ChangeEvent<>("other", "k", new Task("k", "x", null), null,
					new EventHeaders(Operation.INSERT))))
			.withMessageContaining("'other'")
			.withMessageContaining("task");
	}

	@Test
	void eventWithoutAValueIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.schema
				.encode(new ChangeEvent<>("task", "k", null, null, new EventHeaders(Operation.UPDATE))))
			.withMessageContaining("update of task 'k'");
	}

	@Test
	void entityThatCannotBeWrittenIsNamed() {
		CollectionDefinition<Failing> definition = CollectionDefinition.of(Failing.class).build();
		assertThatExceptionOfType(SchemaException.class)
			.isThrownBy(() -> StateSchema.of(definition)
				.encode(definition.events().insert(null, new Failing("f"), Headers.NONE)))
			.withMessageContaining("insert of failing 'f'")
			.withMessageContaining("out of order");
	}

	@Test
	void fieldsOfTheProtocolAreNotUnknown() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new ChangeEvent<>("t", "k", null, null, new EventHeaders(Operation.DELETE),
					Map.of("key", NODES.nullNode())))
			.withMessageContaining("'key'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new EventHeaders(Operation.DELETE, null, null, Map.of("txid", NODES.nullNode())));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new EventHeaders(Operation.DELETE, null, "x", Map.of("timestamp", NODES.nullNode())));
	}

	private static String text(StateSchema schema, ChangeEvent<?> event) {
		return new String(schema.encode(event), StandardCharsets.UTF_8);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	record Task(String id, String title, @Nullable String note) {
	}

	@JsonInclude(JsonInclude.Include.NON_DEFAULT)
	record Sparing(String id, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String text, int number,
			String empty, Optional<String> optional, List<String> list,
			@JsonInclude(content = JsonInclude.Include.NON_NULL) Map<String, @Nullable String> map,
			@Nullable Nested nested) {
	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Nested(@Nullable String inner) {
	}

	record Meeting(String id, Instant startsAt, @JsonProperty("the-label") String label) {
	}

	record Failing(String id) {

		public String getWrong() {
			throw new IllegalStateException("out of order");
		}

	}

}
