package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamReader;
import io.streamdb.server.StreamClient.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many writers that repeat themselves and many readers in all modes at once: everybody
 * sees the same order, every message once, and no append in part.
 */
class ConcurrencyTests {

	private static final int WRITERS = 6;

	private static final int APPENDS = 60;

	private static final int READERS_PER_MODE = 4;

	private static final long SEED = 99;

	@Test
	void inProcess() throws Exception {
		try (DurableStreamServer server = server()) {
			run(StreamClient.inProcess(server));
		}
	}

	@Test
	void overHttp() throws Exception {
		try (TomcatServer tomcat = new TomcatServer(server(), "/streams")) {
			run(StreamClient.overHttp(tomcat));
		}
	}

	private static DurableStreamServer server() {
		return DurableStreamServer.builder().limits(ServerLimits.defaults().withMaxChunkBytes(500)).build();
	}

	private static void run(StreamClient client) throws Exception {
		client.put("main", "application/json", "");
		DurableStream stream = DurableStream.builder(client.urls().apply("main")).transport(client.transport()).build();
		List<Collected> readers = new ArrayList<>();
		for (int i = 0; i < READERS_PER_MODE; i++) {
			for (LiveMode mode : new LiveMode[] { LiveMode.AUTO, LiveMode.SSE, LiveMode.LONG_POLL }) {
				readers.add(new Collected(stream, mode));
			}
		}
		ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
		try {
			List<Future<?>> writers = new ArrayList<>();
			for (int i = 0; i < WRITERS; i++) {
				int writer = i;
				writers.add(threads.submit(() -> write(client, writer)));
			}
			for (Future<?> writer : writers) {
				writer.get(60, TimeUnit.SECONDS);
			}
		}
		finally {
			threads.shutdownNow();
		}
		client.post("main", "application/json", "", "Stream-Closed", "true");
		List<String> expected = messages(client);
		checkOrder(expected);
		for (Collected reader : readers) {
			reader.reader.completion().get(60, TimeUnit.SECONDS);
			assertThat(reader.messages).as(reader.mode.name()).isEqualTo(expected);
		}
	}

	/** Sends every append one to three times, some of them at the same time. */
	private static void write(StreamClient client, int writer) {
		Random random = new Random(SEED + writer);
		for (int sequence = 0; sequence < APPENDS; sequence++) {
			String body = "[\"%1$d-%2$d-0\",\"%1$d-%2$d-1\",\"%1$d-%2$d-2\"]".formatted(writer, sequence);
			String[] headers = { "Content-Type", "application/json", "Producer-Id", "writer-" + writer,
					"Producer-Epoch", "0", "Producer-Seq", Integer.toString(sequence) };
			List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
			var twin = client.sendAsync("POST", "main", body, headers);
			if (random.nextBoolean()) {
				answers.add(client.send("POST", "main", body, headers));
			}
			answers.add(twin.join());
			if (random.nextInt(4) == 0) {
				answers.add(client.send("POST", "main", body, headers));
			}
			assertThat(answers).extracting(Answer::status).isSubsetOf(200, 204).containsOnlyOnce(200);
			assertThat(answers).extracting((answer) -> answer.header("Producer-Seq"))
				.containsOnly(Integer.toString(sequence));
		}
	}

	private static List<String> messages(StreamClient client) {
		List<String> messages = new ArrayList<>();
		String offset = "-1";
		while (true) {
			Answer answer = client.get("main?offset=" + offset);
			JsonMapper.shared().readTree(answer.bytes()).forEach((message) -> messages.add(message.asString()));
			offset = answer.offset();
			if (answer.header("Stream-Closed") != null) {
				return messages;
			}
		}
	}

	private static void checkOrder(List<String> messages) {
		assertThat(messages).hasSize(WRITERS * APPENDS * 3).doesNotHaveDuplicates();
		int[] next = new int[WRITERS];
		for (int i = 0; i < messages.size(); i += 3) {
			int writer = Integer.parseInt(messages.get(i).split("-")[0]);
			String append = writer + "-" + next[writer]++;
			assertThat(messages.subList(i, i + 3)).containsExactly(append + "-0", append + "-1", append + "-2");
		}
	}

	private static final class Collected implements BatchHandler {

		private final List<String> messages = new ArrayList<>();

		private final List<String> batch = new ArrayList<>();

		private final LiveMode mode;

		private final StreamReader reader;

		Collected(DurableStream stream, LiveMode mode) {
			this.mode = mode;
			this.reader = stream.read(new ReadOptions(ReadOptions.START, mode), this);
		}

		@Override
		public void data(InputStream body) throws IOException {
			for (JsonNode message : JsonMapper.shared().readTree(body.readAllBytes())) {
				this.batch.add(message.asString());
			}
		}

		@Override
		public void end(BatchEnd end) {
			assertThat(this.batch.size() % 3).as("messages of whole appends").isZero();
			this.messages.addAll(this.batch);
			this.batch.clear();
		}

		@Override
		public void abort(Throwable cause) {
			this.batch.clear();
		}

	}

}
