package io.streamdb.server.kill;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server on files that is killed (SIGKILL) at a random moment, again and again, while
 * sixteen writers append: what was acknowledged is there once and in order, and a retry
 * of an idempotent producer whose answer was lost is recognised by the next process.
 */
class KillTests {

	private static final int ROUNDS = Integer.getInteger("streamdb.kill.rounds", 3);

	private static final long SEED = Long.getLong("streamdb.kill.seed", 20261123L);

	private static final int WRITERS = 16;

	private static final int STREAMS = 4;

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final Pattern MESSAGE = Pattern.compile("\\{\"writer\":(\\d+),\"number\":(\\d+),\"text\":\"x*\"}");

	@Test
	@Spec({ "S2.3", "S2.8" })
	void nothingThatWasAcknowledgedIsLostOrDoubled(@TempDir Path directory) throws Exception {
		Random random = new Random(SEED);
		List<Writer> writers = new ArrayList<>();
		for (int i = 0; i < WRITERS; i++) {
			writers.add(new Writer(i, random.nextLong()));
		}
		for (int round = 1; round <= ROUNDS; round++) {
			try (Server server = new Server(directory)) {
				createStreams(server.client, server.url);
				check(server.client, server.url, writers, "seed " + SEED + ", before round " + round);
				ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
				try {
					List<Future<Void>> running = new ArrayList<>();
					for (Writer writer : writers) {
						running.add(threads.submit(() -> writer.write(server.client, server.url)));
					}
					int enough = acknowledged(writers) + 1 + random.nextInt(1_500);
					await().atMost(TIMEOUT)
						.pollInterval(Duration.ofMillis(1))
						.until(() -> acknowledged(writers) >= enough || running.stream().anyMatch(Future::isDone));
					assertThat(running).as("seed %d, round %d", SEED, round).noneMatch(Future::isDone);
					server.kill();
					for (Future<Void> writer : running) {
						writer.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
					}
				}
				finally {
					threads.shutdownNow();
				}
			}
		}
		try (Server server = new Server(directory)) {
			check(server.client, server.url, writers, "seed " + SEED + ", at the end");
		}
		assertThat(acknowledged(writers)).isGreaterThan(ROUNDS);
	}

	private static int acknowledged(List<Writer> writers) {
		return writers.stream().mapToInt((writer) -> writer.acknowledged).sum();
	}

	private static void createStreams(HttpClient client, URI url) throws Exception {
		for (int stream = 0; stream < STREAMS; stream++) {
			HttpResponse<Void> created = client.send(request(url, stream, "").header("Content-Type", "application/json")
				.PUT(HttpRequest.BodyPublishers.noBody())
				.build(), HttpResponse.BodyHandlers.discarding());
			assertThat(created.statusCode()).isIn(200, 201);
		}
	}

	private static HttpRequest.Builder request(URI url, int stream, String query) {
		return HttpRequest.newBuilder(url.resolve("stream-" + stream + query)).timeout(TIMEOUT);
	}

	private static void check(HttpClient client, URI url, List<Writer> writers, String when) throws Exception {
		Map<Integer, List<Integer>> found = new HashMap<>();
		for (int stream = 0; stream < STREAMS; stream++) {
			String offset = "-1";
			boolean upToDate = false;
			while (!upToDate) {
				HttpResponse<String> read = client.send(request(url, stream, "?offset=" + offset).build(),
						HttpResponse.BodyHandlers.ofString());
				assertThat(read.statusCode()).as(when).isEqualTo(200);
				Matcher matcher = MESSAGE.matcher(read.body());
				while (matcher.find()) {
					int writer = Integer.parseInt(matcher.group(1));
					assertThat(writer % STREAMS).as(when).isEqualTo(stream);
					found.computeIfAbsent(writer, (one) -> new ArrayList<>()).add(Integer.parseInt(matcher.group(2)));
				}
				assertThat(matcher.replaceAll("")).as(when).matches("\\[,*]");
				offset = read.headers().firstValue("Stream-Next-Offset").orElseThrow();
				upToDate = read.headers().firstValue("Stream-Up-To-Date").isPresent();
			}
		}
		for (Writer writer : writers) {
			writer.check(found.getOrDefault(writer.id, List.of()), when);
			writer.checkOffset(client, url, when);
		}
	}

