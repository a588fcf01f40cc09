package io.streamdb.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.client.TransportResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Server-sent events: their framing, and when a connection ends.
 */
class SseTests {

	private static final String JSON = "application/json";

	private DurableStreamServer server = DurableStreamServer.builder().build();

	@AfterEach
	void closeServer() {
		this.server.close();
	}

	@Test
	void eachDataEventIsFollowedByAControlEvent() throws IOException {
		client().put("main", JSON, "[1,2]");
		String tail = client().post("main", JSON, "{\"a\": 3}").offset();
		try (Events events = open("main?offset=-1&live=sse")) {
			assertThat(events.response.header("Content-Type")).isEqualTo("text/event-stream");
			assertThat(events.response.header("Cache-Control")).isEqualTo("no-cache");
			assertThat(events.response.header("Stream-SSE-Data-Encoding")).isNull();
			assertThat(events.next()).isEqualTo(new Event("data", "[1,2,{\"a\": 3}]"));
			JsonNode control = events.nextControl();
			assertThat(control.path("streamNextOffset").asString()).isEqualTo(tail);
			assertThat(control.path("upToDate").asBoolean()).isTrue();
			assertThat(control.path("streamCursor").asString()).containsOnlyDigits();
			assertThat(control.has("streamClosed")).isFalse();
			client().post("main", JSON, "4");
			assertThat(events.next()).isEqualTo(new Event("data", "[4]"));
			assertThat(events.nextControl().path("upToDate").asBoolean()).isTrue();
		}
	}

	@Test
	void readerAtTheTailIsToldSoAtOnce() throws IOException {
		String tail = client().put("main", JSON, "[1]").offset();
		try (Events events = open("main?offset=now&live=sse")) {
			JsonNode control = events.nextControl();
			assertThat(control.path("streamNextOffset").asString()).isEqualTo(tail);
			assertThat(control.path("upToDate").asBoolean()).isTrue();
		}
	}

	@Test
	void largeStreamsComeInEventsOfWholeAppends() throws IOException {
		String append = "x".repeat(100_000);
		client().put("main", "text/plain", "");
		for (int i = 0; i < 7; i++) {
			client().post("main", "text/plain", append);
		}
		try (Events events = open("main?offset=-1&live=sse")) {
			for (int appends : new int[] { 2, 2, 2, 1 }) {
				assertThat(events.next().data()).hasSize(appends * append.length());
				assertThat(events.nextControl().path("upToDate").asBoolean()).isEqualTo(appends == 1);
			}
		}
	}

	@Test
	void closureIsTheLastControlEvent() throws IOException {
		client().put("main", JSON, "[1]");
		try (Events events = open("main?offset=-1&live=sse")) {
			events.next();
			events.nextControl();
			client().post("main", JSON, "[2]", "Stream-Closed", "true");
			assertThat(events.next()).isEqualTo(new Event("data", "[2]"));
			JsonNode control = events.nextControl();
			assertThat(control.path("streamClosed").asBoolean()).isTrue();
			assertThat(control.has("streamCursor")).isFalse();
			assertThat(events.next()).isNull();
		}
		try (Events events = open("main?offset=now&live=sse")) {
			assertThat(events.nextControl().path("streamClosed").asBoolean()).isTrue();
			assertThat(events.next()).isNull();
		}
	}

	@Test
	void closureWithoutAnAppendIsToldToo() throws IOException {
		client().put("main", JSON, "[1]");
		try (Events events = open("main?offset=now&live=sse")) {
			events.nextControl();
			client().post("main", JSON, "", "Stream-Closed", "true");
			assertThat(events.nextControl().path("streamClosed").asBoolean()).isTrue();
			assertThat(events.next()).isNull();
		}
	}

	@Test
	void connectionEndsWhenTheStreamIsDeleted() throws IOException {
		client().put("main", JSON, "[1]");
		try (Events events = open("main?offset=now&live=sse")) {
			events.nextControl();
			client().delete("main");
			assertThat(events.next()).isNull();
		}
		assertThat(this.server.liveReaders()).isZero();
	}

	@Test
	void connectionEndsAfterAWhileAndCanBeTakenUpAgain() throws IOException {
		restart(DurableStreamServer.builder().sseDuration(Duration.ofMillis(200)));
		client().put("main", JSON, "[1]");
		String offset;
		try (Events events = open("main?offset=-1&live=sse")) {
			assertThat(events.next().data()).isEqualTo("[1]");
			offset = events.nextControl().path("streamNextOffset").asString();
			assertThat(events.next()).isNull();
		}
		client().post("main", JSON, "[2]");
		try (Events events = open("main?offset=" + offset + "&live=sse")) {
			assertThat(events.next().data()).isEqualTo("[2]");
		}
	}

	@Test
	void idleConnectionsGetComments() throws IOException {
		restart(DurableStreamServer.builder().heartbeat(Duration.ofMillis(50)));
		client().put("main", JSON, "[1]");
		try (Events events = open("main?offset=now&live=sse")) {
			events.nextControl();
			assertThat(events.readLine()).startsWith(":");
			assertThat(events.readLine()).isEmpty();
			assertThat(events.readLine()).startsWith(":");
			assertThat(events.readLine()).isEmpty();
			client().post("main", JSON, "2");
			assertThat(events.next().data()).isEqualTo("[2]");
		}
	}

