package io.streamdb.conformance;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.streamdb.Spec;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.ReferenceServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link ConformanceAdapter}, and through it of what the official client suite
 * asks of a client: the same behaviours, in an own small set that needs no checkout of
 * the suite.
 */
@Timeout(60)
class ConformanceAdapterTests {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final ConformanceAdapter adapter = new ConformanceAdapter();

	private JsonNode send(String type, Object... fields) {
		ObjectNode command = MAPPER.createObjectNode().put("type", type);
		for (int i = 0; i < fields.length; i += 2) {
			command.set((String) fields[i], MAPPER.valueToTree(fields[i + 1]));
		}
		return this.adapter.answer(command);
	}

	private static JsonNode succeeded(JsonNode result) {
		assertThat(result.path("success").asBoolean()).as(result.toString()).isTrue();
		return result;
	}

	private static void failed(JsonNode result, int status, String code) {
		assertThat(result.path("errorCode").asString("")).as(result.toString()).isEqualTo(code);
		assertThat(result.path("status").asInt(0)).isEqualTo(status);
	}

	@Test
	@Spec("P8.1")
	void declaresEveryFeatureOfTheSuite() {
		JsonNode features = succeeded(send("init", "serverUrl", "http://localhost:1")).path("features");
		assertThat(features.propertyNames()).containsExactlyInAnyOrder("batching", "sse", "longPoll", "auto",
				"streaming", "dynamicHeaders", "retryOptions", "batchItems", "strictZeroValidation");
		assertThat(features.values()).allMatch(JsonNode::asBoolean);
	}

	@Test
	@Spec("P8.2")
	void answersEachLineWithOneLineUntilShutdown() throws Exception {
		String commands = """
				{"type":"init","serverUrl":"http://localhost:1"}

				{"type":"set-dynamic-header","name":"A","valueType":"\u2028"}
				{"type":"shutdown"}
				{"type":"init","serverUrl":"http://localhost:1"}
				""";
		ByteArrayOutputStream results = new ByteArrayOutputStream();
		this.adapter.run(new ByteArrayInputStream(commands.getBytes(StandardCharsets.UTF_8)), results);
		List<String> lines = results.toString(StandardCharsets.UTF_8).lines().toList();
		assertThat(lines).hasSize(3).noneMatch((line) -> line.contains("\u2028"));
		assertThat(lines.stream().map((line) -> MAPPER.readTree(line).path("type").asString())).containsExactly("init",
				"error", "shutdown");
	}

	@Test
	void unknownCommandIsNotSupported() {
		failed(send("fork"), 0, "NOT_SUPPORTED");
	}

	@ParameterizedTest
	@CsvSource({ "retry-options, maxRetries, -1", "retry-options, initialDelayMs, 0",
			"retry-options, initialDelayMs, -100", "retry-options, maxDelayMs, 1", "retry-options, multiplier, 0.5",
			"idempotent-producer, epoch, -1", "idempotent-producer, maxBatchBytes, 0",
			"idempotent-producer, maxBatchBytes, -1", "idempotent-producer, maxBatchItems, 0",
			"idempotent-producer, maxBatchItems, -1" })
	void optionThatMakesNoSenseIsNamed(String target, String option, double value) {
		succeeded(send("validate", "target", MAPPER.createObjectNode().put("target", target)));
		JsonNode result = send("validate", "target",
				MAPPER.createObjectNode().put("target", target).put(option, value));
		failed(result, 0, "INVALID_ARGUMENT");
		assertThat(result.path("message").asString()).contains(option);
	}

	/**
	 * With the reference server, and the faults that it can be told to make.
	 */
	@Nested
	@EnabledWithNode
	@TestInstance(TestInstance.Lifecycle.PER_CLASS)
	class WithTheReferenceServer {

		private final HttpClient http = HttpClient.newHttpClient();

		private ReferenceServer server;

		private String path;

		@BeforeAll
		void start() {
			this.server = ReferenceServer.start();
		}

		@AfterAll
		void stop() {
			this.server.close();
		}

		@BeforeEach
		void init() {
			send("init", "serverUrl", this.server.baseUrl().toString());
			this.path = "/v1/stream/" + UUID.randomUUID();
		}

		private void create(String contentType) {
			assertThat(succeeded(command("create", "contentType", contentType)).path("status").asInt()).isEqualTo(201);
		}

		private JsonNode command(String type, Object... fields) {
			Object[] all = new Object[fields.length + 2];
			all[0] = "path";
			all[1] = this.path;
			System.arraycopy(fields, 0, all, 2, fields.length);
			return send(type, all);
		}

		private String append(String data) {
			return succeeded(command("append", "data", data)).path("offset").asString();
		}

		private String read(Object... fields) {
			StringBuilder data = new StringBuilder();
			succeeded(command("read", fields)).path("chunks")
				.forEach((chunk) -> data.append(chunk.path("data").asString()));
			return data.toString();
		}

