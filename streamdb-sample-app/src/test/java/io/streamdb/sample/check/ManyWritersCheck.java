package io.streamdb.sample.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.streamdb.client.AppendOptions;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.sample.Board;
import io.streamdb.sample.review.Review;
import io.streamdb.testsupport.NodeTools;
import io.streamdb.testsupport.ReferenceServer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two processes of the sample and one TypeScript StreamDB write to one stream of the
 * reference server at once. In the end all three hold the same, and each transaction
 * stands in the stream exactly once. The path of the packaged sample is absolute:
 *
 * <pre>
 * ./mvnw -pl streamdb-sample-app -am package -Dtest=ManyWritersCheck -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dcheck.jar=/path/to/streamdb-sample-app.jar
 * </pre>
 */
class ManyWritersCheck {

	private static final Logger logger = LoggerFactory.getLogger(ManyWritersCheck.class);

	private static final int CHANGES = 1_000;

	private static final int THREADS = 8;

	private static final JsonMapper json = JsonMapper.shared();

	private static final HttpClient http = HttpClient.newHttpClient();

	private final Path jar = CheckSettings.file("check.jar");

	@Test
	void endEqualWithEachTransactionInTheStreamOnce() throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			writeAtOnce(server.url("writers"));
		}
	}

	private void writeAtOnce(URI url) throws Exception {
		DurableStream stream = DurableStream.builder(url).build();
		stream.create(CreateOptions.json()).join();
		stream.append(AppendOptions.of("""
				{"type":"file","key":"pom.xml","value":{"path":"pom.xml","blob":"b","mode":"100644","commit":"c",
				"author":"a","changedAt":"2026-01-01T00:00:00Z","revision":1},"headers":{"operation":"insert"}}"""
			.getBytes(StandardCharsets.UTF_8))).join();
		try (BoardProcess first = new BoardProcess(this.jar, url);
				BoardProcess second = new BoardProcess(this.jar, url);
				TypeScriptProcess third = new TypeScriptProcess(url)) {
			long start = System.nanoTime();
			CompletableFuture.allOf(first.write(), second.write(), third.write()).join();
			long millis = (System.nanoTime() - start) / 1_000_000;

			List<JsonNode> events = readAll(url);
			List<JsonNode> reviewEvents = events.subList(1, events.size());
			Map<String, Long> byTransaction = count(reviewEvents, (event) -> text(event, "headers", "txid"));
			assertThat(byTransaction).hasSize(3 * CHANGES);
			assertThat(byTransaction.values()).containsOnly(1L);
			Map<String, Long> insertsByKey = count(reviewEvents.stream()
				.filter((event) -> text(event, "headers", "operation").equals("insert"))
				.toList(), (event) -> text(event, "key"));
			assertThat(insertsByKey.values()).containsOnly(1L);

			String tail = stream.head().join().offset();
			Map<String, Review> expected = materialise(reviewEvents);
			assertThat(third.reviews(text(events.get(events.size() - 1), "headers", "txid"))).isEqualTo(expected);
			assertThat(first.reviewsAt(tail)).isEqualTo(expected);
			assertThat(second.reviewsAt(tail)).isEqualTo(expected);
			logger.info("{} changes of 3 writers in {} ms; {}; all hold the same {} reviews", byTransaction.size(),
					millis, new TreeMap<>(count(reviewEvents, (event) -> text(event, "headers", "operation"))),
					expected.size());
		}
	}

	private static Map<String, Long> count(List<JsonNode> events, Function<JsonNode, String> property) {
		return events.stream().collect(Collectors.groupingBy(property, Collectors.counting()));
	}

	private static String text(JsonNode event, String... path) {
		JsonNode node = event;
		for (String name : path) {
			node = node.path(name);
		}
		return node.stringValue();
	}

	private static Map<String, Review> materialise(List<JsonNode> events) {
		Map<String, Review> reviews = new HashMap<>();
		for (JsonNode event : events) {
			if (text(event, "headers", "operation").equals("delete")) {
				reviews.remove(text(event, "key"));
			}
			else {
				reviews.put(text(event, "key"), json.treeToValue(event.path("value"), Review.class));
			}
		}
		return reviews;
	}

	private static List<JsonNode> readAll(URI stream) throws Exception {
		List<JsonNode> events = new ArrayList<>();
		String offset = "-1";
		while (true) {
			HttpResponse<String> response = http.send(
					HttpRequest.newBuilder(URI.create(stream + "?offset=" + offset)).build(),
					BodyHandlers.ofString(StandardCharsets.UTF_8));
			json.readTree(response.body()).forEach(events::add);
			offset = response.headers().firstValue("Stream-Next-Offset").orElseThrow();
			if (response.headers().firstValue("Stream-Up-To-Date").isPresent()) {
				return events;
			}
		}
	}

	/**
	 * The sample in a process of its own.
	 */
	private static final class BoardProcess implements AutoCloseable {

		private static final Pattern ready = Pattern.compile("open (http://localhost:\\d+)/");

		private final Process process;

		private final String url;

		BoardProcess(Path jar, URI stream) throws IOException {
			this.process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
					"-jar", jar.toString(), "--server.port=0", "--streamdb.url=" + stream)
				.redirectErrorStream(true)
				.start();
			BufferedReader log = this.process.inputReader();
			this.url = log.lines()
				.map(ready::matcher)
				.filter(Matcher::find)
				.map((matcher) -> matcher.group(1))
				.findFirst()
				.orElseThrow(() -> new IllegalStateException("The sample ended before it was ready"));
			CompletableFuture.runAsync(() -> log.lines().forEach((line) -> logger.debug("{}", line)));
		}

		CompletableFuture<Void> write() {
			ExecutorService threads = Executors.newFixedThreadPool(THREADS);
			AtomicInteger started = new AtomicInteger();
			List<CompletableFuture<Void>> workers = IntStream.range(0, THREADS)
				.mapToObj((i) -> CompletableFuture.runAsync(() -> work(started), threads))
				.toList();
			threads.shutdown();
			return CompletableFuture.allOf(workers.toArray(CompletableFuture[]::new));
		}

		/*
		 * Of ten changes seven are requests, two approvals or refusals, one is a
		 * deletion.
		 */
		private void work(AtomicInteger started) {
			Deque<String> own = new ArrayDeque<>();
			for (int n = started.getAndIncrement(); n < CHANGES; n = started.getAndIncrement()) {
				String id = (n % 10 < 7) ? null : own.pollFirst();
				if (id == null) {
					own.add(text(json.readTree(send("POST", "", """
							{"path":"pom.xml","reviewer":"Java"}""", 201)), "id"));
				}
				else if (n % 10 == 9) {
					send("DELETE", "/" + id, "", 204);
				}
				else {
					send("POST", "/" + id + ((n % 10 == 7) ? "/approve" : "/changes"), "", 200);
				}
			}
		}

		private String send(String method, String path, String body, int status) {
			try {
				HttpResponse<String> response = http
					.send(HttpRequest.newBuilder(URI.create(this.url + "/api/reviews" + path))
						.method(method, HttpRequest.BodyPublishers.ofString(body))
						.header("Content-Type", "application/json")
						.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
				assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
				return response.body();
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		Map<String, Review> reviewsAt(String offset) throws Exception {
			Board.await().until(() -> offset.equals(text(get("/actuator/streamdb"), "databases", "main", "offset")));
			Map<String, Review> reviews = new HashMap<>();
			for (int page = 0;; page++) {
				JsonNode content = get("/api/reviews?sort=id&size=500&page=" + page).path("content");
				if (content.isEmpty()) {
					return reviews;
				}
				content.forEach((review) -> reviews.put(text(review, "id"), json.treeToValue(review, Review.class)));
			}
		}

		private JsonNode get(String path) throws Exception {
			return json.readTree(
					http.send(HttpRequest.newBuilder(URI.create(this.url + path)).build(), BodyHandlers.ofString())
						.body());
		}

		@Override
		public void close() {
			this.process.destroy();
			this.process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
		}

	}

	/**
	 * The TypeScript StreamDB.
	 */
	private static final class TypeScriptProcess implements AutoCloseable {

		private final Process process;

		private final PrintWriter input;

		private final BufferedReader output;

		TypeScriptProcess(URI stream) throws IOException {
			this.process = new ProcessBuilder(
					NodeTools.command("writer.mjs", stream.toString(), String.valueOf(CHANGES)))
				.redirectError(ProcessBuilder.Redirect.INHERIT)
				.start();
			this.input = new PrintWriter(this.process.outputWriter(), true);
			this.output = this.process.inputReader();
			assertThat(this.output.readLine()).isEqualTo("ready");
		}

		CompletableFuture<Void> write() {
			this.input.println("go");
			return CompletableFuture.runAsync(() -> assertThat(this.output.lines().findFirst()).contains("done"));
		}

		Map<String, Review> reviews(String txid) throws IOException {
			this.input.println("print " + txid);
			Map<String, Review> reviews = new HashMap<>();
			json.readTree(this.output.readLine())
				.forEach((review) -> reviews.put(text(review, "id"), json.treeToValue(review, Review.class)));
			return reviews;
		}

		@Override
		public void close() {
			this.process.destroy();
		}

	}

}