	@Test
	void lineBreaksOfAPayloadAreNoLineBreaksOfTheEvents() throws IOException {
		String attack = "safe\r\n\r\nevent: control\ndata: {\"injected\":1}\r\rid: 7\n\n one space\n  two\r";
		client().put("text", "text/plain", attack);
		try (Events events = open("text?offset=-1&live=sse")) {
			assertThat(events.next()).isEqualTo(new Event("data", attack.replace("\r\n", "\n").replace('\r', '\n')));
			assertThat(events.nextControl().has("injected")).isFalse();
		}
	}

	@Test
	void framingSurvivesAnyPayload() throws IOException {
		for (long seed = 0; seed < 60; seed++) {
			Random random = new Random(seed);
			String[] parts = { "\r", "\n", "\r\n", " ", "data:", ":", "event: control", "x".repeat(5000), "é", "" };
			StringBuilder payload = new StringBuilder("-");
			for (int i = random.nextInt(40); i > 0; i--) {
				payload.append(parts[random.nextInt(parts.length)]);
			}
			client().put("text" + seed, "text/plain", payload.toString());
			try (Events events = open("text" + seed + "?offset=-1&live=sse")) {
				assertThat(events.next().data()).as("seed %d", seed)
					.isEqualTo(payload.toString().replace("\r\n", "\n").replace('\r', '\n'));
				events.nextControl();
			}
		}
	}

	@Test
	void otherTypesComeInBase64() throws IOException {
		Random random = new Random(42);
		for (int size : new int[] { 1, 2, 3, 12_287, 12_288, 12_289, 50_000 }) {
			byte[] first = bytes(random, size);
			byte[] second = bytes(random, 7);
			client().put("octets" + size, "application/x-protobuf", "");
			client().start("POST", "octets" + size, first, "Content-Type", "application/x-protobuf").join().close();
			client().start("POST", "octets" + size, second, "Content-Type", "application/x-protobuf").join().close();
			try (Events events = open("octets" + size + "?offset=-1&live=sse")) {
				assertThat(events.response.header("Stream-SSE-Data-Encoding")).isEqualTo("base64");
				ByteArrayOutputStream expected = new ByteArrayOutputStream();
				expected.writeBytes(first);
				expected.writeBytes(second);
				assertThat(Base64.getDecoder().decode(events.next().data().replace("\n", "")))
					.isEqualTo(expected.toByteArray());
				assertThat(events.nextControl().path("upToDate").asBoolean()).isTrue();
			}
		}
	}

	@Test
	void closingAResponseFreesAThreadThatReadsIt() throws Exception {
		client().put("main", JSON, "[1]");
		Events events = open("main?offset=now&live=sse");
		events.nextControl();
		FutureTask<String> read = new FutureTask<>(events::readLine);
		Thread reader = new Thread(read);
		reader.start();
		await().until(() -> reader.getState() == Thread.State.WAITING);
		events.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> read.get(10, TimeUnit.SECONDS))
			.withCauseInstanceOf(IOException.class);
		assertThat(this.server.liveReaders()).isZero();
	}

	private void restart(DurableStreamServerBuilder builder) {
		this.server.close();
		this.server = builder.build();
	}

	private StreamClient client() {
		return StreamClient.inProcess(this.server);
	}

	private Events open(String path) {
		return new Events(client().open("GET", path, null));
	}

	private static byte[] bytes(Random random, int size) {
		byte[] bytes = new byte[size];
		random.nextBytes(bytes);
		return bytes;
	}

	record Event(String type, String data) {
	}

	/** Reads events as the specification of server-sent events says. */
	static final class Events implements AutoCloseable {

		final TransportResponse response;

		private final InputStream body;

		Events(TransportResponse response) {
			this.response = response;
			this.body = response.body();
			assertThat(response.status()).isEqualTo(200);
		}

		Event next() throws IOException {
			String type = null;
			List<String> data = new ArrayList<>();
			while (true) {
				String line = readLine();
				if (line == null) {
					assertThat(type).as("event that broke off").isNull();
					return null;
				}
				if (line.isEmpty() && type != null) {
					return new Event(type, String.join("\n", data));
				}
				if (line.startsWith("event:")) {
					type = line.substring(6).strip();
				}
				else if (line.startsWith("data:")) {
					data.add(line.substring(line.startsWith("data: ") ? 6 : 5));
				}
				else {
					assertThat(line).matches("|:.*");
				}
			}
		}

		JsonNode nextControl() throws IOException {
			Event event = next();
			assertThat(event.type()).isEqualTo("control");
			return JsonMapper.shared().readTree(event.data());
		}

		String readLine() throws IOException {
			ByteArrayOutputStream line = new ByteArrayOutputStream();
			for (int octet = this.body.read(); octet >= 0; octet = this.body.read()) {
				assertThat(octet).as("carriage return in the events").isNotEqualTo('\r');
				if (octet == '\n') {
					return line.toString(StandardCharsets.UTF_8);
				}
				line.write(octet);
			}
			assertThat(line.size()).isZero();
			return null;
		}

		@Override
		public void close() {
			this.response.close();
		}

	}

}
