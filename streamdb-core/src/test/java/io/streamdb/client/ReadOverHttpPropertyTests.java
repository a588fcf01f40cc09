package io.streamdb.client;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads random streams over real connections that are cut at random: every byte that the
 * handler has confirmed is there once.
 */
@Timeout(120)
class ReadOverHttpPropertyTests {

	private static final int SEEDS = 40;

	private final FaultServer server = new FaultServer();

	@AfterEach
	void close() {
		this.server.close();
	}

	@ParameterizedTest
	@Spec("P2.5")
	@EnumSource(LiveMode.class)
	void everythingIsReadExactlyOnce(LiveMode live) throws Exception {
		for (long seed = 0; seed < SEEDS; seed++) {
			Random random = new Random(seed);
			ScriptedStream stream = new ScriptedStream(random, live == LiveMode.OFF);
			this.server.otherwise(stream::answer);
			RecordingPause pause = new RecordingPause();
			RecordingHandler handler = new RecordingHandler();
			StreamReader reader = pause.on(DurableStream.builder(this.server.url()))
				.random(random)
				.build()
				.read(new ReadOptions("-1", live), handler);
			String what = "seed " + seed + " " + live;
			try {
				reader.completion().get(30, TimeUnit.SECONDS);
			}
			catch (Exception ex) {
				throw new AssertionError(what + " " + handler.calls, ex);
			}
			assertThat(String.join("", handler.committed)).as(what).isEqualTo(stream.text.toString());
			assertThat(stream.text).as(what).hasSizeGreaterThanOrEqualTo(stream.size);
		}
	}

	/**
	 * A stream of text, whose offsets are counts of characters.
	 */
	private static final class ScriptedStream {

		private final Random random;

		private final int size;

		private final StringBuilder text = new StringBuilder();

		ScriptedStream(Random random, boolean complete) {
			this.random = random;
			this.size = random.nextInt(60_000);
			grow(complete ? this.size : 0);
		}

		private void grow(int target) {
			while (this.text.length() < target) {
				this.text.append((char) ('a' + this.random.nextInt(26)));
				if (this.random.nextInt(30) == 0) {
					this.text.append('\n');
				}
			}
		}

		synchronized void answer(FaultServer.Request request, FaultServer.Reply reply) throws IOException {
			grow(Math.min(this.size, this.text.length() + this.random.nextInt(20_000)));
			int from = request.parameter("offset").equals("-1") ? 0 : Integer.parseInt(request.parameter("offset"));
			switch (this.random.nextInt(6)) {
				case 0 -> reply.cut();
				case 1 -> reply.send(503, "busy");
				default -> {
					if ("sse".equals(request.parameter("live"))) {
						events(from, reply);
					}
					else {
						part(from, reply);
					}
				}
			}
		}

		private int next(int from) {
			return Math.min(this.text.length(), from + this.random.nextInt(20_000));
		}

		private void part(int from, FaultServer.Reply reply) throws IOException {
			int to = next(from);
			Map<String, String> headers = new HashMap<>();
			headers.put("Content-Type", "text/plain");
			headers.put("Stream-Next-Offset", offset(to));
			if (to == this.text.length()) {
				headers.put("Stream-Up-To-Date", "true");
				if (to >= this.size) {
					headers.put("Stream-Closed", "true");
				}
			}
			write(reply, headers, this.text.substring(from, to), false);
		}

		private void events(int from, FaultServer.Reply reply) throws IOException {
			StringBuilder events = new StringBuilder();
			int offset = from;
			for (int i = this.random.nextInt(3); i >= 0; i--) {
				int to = next(offset);
				if (to > offset) {
					events.append("event: data\n");
					for (String line : this.text.substring(offset, to).split("\n", -1)) {
						events.append("data: ").append(line).append('\n');
					}
					events.append('\n');
				}
				offset = to;
				boolean closed = offset == this.text.length() && offset >= this.size;
				events.append("event: control\ndata: {\"streamNextOffset\":\"")
					.append(offset(offset))
					.append(closed ? "\",\"streamClosed\":true}\n\n" : "\"}\n\n");
			}
			write(reply, Map.of("Content-Type", "text/event-stream"), events.toString(), this.random.nextBoolean());
		}

		private void write(FaultServer.Reply reply, Map<String, String> headers, String body, boolean cleanCut)
				throws IOException {
			String[] pairs = headers.entrySet()
				.stream()
				.flatMap((entry) -> Arrays.stream(new String[] { entry.getKey(), entry.getValue() }))
				.toArray(String[]::new);
			int cutAt = this.random.nextInt(3) == 0 ? this.random.nextInt(body.length() + 1) : -1;
			reply.chunked(200, pairs);
			String sent = (cutAt < 0) ? body : body.substring(0, cutAt);
			int position = 0;
			while (position < sent.length()) {
				int end = Math.min(sent.length(), position + 1 + this.random.nextInt(5000));
				reply.chunk(sent.substring(position, end));
				position = end;
			}
			if (cutAt < 0 || cleanCut) {
				reply.finish();
			}
			else if (this.random.nextBoolean()) {
				reply.cut();
			}
			else {
				reply.reset();
			}
		}

		private static String offset(int index) {
			return String.format("%08d", index);
		}

	}

}
