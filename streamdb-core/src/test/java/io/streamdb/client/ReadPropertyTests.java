package io.streamdb.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads thousands of random streams over a network that fails at random: what the handler
 * has confirmed is the stream, nothing twice and nothing missing.
 */
@Timeout(120)
class ReadPropertyTests {

	private static final int SEEDS = 500;

	private static final JsonMapper MAPPER = new JsonMapper();

	@ParameterizedTest
	@Spec("P2.5")
	@CsvSource({ "AUTO, application/json", "SSE, application/json", "LONG_POLL, application/json",
			"OFF, application/json", "AUTO, text/plain", "SSE, application/octet-stream",
			"AUTO, application/octet-stream" })
	void everythingIsReadExactlyOnce(LiveMode live, String contentType) throws Exception {
		for (long seed = 0; seed < SEEDS; seed++) {
			readOnce(seed, live, contentType);
		}
	}

	private void readOnce(long seed, LiveMode live, String contentType) throws Exception {
		Random random = new Random(seed);
		SimulatedStream server = new SimulatedStream(random, contentType, random.nextInt(40));
		boolean json = MediaTypes.isJson(contentType);
		int size = random.nextInt(40);
		if (live == LiveMode.OFF) {
			for (int i = 0; i < size; i++) {
				server.append(message(i, random, json));
			}
		}
		else {
			server.beforeRequest(() -> {
				for (int i = random.nextInt(4); i > 0 && server.messages().size() < size; i--) {
					server.append(message(server.messages().size(), random, json));
				}
				if (server.messages().size() == size) {
					server.close();
				}
			});
		}
		RecordingPause pause = new RecordingPause();
		DurableStream stream = pause.on(DurableStream.builder(URI.create("http://simulated/stream")))
			.transport(server)
			.random(random)
			.build();
		MessageHandler handler = new MessageHandler(json, random);
		StreamReader reader = stream.read(new ReadOptions("-1", live), handler);
		String what = "seed " + seed + " " + live + " " + contentType;
		try {
			reader.completion().get(30, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new AssertionError(what, ex);
		}
		String read = String.join(json ? "," : "", handler.committed);
		assertThat(read).as(what).isEqualTo(String.join(json ? "," : "", server.messages()));
		assertThat(server.messages()).as(what).hasSize(size);
		assertThat(pause.delays).as(what).allSatisfy((delay) -> assertThat(delay).isLessThan(Duration.ofSeconds(11)));
	}

	private static String message(int number, Random random, boolean json) {
		String text = "m" + number + "\u00e4\u20ac".repeat(random.nextInt(10));
		return json ? "{\"n\":\"" + text + "\"}" : text + (random.nextBoolean() ? "\n" : " ");
	}

	/**
	 * Keeps what was confirmed, message by message where it is JSON.
	 */
	private static final class MessageHandler implements BatchHandler {

		private final List<String> committed = new ArrayList<>();

		private final List<String> pending = new ArrayList<>();

		private final boolean json;

		private final Random random;

		MessageHandler(boolean json, Random random) {
			this.json = json;
			this.random = random;
		}

		@Override
		public void begin(String offset) {
			this.pending.clear();
		}

		@Override
		public void data(InputStream body) throws IOException {
			byte[] bytes = read(body);
			if (!this.json) {
				this.pending.add(new String(bytes, StandardCharsets.UTF_8));
				return;
			}
			try {
				for (JsonNode message : MAPPER.readTree(bytes)) {
					this.pending.add(message.toString());
				}
			}
			catch (JacksonException ex) {
				throw new StreamParseException("not JSON", URI.create("http://simulated/stream"), 200, null, ex);
			}
		}

		private byte[] read(InputStream body) throws IOException {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			byte[] buffer = new byte[1 + this.random.nextInt(50)];
			for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
				bytes.write(buffer, 0, count);
			}
			return bytes.toByteArray();
		}

		@Override
		public void end(BatchEnd end) {
			this.committed.addAll(this.pending);
			this.pending.clear();
		}

		@Override
		public void abort(Throwable cause) {
			this.pending.clear();
		}

	}

}
