package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MalformedBodyException;
import io.streamdb.event.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What becomes of each kind of item (SPEC M1, M9).
 */
class EventClassificationTests {

	private static final EntityValidator NO_BLANK_TITLE = (
			entity) -> (entity instanceof Task task && task.title() != null && task.title().isBlank())
					? List.of("title must not be blank") : List.of();

	private static final String GOOD = """
			{"type":"task","key":"good","value":{"id":"good","title":"A good one","priority":1},"headers":{"operation":"insert"}}""";

	private final StateSchema schema = StateSchema.of(
			CollectionDefinition.of(Task.class).validator(NO_BLANK_TITLE).build(),
			CollectionDefinition.of(Counter.class).build());

	@Test
	@Spec({ "E1.1", "E1.2" })
	void changeEventOfDeclaredTypeIsBound() throws IOException {
		List<Object> items = decode("""
				[{"type":"task","key":"t1","value":{"id":"t1","title":"Write","priority":3},\
				"headers":{"operation":"update","txid":"x1","timestamp":"2026-11-23T10:00:00Z"}}]""");
		assertThat(items).singleElement().isInstanceOf(ChangeEvent.class).satisfies((item) -> {
			ChangeEvent<?> event = (ChangeEvent<?>) item;
			assertThat(event.type()).isEqualTo("task");
			assertThat(event.key()).isEqualTo("t1");
			assertThat(event.value()).isEqualTo(new Task("t1", "Write", 3));
			assertThat(event.oldValue()).isNull();
			assertThat(event.headers().operation()).isEqualTo(Operation.UPDATE);
			assertThat(event.headers().txid()).isEqualTo("x1");
			assertThat(event.headers().timestamp()).isEqualTo("2026-11-23T10:00:00Z");
			assertThat(event.headers().custom()).isEmpty();
			assertThat(event.unknown()).isEmpty();
		});
	}

	@ParameterizedTest(name = "{0}: {1}")
	@Spec({ "M1.6", "M9.2", "M9.3", "M9.4", "M9.5", "M9.6", "M9.7" })
	@MethodSource
	void eventOfDeclaredTypeThatCannotBeAppliedIsInvalid(InvalidEvent.Kind kind, String item) throws IOException {
		List<Object> items = decode("[" + GOOD + "," + item + "," + GOOD + "]");
		assertThat(items).hasSize(3);
		assertThat(items.get(0)).isInstanceOf(ChangeEvent.class);
		assertThat(items.get(1)).isInstanceOfSatisfying(InvalidEvent.class, (event) -> {
			assertThat(event.kind()).isEqualTo(kind);
			assertThat(event.reason()).isNotBlank();
			assertThat(event.type()).isIn("task", "counter");
		});
		assertThat(items.get(2)).isEqualTo(items.get(0));
	}