	/** A server in a process of its own. */
	private static final class Server implements AutoCloseable {

		private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

		private final Process process;

		private final URI url;

		Server(Path directory) throws IOException {
			this.process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
					"-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
					ServerProcess.class.getName(), directory.resolve("store").toString())
				.redirectErrorStream(true)
				.start();
			this.url = url(this.process.inputReader());
		}

		private static URI url(BufferedReader output) throws IOException {
			StringBuilder said = new StringBuilder();
			for (String line = output.readLine(); line != null; line = output.readLine()) {
				if (line.startsWith("http://")) {
					return URI.create(line);
				}
				said.append(line).append('\n');
			}
			throw new AssertionError("The server did not start:\n" + said);
		}

		void kill() throws InterruptedException {
			this.process.destroyForcibly();
			assertThat(this.process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}

		@Override
		public void close() throws Exception {
			kill();
		}

	}

	/** Appends one message after the other, and knows which were acknowledged. */
	private static final class Writer {

		private final int id;

		private final boolean idempotent;

		private final Random random;

		/** Messages that may be there or not, since their answer was lost. */
		private final List<Integer> unknown = new ArrayList<>();

		private final List<Integer> certain = new ArrayList<>();

		private int number;

		private String offset = "-1";

		private volatile int acknowledged;

		Writer(int id, long seed) {
			this.id = id;
			this.idempotent = id % 2 == 0;
			this.random = new Random(seed);
		}

		Void write(HttpClient client, URI url) throws Exception {
			while (true) {
				try {
					HttpResponse<String> answer = client.send(request(url), HttpResponse.BodyHandlers.ofString());
					if (answer.statusCode() != 200 && answer.statusCode() != 204) {
						throw new AssertionError(answer + ": " + answer.body());
					}
					this.certain.add(this.number);
					this.acknowledged++;
					this.offset = answer.headers().firstValue("Stream-Next-Offset").orElseThrow();
					this.number++;
				}
				catch (IOException ex) {
					if (!this.idempotent) {
						this.unknown.add(this.number);
						this.number++;
					}
					return null;
				}
			}
		}

		private HttpRequest request(URI url) {
			// A retry has other bytes, as it is a duplicate whatever it holds.
			String text = "x".repeat(this.random.nextInt(this.random.nextInt(40) == 0 ? 50_000 : 200));
			HttpRequest.Builder request = KillTests.request(url, this.id % STREAMS, "")
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers
					.ofString("{\"writer\":" + this.id + ",\"number\":" + this.number + ",\"text\":\"" + text + "\"}"));
			if (this.idempotent) {
				request.header("Producer-Id", "writer-" + this.id)
					.header("Producer-Epoch", "0")
					.header("Producer-Seq", Integer.toString(this.number));
			}
			return request.build();
		}

		void check(List<Integer> found, String when) {
			List<Integer> expected = new ArrayList<>(found);
			expected.removeAll(this.unknown);
			if (this.idempotent) {
				// The one that is about to be tried again.
				expected.remove(Integer.valueOf(this.number));
			}
			assertThat(expected).as("%s: acknowledged of writer %d", when, this.id).isEqualTo(this.certain);
			assertThat(found).as("%s: all of writer %d", when, this.id).doesNotHaveDuplicates().isSorted();
		}

		void checkOffset(HttpClient client, URI url, String when) throws Exception {
			HttpResponse<Void> read = client.send(
					KillTests.request(url, this.id % STREAMS, "?offset=" + this.offset).build(),
					HttpResponse.BodyHandlers.discarding());
			assertThat(read.statusCode()).as("%s: offset %s of writer %d", when, this.offset, this.id).isEqualTo(200);
		}

	}

}