		/**
		 * Tells the server to make a fault of the next requests to the stream.
		 */
		private void inject(String fault) throws Exception {
			ObjectNode request = (ObjectNode) MAPPER.readTree(fault);
			HttpResponse<String> response = this.http
				.send(HttpRequest.newBuilder(this.server.baseUrl().resolve("/_test/inject-error"))
					.header("Content-Type", "application/json")
					.POST(BodyPublishers.ofString(request.put("path", this.path).toString()))
					.build(), BodyHandlers.ofString());
			assertThat(response.statusCode()).isEqualTo(200);
		}

		private void appendElsewhere(String data, String... headers) throws Exception {
			HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.server.baseUrl() + this.path))
				.header("Content-Type", "text/plain")
				.POST(BodyPublishers.ofString(data));
			if (headers.length > 0) {
				request.headers(headers);
			}
			assertThat(this.http.send(request.build(), BodyHandlers.ofString()).statusCode()).isBetween(200, 204);
		}

		@ParameterizedTest
		@ValueSource(strings = { "{\"delayMs\":200,\"jitterMs\":100}", "{\"dropConnection\":true,\"count\":2}",
				"{\"status\":500,\"count\":2}", "{\"status\":503}", "{\"delayMs\":100,\"status\":503}",
				"{\"status\":429,\"retryAfter\":1}" })
		void readOutlastsAFault(String fault) throws Exception {
			create("text/plain");
			append("all of it");
			inject(fault);
			assertThat(read()).isEqualTo("all of it");
		}

		@ParameterizedTest
		@ValueSource(strings = { "{\"delayMs\":200}", "{\"status\":500}", "{\"status\":503,\"method\":\"POST\"}" })
		void appendOutlastsAFault(String fault) throws Exception {
			create("text/plain");
			inject(fault);
			append("once");
			assertThat(read()).isEqualTo("once");
		}

		@Test
		void readOfAServerThatDoesNotRecoverFails() throws Exception {
			create("text/plain");
			inject("{\"status\":500,\"count\":20}");
			failed(command("read"), 500, "UNEXPECTED_STATUS");
		}

		@ParameterizedTest
		@ValueSource(strings = { "{\"truncateBodyBytes\":10,\"method\":\"GET\"}",
				"{\"corruptBody\":true,\"method\":\"GET\"}" })
		void jsonThatIsBrokenOnItsWayIsAParseErrorAndPasses(String fault) throws Exception {
			create("application/json");
			append("{\"text\":\"long enough to be cut\"}");
			inject(fault);
			failed(command("read"), 200, "PARSE_ERROR");
			assertThat(read()).isEqualTo("[{\"text\":\"long enough to be cut\"}]");
		}

		@Test
		void unknownEventIsSkipped() throws Exception {
			create("text/plain");
			append("known");
			inject("{\"injectSseEvent\":{\"eventType\":\"unknown\",\"data\":\"{}\"},\"count\":2}");
			CompletableFuture<Void> later = CompletableFuture.runAsync(() -> append("more"));
			assertThat(read("live", "sse", "maxChunks", 2)).isEqualTo("knownmore");
			later.join();
		}

		@ParameterizedTest
		@ValueSource(strings = { "{not json", "", "[]" })
		void controlEventThatIsNoneIsAParseError(String data) throws Exception {
			create("text/plain");
			append("before");
			String event = MAPPER.createObjectNode().put("eventType", "control").put("data", data).toString();
			inject("{\"injectSseEvent\":" + event + ",\"count\":2}");
			failed(command("read", "live", "sse", "maxChunks", 2), 200, "PARSE_ERROR");
		}

		@Test
		void errorsTellWhatTheyAre() {
			JsonNode missing = command("read");
			failed(missing, 404, "NOT_FOUND");
			assertThat(missing.path("message").asString()).contains(this.path);
			failed(command("append", "data", "x"), 404, "NOT_FOUND");
			failed(command("head"), 404, "NOT_FOUND");
			create("text/plain");
			assertThat(command("create", "contentType", "text/plain").path("status").asInt()).isEqualTo(200);
			failed(command("create", "contentType", "application/json"), 409, "CONFLICT");
			failed(command("read", "offset", "no offset at all"), 400, "INVALID_OFFSET");
			succeeded(command("append", "data", "x", "seq", 2));
			failed(command("append", "data", "y", "seq", 1), 409, "SEQUENCE_CONFLICT");
			succeeded(command("close", "data", "the end"));
			failed(command("append", "data", "z"), 409, "STREAM_CLOSED");
			assertThat(read()).isEqualTo("xthe end");
			succeeded(command("delete"));
			failed(command("delete"), 404, "NOT_FOUND");
		}

		@Test
		void headersAndParametersAreEvaluatedForEveryRequest() {
			create("text/plain");
			succeeded(send("set-dynamic-header", "name", "X-Count", "valueType", "counter"));
			succeeded(send("set-dynamic-header", "name", "Authorization", "valueType", "token", "initialValue", "one"));
			succeeded(send("set-dynamic-param", "name", "count", "valueType", "counter"));
			JsonNode first = succeeded(command("append", "data", "x"));
			assertThat(first.path("headersSent").path("X-Count").asString()).isEqualTo("1");
			assertThat(first.path("headersSent").path("Authorization").asString()).isEqualTo("one");
			succeeded(send("set-dynamic-header", "name", "Authorization", "valueType", "token", "initialValue", "two"));
			JsonNode second = succeeded(command("read"));
			assertThat(second.path("headersSent").path("X-Count").asString()).isEqualTo("2");
			assertThat(second.path("headersSent").path("Authorization").asString()).isEqualTo("two");
			assertThat(second.path("paramsSent").path("count").asString()).isEqualTo("2");
			succeeded(send("clear-dynamic"));
			assertThat(succeeded(command("read")).has("headersSent")).isFalse();
		}

		@Test
		void longPollFromNowWaitsAndTellsWhereItIs() {
			create("text/plain");
			append("old");
			JsonNode waited = succeeded(
					command("read", "offset", "now", "live", "long-poll", "timeoutMs", 1200, "waitForUpToDate", false));
			assertThat(waited.path("status").asInt()).as(waited.toString()).isEqualTo(204);
			assertThat(waited.path("upToDate").asBoolean()).isTrue();
			append("new");
			assertThat(read("offset", waited.path("offset").asString())).isEqualTo("new");
		}

		@Test
		void bytesComeBackOverServerSentEvents() {
			create("application/octet-stream");
			byte[] bytes = new byte[3000];
			for (int i = 0; i < bytes.length; i++) {
				bytes[i] = (byte) i;
			}
			String encoded = Base64.getEncoder().encodeToString(bytes);
			succeeded(command("append", "data", encoded, "binary", true));
			JsonNode chunk = succeeded(command("read", "live", "sse", "waitForUpToDate", true)).path("chunks").path(0);
			assertThat(chunk.path("binary").asBoolean()).isTrue();
			assertThat(chunk.path("data").asString()).isEqualTo(encoded);
		}

		@Test
		void producerClaimsItsIdWhenItMay() throws Exception {
			create("text/plain");
			appendElsewhere("theirs,", "Producer-Id", "p", "Producer-Epoch", "5", "Producer-Seq", "0");
			failed(command("idempotent-append", "producerId", "p", "data", "refused"), 403, "UNEXPECTED_STATUS");
			succeeded(command("idempotent-append", "producerId", "p", "epoch", 1, "autoClaim", true, "data", "ours,"));
			succeeded(command("idempotent-append", "producerId", "p", "epoch", 1, "autoClaim", true, "data", "too"));
			assertThat(read()).isEqualTo("theirs,ours,too");
		}

		@ParameterizedTest
		@CsvSource({ "1, true", "5, true", "5, false" })
		void batchesArriveInOrderWhateverTheNumberInFlight(int inFlight, boolean claim) {
			create("application/json");
			List<String> items = List.of("0", "[1,[2]]", "null", "\"3\"", "{\"n\":4}", "5", "6", "7", "8", "9");
			succeeded(command("idempotent-append-batch", "producerId", "p", "items", items, "maxInFlight", inFlight,
					"autoClaim", claim));
			assertThat(read()).isEqualTo("[" + String.join(",", items) + "]");
		}

		@Test
		void batchOfAnotherInstanceWithTheSameSequenceIsADuplicate() {
			create("application/json");
			for (int i = 0; i < 2; i++) {
				succeeded(command("idempotent-append-batch", "producerId", "p", "items", List.of("1", "2")));
			}
			assertThat(read()).isEqualTo("[1,2]");
		}

		@Test
		void producerClosesTheStreamOnceAndOthersCannot() {
			create("text/plain");
			succeeded(command("idempotent-append", "producerId", "p", "data", "content,"));
			JsonNode closed = succeeded(command("idempotent-close", "producerId", "p", "data", "end"));
			assertThat(succeeded(command("idempotent-close", "producerId", "p", "data", "again"))).isEqualTo(closed);
			failed(command("idempotent-close", "producerId", "q", "data", "mine"), 409, "STREAM_CLOSED");
			failed(command("idempotent-close", "producerId", "r"), 409, "STREAM_CLOSED");
			assertThat(succeeded(command("head")).path("streamClosed").asBoolean()).isTrue();
			assertThat(read("live", true)).isEqualTo("content,end");
		}

		@Test
		void detachedProducerLeavesTheStreamOpen() {
			create("text/plain");
			succeeded(command("idempotent-append", "producerId", "p", "data", "a"));
			succeeded(command("idempotent-detach", "producerId", "p"));
			append("b");
			assertThat(succeeded(command("read")).path("streamClosed").asBoolean()).isFalse();
			assertThat(read()).isEqualTo("ab");
		}

	}

}