	static Stream<Arguments> eventOfDeclaredTypeThatCannotBeAppliedIsInvalid() {
		return Stream.of(arguments(InvalidEvent.Kind.MISSING_HEADERS, """
				{"type":"task","key":"k","value":{"title":"x","priority":1}}"""),
				arguments(InvalidEvent.Kind.MISSING_HEADERS, """
						{"type":"task","key":"k","value":{"title":"x","priority":1},"headers":"insert"}"""),
				arguments(InvalidEvent.Kind.MISSING_HEADERS, """
						{"type":"task"}"""), arguments(InvalidEvent.Kind.MISSING_OPERATION, """
						{"type":"task","key":"k","value":{"title":"x","priority":1},"headers":{}}"""),
				arguments(InvalidEvent.Kind.MISSING_OPERATION, """
						{"type":"task","headers":{"control":"reset"}}"""),
				arguments(InvalidEvent.Kind.MISSING_OPERATION, """
						{"type":"task","key":"k","value":{"priority":1},"headers":{"operation":null}}"""),
				arguments(InvalidEvent.Kind.UNKNOWN_OPERATION, """
						{"type":"task","key":"k","value":{"priority":1},"headers":{"operation":"replace"}}"""),
				arguments(InvalidEvent.Kind.UNKNOWN_OPERATION, """
						{"type":"task","key":"k","value":{"priority":1},"headers":{"operation":"INSERT"}}"""),
				arguments(InvalidEvent.Kind.UNKNOWN_OPERATION, """
						{"type":"task","key":"k","value":{"priority":1},"headers":{"operation":["insert"]}}"""),
				arguments(InvalidEvent.Kind.MISSING_KEY, """
						{"type":"task","value":{"id":"k","priority":1},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.MISSING_KEY, """
						{"type":"task","key":"","value":{"id":"k","priority":1},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.MISSING_KEY, """
						{"type":"task","key":7,"value":{"id":"k","priority":1},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.MISSING_KEY, """
						{"type":"task","key":{"a":[1]},"headers":{"operation":"delete"}}"""),
				arguments(InvalidEvent.Kind.INVALID_KEY, """
						{"type":"counter","key":"007","value":{"count":1},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.INVALID_KEY, """
						{"type":"counter","key":"+7","headers":{"operation":"delete"}}"""),
				arguments(InvalidEvent.Kind.INVALID_KEY, """
						{"type":"counter","key":"x","value":{"count":1},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.NOT_AN_OBJECT, """
						{"type":"task","key":"k","headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.NOT_AN_OBJECT, """
						{"type":"task","key":"k","value":null,"headers":{"operation":"update"}}"""),
				arguments(InvalidEvent.Kind.NOT_AN_OBJECT, """
						{"type":"task","key":"k","value":"primitive","headers":{"operation":"upsert"}}"""),
				arguments(InvalidEvent.Kind.NOT_AN_OBJECT, """
						{"type":"task","key":"k","value":[{"priority":1}],"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.NOT_AN_OBJECT, """
						{"value":17,"type":"task","key":"k","headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.UNBINDABLE_VALUE,
						"""
								{"type":"task","key":"k","value":{"title":"x","priority":"many","rest":{"a":[1,{"b":2}]}},"headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.UNBINDABLE_VALUE,
						"""
								{"value":{"title":{"no":"text"},"priority":1},"type":"task","key":"k","headers":{"operation":"insert"}}"""),
				arguments(InvalidEvent.Kind.INVALID_VALUE,
						"""
								{"type":"task","key":"k","value":{"title":" ","priority":1},"headers":{"operation":"insert"}}"""));
	}

	@Test
	void invalidEventSaysWhoseItIs() throws IOException {
		List<Object> items = decode(
				"""
						[{"type":"task","key":"k9","value":{"priority":"many"},"headers":{"operation":"insert","txid":"x9"}}]""");
		assertThat(items).singleElement().isInstanceOfSatisfying(InvalidEvent.class, (event) -> {
			assertThat(event.type()).isEqualTo("task");
			assertThat(event.key()).isEqualTo("k9");
			assertThat(event.txid()).isEqualTo("x9");
			assertThat(event.reason()).contains("priority");
		});
	}

	@Test
	void deleteNeedsNoValueAndDoesNotLookAtOne() throws IOException {
		List<Object> items = decode("""
				[{"type":"task","key":"a","headers":{"operation":"delete"}},
				{"type":"task","key":"b","value":null,"headers":{"operation":"delete"}},
				{"type":"task","key":"c","value":"gone","headers":{"operation":"delete"}},
				{"type":"task","key":"d","value":{"priority":"many"},"headers":{"operation":"delete"}},
				{"headers":{"operation":"delete"},"value":{"priority":"many"},"key":"e","type":"task"}]""");
		assertThat(items).hasSize(5).allSatisfy((item) -> {
			ChangeEvent<?> event = (ChangeEvent<?>) item;
			assertThat(event.headers().operation()).isEqualTo(Operation.DELETE);
			assertThat(event.value()).isNull();
		});
	}

	@Test
	@Spec({ "M1.4", "M1.5" })
	void eventOfUndeclaredTypeIsNotLookedInto() throws IOException {
		List<Object> items = decode(
				"""
						[{"type":"other","key":7,"value":{"a":[1,2,{"b":"\\u00e9"}]},"headers":{"operation":"explode","txid":"x1"}},
						{"headers":{"txid":"x2","more":[{}]},"value":[[]],"type":"other"},
						{"type":"other","headers":{"control":"reset"}},
						{"type":"other"}]""");
		assertThat(items).containsExactly(new RecordingHandler.UnknownType("other", "x1"),
				new RecordingHandler.UnknownType("other", "x2"), new RecordingHandler.UnknownType("other", null),
				new RecordingHandler.UnknownType("other", null));
	}

	@Test
	@Spec("E1.3")
	void knownControlsAreControlEvents() throws IOException {
		List<Object> items = decode("""
				[{"headers":{"control":"snapshot-start","offset":"5_1"}},
				{"headers":{"control":"snapshot-end"}},
				{"headers":{"offset":7,"control":"reset"},"more":1}]""");
		assertThat(items).containsExactly(new ControlEvent(ControlEvent.Control.SNAPSHOT_START, "5_1"),
				new ControlEvent(ControlEvent.Control.SNAPSHOT_END, null),
				new ControlEvent(ControlEvent.Control.RESET, null));
	}

	@ParameterizedTest
	@Spec("M1.7")
	@ValueSource(strings = { "null", "7", "true", "\"text\"", "[1,[2]]", "{}", "{\"headers\":{}}", "{\"headers\":null}",
			"{\"headers\":{\"control\":\"fence\"}}", "{\"headers\":{\"control\":7}}", "{\"key\":\"k\"}",
			"{\"type\":\"\",\"headers\":{\"operation\":\"insert\",\"txid\":\"x\"}}",
			"{\"type\":[\"task\"],\"key\":\"k\"}",
			"{\"key\":\"k\",\"value\":{},\"headers\":{\"operation\":\"insert\"}}" })
	void everythingElseIsIgnored(String item) throws IOException {
		assertThat(decode("[" + item + "," + GOOD + "]")).hasSize(2)
			.first()
			.isEqualTo(RecordingHandler.Ignored.IGNORED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " \n\t ", "[]", " [ ] \n" })
	void bodyWithoutItemsTellsNothing(String body) throws IOException {
		assertThat(decode(body)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "null", "7", "\"text\"", "nonsense", "[", "[{}", "[{},", "[{}]]", "[{}] {}", "[1 2]",
			"[{\"type\":\"task\",}]", "[{\"type\" \"task\"}]", "[tru]", "[\"\u0001\"]", "]", "[{]", "[}" })
	void bodyThatIsNoArrayOfItemsIsMalformed(String body) {
		assertThatExceptionOfType(MalformedBodyException.class).isThrownBy(() -> decode(body))
			.withMessageContaining("JSON array of events");
	}

	@Test
	void malformedBodyIsToldWithItsPlaceAfterTheItemsBefore() {
		RecordingHandler handler = new RecordingHandler();
		String body = "[" + GOOD + ",{\"type\":\"task\",,}]";
		assertThatExceptionOfType(MalformedBodyException.class)
			.isThrownBy(() -> this.schema.decode(bytes(body), handler))
			.withMessageContaining("byte " + (body.indexOf(",,") + 1));
		assertThat(handler.items).hasSize(1);
	}

	private List<Object> decode(String body) throws IOException {
		RecordingHandler handler = new RecordingHandler();
		this.schema.decode(bytes(body), handler);
		return handler.items;
	}

	private static ByteArrayInputStream bytes(String body) {
		return new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8));
	}

	record Task(String id, String title, int priority) {
	}

	record Counter(long id, int count) {
	}

}
