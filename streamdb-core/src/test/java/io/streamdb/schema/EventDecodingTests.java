package io.streamdb.schema;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHandler;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MalformedBodyException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Decoding of bodies that are long, odd, cut or hostile (SPEC E1, P2, M9).
 */
class EventDecodingTests {

	private final StateSchema schema = StateSchema.of(CollectionDefinition.of(Note.class).build(),
			CollectionDefinition.of(Naughty.class).build(), CollectionDefinition.of(Reading.class).build());

	@Test
	@Spec("P2.1")
	void itemsReachTheHandlerWhileTheBodyArrives() throws Exception {
		BlockingQueue<Object> told = new LinkedBlockingQueue<>();
		CompletableFuture<Void> decoding;
		PipedInputStream in = new PipedInputStream();
		try (PipedOutputStream out = new PipedOutputStream(in)) {
			decoding = CompletableFuture.runAsync(() -> {
				try {
					this.schema.decode(in, new RecordingHandler() {
						@Override
						public void change(ChangeEvent<?> event) {
							told.add(event.key());
						}
					});
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			for (String key : List.of("a", "b", "c")) {
				out.write(bytes((key.equals("a") ? "[" : ",") + note(key, "text")));
				out.flush();
				assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(key);
			}
			assertThat(decoding).isNotDone();
			out.write(']');
		}
		decoding.get(30, TimeUnit.SECONDS);
	}

	@Test
	void bodyIsReadToItsEndAndNotClosed() throws IOException {
		class Body extends ByteArrayInputStream {

			private boolean closed;

			Body(String text) {
				super(bytes(text));
			}

			@Override
			public void close() {
				this.closed = true;
			}

		}
		Body body = new Body("[" + note("a", "x") + "]" + " ".repeat(100_000));
		this.schema.decode(body, new RecordingHandler());
		assertThat(body.available()).isZero();
		assertThat(body.closed).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "[", "[{\"type\":\"no", "[{\"type\":\"note\",\"key\":\"a\",\"value\":{\"text\":\"br",
			"[{\"type\":\"note\",\"value\":{\"text\":\"br", "[{\"type\":\"other\",\"value\":{\"text\":[\"br",
			"[{\"more\":[{\"text\":\"br", "[{\"headers\":{\"custom\":{\"text\":\"br",
			"[{\"type\":\"note\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"headers\":{\"operation\":\"insert\"}}" })
	void bodyThatBreaksOffIsTheIoExceptionOfItsStream(String text) {
		IOException broken = new IOException("connection reset");
		RecordingHandler handler = new RecordingHandler();
		InputStream body = new SequenceInputStream(new ByteArrayInputStream(bytes(text)), new InputStream() {
			@Override
			public int read() throws IOException {
				throw broken;
			}
		});
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.schema.decode(body, handler))
			.isSameAs(broken);
	}

	@Test
	void ioExceptionThatADeserializerSwallowsStillEndsTheBody() {
		IOException broken = new IOException("connection reset");
		InputStream body = new SequenceInputStream(
				new ByteArrayInputStream(bytes("[{\"type\":\"naughty\",\"key\":\"a\",\"value\":{\"text\":\"br")),
				new InputStream() {
					@Override
					public int read() throws IOException {
						throw broken;
					}
				});
		RecordingHandler handler = new RecordingHandler();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.schema.decode(body, handler))
			.isSameAs(broken);
		assertThat(handler.items).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"text\":tru}", "{\"text\":\"\u0001\"}", "{\"text\" \"x\"}", "{\"text\":01}",
			"{\"a\":[1}}", "{\"text\":\"\\x\"}", "{,}" })
	void brokenJsonInAValueIsABrokenBodyAndNoInvalidEvent(String value) {
		for (String type : List.of("note", "naughty", "reading", "other")) {
			for (String item : List.of(
					"{\"type\":\"%s\",\"key\":\"a\",\"value\":%s,\"headers\":{\"operation\":\"insert\"}}",
					"{\"value\":%2$s,\"type\":\"%1$s\",\"key\":\"a\",\"headers\":{\"operation\":\"insert\"}}",
					"{\"type\":\"%s\",\"key\":\"a\",\"headers\":{\"operation\":\"insert\",\"custom\":%s}}",
					"{\"type\":\"%s\",\"more\":%s}")) {
				RecordingHandler handler = new RecordingHandler();
				String body = "[" + item.formatted(type, value) + "," + note("b", "x") + "]";
				assertThatExceptionOfType(MalformedBodyException.class).as(body)
					.isThrownBy(() -> decode(body, handler));
				assertThat(handler.items).as(body).isEmpty();
			}
		}
	}

	@Test
	void deserializerThatReadsTooLittleOrTooMuchHarmsNoOtherEvent() throws IOException {
		for (String mode : List.of("nothing", "half", "beyond", "skip", "tree", "object", "throw", "throw-late", "null",
				"close")) {
			RecordingHandler handler = new RecordingHandler();
			decode("[" + """
					{"type":"naughty","key":"a","value":{"mode":"%s","list":[1,{"x":[2]}],"text":"t"},\
					"headers":{"operation":"insert"}},""".formatted(mode) + note("b", "x") + "]", handler);
			assertThat(handler.items).as(mode).hasSize(2);
			assertThat(handler.items.get(1)).as(mode)
				.isInstanceOfSatisfying(ChangeEvent.class,
						(event) -> assertThat(event.value()).isEqualTo(new Note("b", "x")));
			if (mode.startsWith("throw") || mode.equals("null")) {
				assertThat(handler.items.get(0)).as(mode)
					.isInstanceOfSatisfying(InvalidEvent.class,
							(event) -> assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.UNBINDABLE_VALUE));
			}
			else {
				assertThat(handler.changes().get(0).value()).as(mode).isEqualTo(new Naughty("a"));
			}
		}
	}

	@Test
	void whatTheApplicationThrewIsTheCause() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"reading","key":"1","value":{"celsius":-300},"headers":{"operation":"insert"}},
				{"type":"reading","key":"2","value":{"celsius":"warm"},"headers":{"operation":"insert"}}]""", handler);
		assertThat(handler.items).hasSize(2);
		InvalidEvent thrown = (InvalidEvent) handler.items.get(0);
		assertThat(thrown.kind()).isEqualTo(InvalidEvent.Kind.UNBINDABLE_VALUE);
		assertThat(thrown.cause()).isInstanceOf(IllegalArgumentException.class).hasMessage("colder than possible");
		assertThat(thrown.reason()).contains("colder than possible");
		InvalidEvent refused = (InvalidEvent) handler.items.get(1);
		assertThat(refused.reason()).contains("celsius");
		assertThat(refused.cause()).isNull();
	}

	@Test
	void reasonsAreBounded() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		String long1 = "x".repeat(100_000);
		decode("""
				[{"type":"reading","key":"1","value":{"celsius":"%1$s"},"headers":{"operation":"insert"}},
				{"type":"reading","key":"1","value":{"celsius":{"%1$s":1}},"headers":{"operation":"insert"}},
				{"type":"reading","key":"%1$s","value":{},"headers":{"operation":"insert"}},
				{"type":"reading","key":"1","value":{},"headers":{"operation":"%1$s"}}]""".formatted(long1), handler);
		assertThat(handler.items).hasSize(4)
			.allSatisfy((item) -> assertThat(((InvalidEvent) item).reason()).hasSizeLessThan(1000));
	}

	@Test
	void handlersExceptionIsPassedOnAsItIs() {
		StreamReadException jackson = new StreamReadException(null, "the handler's");
		EventHandler handler = new RecordingHandler() {
			@Override
			public void change(ChangeEvent<?> event) {
				if (event.key().equals("jackson")) {
					throw jackson;
				}
				throw new IllegalStateException("the handler's");
			}
		};
		assertThatIllegalStateException().isThrownBy(() -> decode("[" + note("a", "x") + "]", handler))
			.withMessage("the handler's");
		assertThatExceptionOfType(StreamReadException.class)
			.isThrownBy(() -> decode("[" + note("jackson", "x") + "]", handler))
			.isSameAs(jackson);
	}

	@Test
	void deepNestingIsSkippedOrInvalidAndEndsNothing() throws IOException {
		String deep = "[".repeat(50_000) + "]".repeat(50_000);
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"other","value":%1$s},
				%1$s,
				{"type":"note","key":"1","value":{"text":"x","unknown":%1$s},"headers":{"operation":"insert"}},
				{"type":"note","key":"2","value":{"text":%1$s},"headers":{"operation":"insert"}},
				{"value":{"text":%1$s},"type":"note","key":"3","headers":{"operation":"insert"}},
				{"type":"note","key":"4","value":%1$s,"headers":{"operation":"insert"}},
				{"type":"note","key":"5","value":{"text":"x"},"headers":{"operation":"insert","deep":%1$s}},
				{"type":"note","key":"6","value":{"text":"x"},"deep":%1$s,"headers":{"operation":"insert"}},
				{"type":%1$s,"key":%1$s,"headers":%1$s},
				{"type":"naughty","key":"7","value":{"mode":"tree","deep":%1$s},"headers":{"operation":"insert"}},
				%2$s]""".formatted(deep, note("good", "x")), handler);
		assertThat(handler.items).hasSize(11);
		assertThat(handler.items.get(0)).isEqualTo(new RecordingHandler.UnknownType("other", null));
		assertThat(handler.items.get(1)).isEqualTo(RecordingHandler.Ignored.IGNORED);
		assertThat(handler.items.get(8)).isEqualTo(RecordingHandler.Ignored.IGNORED);
		assertThat(handler.items).filteredOn(InvalidEvent.class::isInstance)
			.extracting((item) -> ((InvalidEvent) item).kind())
			.containsExactly(InvalidEvent.Kind.UNBINDABLE_VALUE, InvalidEvent.Kind.UNBINDABLE_VALUE,
					InvalidEvent.Kind.UNBINDABLE_VALUE, InvalidEvent.Kind.NOT_AN_OBJECT,
					InvalidEvent.Kind.EXCEEDED_LIMIT, InvalidEvent.Kind.EXCEEDED_LIMIT,
					InvalidEvent.Kind.UNBINDABLE_VALUE);
		assertThat(handler.items.get(10)).isInstanceOf(ChangeEvent.class);
	}

	@Test
	void nestingWithoutAnyEndIsMalformedBeforeItFillsTheMemory() {
		InputStream endless = new InputStream() {
			@Override
			public int read() {
				return '[';
			}
		};
		assertThatExceptionOfType(MalformedBodyException.class)
			.isThrownBy(() -> this.schema.decode(endless, new RecordingHandler()));
	}

	@Test
	void longNumbersAreSkippedOrInvalidAndEndNothing() throws IOException {
		String digits = "1".repeat(500_000);
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"other","value":%1$s},
				{"type":"note","key":"1","value":{"text":"x","n":%1$s},"headers":{"operation":"insert"}},
				{"type":"reading","key":"2","value":{"celsius":%1$s},"headers":{"operation":"insert"}},
				{"type":"reading","key":"3","value":{"celsius":0.%1$s},"headers":{"operation":"insert"}},
				{"type":"note","key":"4","value":{"text":"x"},"headers":{"operation":"insert","n":%1$s}},
				{"type":"note","key":"5","value":{"text":"x"},"headers":{"operation":"insert","n":[1e767539056857]}},
				%2$s]""".formatted(digits, note("good", "x")), handler);
		assertThat(handler.items).hasSize(7);
		assertThat(handler.items.get(5)).isInstanceOfSatisfying(InvalidEvent.class,
				(event) -> assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.EXCEEDED_LIMIT));
		assertThat(handler.items.get(2)).isInstanceOf(InvalidEvent.class);
		assertThat(handler.items.get(3)).isInstanceOf(InvalidEvent.class);
		assertThat(handler.items.get(4)).isInstanceOfSatisfying(InvalidEvent.class,
				(event) -> assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.EXCEEDED_LIMIT));
		assertThat(handler.items.get(6)).isInstanceOf(ChangeEvent.class);
	}

	@Test
	void longStringsAndNamesAreRead() throws IOException {
		String text = "é☃".repeat(400_000);
		RecordingHandler handler = new RecordingHandler();
		decode("[" + note(text, text) + ",{\"" + text + "\":1}]", handler);
		assertThat(handler.items).hasSize(2);
		assertThat(handler.changes().get(0).value()).isEqualTo(new Note(text, text));
	}

	@Test
	void manyDifferentNamesAreRead() throws IOException {
		StringBuilder names = new StringBuilder("{\"n\":0");
		for (int i = 0; i < 50_000; i++) {
			names.append(",\"").append(Integer.toString(i * 7919, 36)).append("\":").append(i);
		}
		RecordingHandler handler = new RecordingHandler();
		decode("[{\"type\":\"note\",\"key\":\"a\",\"value\":%s},\"headers\":{\"operation\":\"insert\"}}]"
			.formatted(names), handler);
		assertThat(handler.changes()).hasSize(1);
	}

	@Test
	void ofAFieldThatComesTwiceTheLastCounts() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"other","type":"note","key":"a","key":"b","value":7,"value":{"text":"1","text":"2"},\
				"headers":{"operation":"delete","n":1},"headers":{"operation":"update","operation":"insert","txid":"x","txid":"y","n":2,"n":3},"more":1,"more":2}]""",
				handler);
		assertThat(handler.changes()).singleElement().satisfies((event) -> {
			assertThat(event.key()).isEqualTo("b");
			assertThat(event.value()).isEqualTo(new Note("b", "2"));
			assertThat(event.headers().operation().wireName()).isEqualTo("insert");
			assertThat(event.headers().txid()).isEqualTo("y");
			assertThat(event.headers().custom()).isEqualTo(Map.of("n", number(3)));
			assertThat(event.unknown()).isEqualTo(Map.of("more", number(2)));
		});
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"{\"type\":\"note\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"key\":\"b\",\"headers\":{\"operation\":\"insert\"}}",
			"{\"type\":\"note\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"key\":7,\"key\":\"b\",\"headers\":{\"operation\":\"insert\"}}",
			"{\"type\":\"naughty\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"type\":\"note\",\"headers\":{\"operation\":\"insert\"}}",
			"{\"type\":\"other\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"type\":\"note\",\"headers\":{\"operation\":\"insert\"}}",
			"{\"type\":\"other\",\"key\":\"a\",\"headers\":{\"operation\":\"insert\"},\"type\":\"note\",\"value\":{\"text\":\"x\"}}",
			"{\"type\":\"note\",\"key\":\"a\",\"value\":{\"text\":\"x\"},\"type\":7,\"type\":\"reading\",\"headers\":{\"operation\":\"insert\"}}" })
	void eventThatSaysTwiceWhatItIsIsInvalidOnceThatWasUsed(String item) throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("[" + item + "]", handler);
		assertThat(handler.items).singleElement()
			.isInstanceOfSatisfying(InvalidEvent.class,
					(event) -> assertThat(event.kind()).isEqualTo(InvalidEvent.Kind.DUPLICATE_FIELD));
	}

	@Test
	void lastTypeCountsWhereItIsNotDeclared() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"note","key":"a","value":{"text":"x"},"headers":{"operation":"insert","txid":"t"},"type":"other"},
				{"type":"note","key":"a","value":{"text":"x"},"headers":{"operation":"insert"},"type":null}]""",
				handler);
		assertThat(handler.items).containsExactly(new RecordingHandler.UnknownType("other", "t"),
				RecordingHandler.Ignored.IGNORED);
	}

	@Test
	void unknownHeadersAndFieldsAreKeptAsTheyAre() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"before":{"a":[1,null]},"type":"note","between":1.10,"key":"a","value":{"text":"x"},\
				"headers":{"offset":"9_9","operation":"insert","control":"reset","timestamp":17,"big":123456789012345678901234567890,"null":null},"after":"é"}]""",
				handler);
		assertThat(handler.changes()).singleElement().satisfies((event) -> {
			assertThat(event.unknown().keySet()).containsExactly("before", "between", "after");
			assertThat(event.unknown().get("between").decimalValue()).isEqualTo(new BigDecimal("1.10"));
			assertThat(event.unknown().get("before")).hasToString("{\"a\":[1,null]}");
			assertThat(event.headers().timestamp()).isNull();
			assertThat(event.headers().custom().keySet()).containsExactly("offset", "control", "timestamp", "big",
					"null");
			assertThat(event.headers().custom().get("big")).hasToString("123456789012345678901234567890");
			assertThat(event.headers().custom().get("timestamp")).isEqualTo(number(17));
		});
	}

	@Test
	void txidThatIsNoTextOrEmptyIsNone() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"note","key":"a","headers":{"operation":"delete","txid":""}},
				{"type":"note","key":"a","headers":{"operation":"delete","txid":7}},
				{"type":"note","key":"a","headers":{"operation":"delete","txid":null,"timestamp":null}},
				{"type":"note","key":"a","headers":{"operation":"delete","txid":["x"]}},
				{"type":"other","headers":{"txid":{"x":1}}}]""", handler);
		assertThat(handler.changes()).hasSize(4).allSatisfy((event) -> {
			assertThat(event.headers().txid()).isNull();
			assertThat(event.headers().timestamp()).isNull();
			assertThat(event.headers().custom()).isEmpty();
		});
		assertThat(handler.items.get(4)).isEqualTo(new RecordingHandler.UnknownType("other", null));
	}

	@Test
	void eventsOfOneTransactionShareItsTexts() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("""
				[{"type":"note","key":"a","headers":{"operation":"delete","txid":"x1","timestamp":"2026"}},
				{"type":"note","key":"b","headers":{"operation":"delete","txid":"x1","timestamp":"2026"}}]""", handler);
		List<ChangeEvent<?>> changes = handler.changes();
		assertThat(changes.get(1).headers().txid()).isSameAs(changes.get(0).headers().txid());
		assertThat(changes.get(1).headers().timestamp()).isSameAs(changes.get(0).headers().timestamp());
	}

	@Test
	void halfASurrogatePairIsText() throws IOException {
		RecordingHandler handler = new RecordingHandler();
		decode("[" + note("a\\ud800", "\\udc00b") + "]", handler);
		assertThat(handler.changes()).singleElement()
			.satisfies((event) -> assertThat(event.value()).isEqualTo(new Note("a\ud800", "\udc00b")));
	}

	@Test
	void bytesThatAreNotUtf8AreMalformed() {
		byte[] good = bytes("[" + note("a", "é") + "]");
		for (String type : List.of("note", "other")) {
			byte[] body = Arrays.copyOf(bytes("[" + note("a", "é").replace("\"note\"", "\"" + type + "\"") + "]"),
					good.length);
			for (int i = 0; i < body.length; i++) {
				if (body[i] == (byte) 0xC3) {
					body[i] = (byte) 0xFF;
				}
			}
			assertThatExceptionOfType(MalformedBodyException.class).as(type)
				.isThrownBy(() -> this.schema.decode(new ByteArrayInputStream(body), new RecordingHandler()));
		}
	}

	@Test
	void applicationsMapperHasNoSayInTheEnvelope() throws IOException {
		JsonMapper strict = JsonMapper.builder()
			.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
			.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
			.enable(DeserializationFeature.UNWRAP_ROOT_VALUE)
			.build();
		StateSchema schema = StateSchema.of(strict, List.of(CollectionDefinition.of(Note.class).build()));
		RecordingHandler handler = new RecordingHandler();
		schema.decode(new ByteArrayInputStream(bytes("[" + note("a", "x") + "," + """
				{"type":"note","key":"b","value":{"text":"y"},"more":{"a":1,"a":2},"headers":{"operation":"insert"}},
				{"type":"note","key":"c","value":{"text":"y","other":1},"headers":{"operation":"insert"}}]""")),
				handler);
		assertThat(handler.changes()).<@Nullable Object>extracting(ChangeEvent::value)
			.containsExactly(new Note("a", "x"), new Note("b", "y"));
		assertThat(handler.items.get(2)).isInstanceOf(InvalidEvent.class);
	}

	private static JsonNode number(int value) {
		return JsonNodeFactory.instance.numberNode(value);
	}

	private static String note(String key, String text) {
		return "{\"type\":\"note\",\"key\":\"%s\",\"value\":{\"text\":\"%s\"},\"headers\":{\"operation\":\"insert\"}}"
			.formatted(key, text);
	}

	private void decode(String body, EventHandler handler) throws IOException {
		this.schema.decode(new ByteArrayInputStream(bytes(body)), handler);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	record Note(String id, @Nullable String text) {
	}

	record Reading(long id, double celsius) {

		Reading {
			if (celsius < -273.15) {
				throw new IllegalArgumentException("colder than possible");
			}
		}

	}

	@JsonDeserialize(using = NaughtyDeserializer.class)
	record Naughty(String id) {
	}

	/** Does what a deserializer should not do. */
	static class NaughtyDeserializer extends ValueDeserializer<Naughty> {

		@Override
		public @Nullable Naughty deserialize(JsonParser parser, DeserializationContext context) {
			try {
				return read(parser);
			}
			catch (StreamReadException | JacksonIOException ex) {
				return new Naughty("a");
			}
		}

		private @Nullable Naughty read(JsonParser parser) {
			parser.nextToken();
			parser.nextToken();
			String id = parser.getString();
			parser.nextToken();
			parser.nextToken();
			String mode = parser.getString();
			switch (mode) {
				case "skip" -> parser.skipChildren();
				case "half" -> {
					parser.nextToken();
					parser.nextToken();
				}
				case "beyond" -> {
					for (int i = 0; i < 1000; i++) {
						parser.nextToken();
					}
				}
				case "tree" -> {
					parser.nextToken();
					parser.nextToken();
					JsonNode tree = parser.readValueAsTree();
					assertThat(tree).hasToString("[1,{\"x\":[2]}]");
				}
				case "object" -> {
					parser.nextToken();
					parser.nextToken();
					assertThat((Object) parser.readValueAs(List.class)).isEqualTo(List.of(1, Map.of("x", List.of(2))));
				}
				case "close" -> parser.close();
				case "throw" -> throw new IllegalStateException("naughty");
				case "throw-late" -> {
					while (parser.nextToken() != null) {
						assertThat(parser.currentToken()).isNotNull();
					}
					throw new IllegalStateException("naughty");
				}
				case "null" -> {
					return null;
				}
				default -> {
				}
			}
			return new Naughty(id);
		}

	}

}
