package io.streamdb.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.streamdb.client.DurableStream;
import io.streamdb.sample.history.Commit;
import io.streamdb.sample.review.Review;
import io.streamdb.sample.review.ReviewStatus;
import io.streamdb.server.DurableStreamServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A board whose stream is kept in files.
 */
class DurableBoardTests {

	private static final Pattern READY = Pattern.compile("open http://localhost:(\\d+)/");

	private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

	private static final int MORE_COMMITS = 5_000;

	@TempDir
	private Path directory;

	@Test
	void reviewsSurviveARestart() {
		Review review = new Review(UUID.randomUUID(), "pom.xml", "Ada", ReviewStatus.OPEN, null, Instant.now());
		long events;
		try (Board board = start()) {
			board.reviews().save(review);
			events = board.db().metrics().events();
		}
		try (Board board = start()) {
			assertThat(board.reviews().findAll()).containsExactly(review);
			assertThat(board.sha256()).isEqualTo(Oracle.ofSmallHistory().end().sha256());
			assertThat(board.db().metrics().events()).as("nothing is imported again").isEqualTo(events);
		}
	}

	@Test
	void reviewsSurviveKill() throws Exception {
		List<UUID> acknowledged = new ArrayList<>();
		for (int round = 0; round < 2; round++) {
			Process process = process();
			try {
				RestTestClient client = RestTestClient.bindToServer()
					.baseUrl(url(process.inputReader(), READY))
					.build();
				for (int i = 0; i < 5; i++) {
					acknowledged.add(post(client));
				}
			}
			finally {
				process.destroyForcibly();
				assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
			}
		}
		try (Board board = start()) {
			assertThat(board.reviews().findAll()).extracting(Review::id)
				.containsExactlyInAnyOrderElementsOf(acknowledged);
			assertThat(board.sha256()).isEqualTo(Oracle.ofSmallHistory().end().sha256());
		}
	}

	@Test
	void importThatIsKilledHalfWayGoesOnWithTheNextStart() throws Exception {
		Oracle oracle = Oracle.ofSmallHistory();
		String history = "board.import=" + longHistory();
		UUID review;
		Process process = process("--" + history, "--logging.level.org.springframework.boot.tomcat=info");
		try {
			RestTestClient client = RestTestClient.bindToServer().baseUrl(url(process.inputReader(), STARTED)).build();
			Board.await().pollInterval(Duration.ofMillis(5)).until(() -> commits(client) >= 100);
			review = post(client);
		}
		finally {
			process.destroyForcibly();
			assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
		}
		assertThat(isImportUnderWay()).isTrue();
		long events = oracle.events() + MORE_COMMITS + 1;
		try (Board board = Board.start(property(), history)) {
			assertThat(board.sha256()).isEqualTo(oracle.end().sha256());
			assertThat(board.db().collection(Commit.class).count()).isEqualTo(oracle.commits() + MORE_COMMITS);
			assertThat(board.reviews().findAll()).extracting(Review::id).containsExactly(review);
			assertThat(board.db().metrics().events()).as("each once, and the review").isEqualTo(events);
		}
		assertThat(isImportUnderWay()).isFalse();
		try (Board board = Board.start(property(), history)) {
			assertThat(board.db().metrics().events()).as("nothing is imported again").isEqualTo(events);
		}
	}

	/** So long that nobody is quick enough to import it before the kill. */
	private Path longHistory() throws IOException {
		List<String> lines = new ArrayList<>(Oracle.smallHistory());
		for (int i = 0; i < MORE_COMMITS; i++) {
			lines.add(("""
					[{"type":"commit","key":"more-%1$d","value":{"id":"more-%1$d","author":"a1",\
					"at":"2026-01-01T00:00:00Z","added":0,"modified":0,"deleted":0},\
					"headers":{"operation":"insert","txid":"more-%1$d"}}]""").formatted(i));
		}
		return Files.write(this.directory.resolve("history.ndjson"), lines);
	}

	private boolean isImportUnderWay() {
		try (DurableStreamServer server = DurableStreamServer.builder().directory(streams()).build()) {
			return !DurableStream.builder(server.url("history-import"))
				.transport(server.transport())
				.build()
				.head()
				.join()
				.closed();
		}
	}

	private static long commits(RestTestClient client) {
		JsonNode page = client.get()
			.uri("/api/commits?size=1")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		return page.path("page").path("totalElements").asLong();
	}

	private Board start() {
		return Board.start(property());
	}

	private String property() {
		return "streamdb.server.directory=" + streams();
	}

	private Path streams() {
		return this.directory.resolve("streams");
	}

	private Process process(String... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						System.getProperty("java.class.path"), ReviewBoardApplication.class.getName(),
						"--" + property(), "--logging.level.io.streamdb.sample.web=info"));
		command.addAll(List.of(arguments));
		return new ProcessBuilder(command).redirectErrorStream(true).start();
	}

	private static String url(BufferedReader output, Pattern begin) throws IOException {
		StringBuilder said = new StringBuilder();
		for (String line = output.readLine(); line != null; line = output.readLine()) {
			Matcher told = begin.matcher(line);
			if (told.find()) {
				return "http://localhost:" + told.group(1);
			}
			said.append(line).append('\n');
		}
		throw new AssertionError("The board did not start:\n" + said);
	}

	private static UUID post(RestTestClient client) {
		Review review = client.post()
			.uri("/api/reviews")
			.contentType(MediaType.APPLICATION_JSON)
			.body(Map.of("path", "pom.xml", "reviewer", "Ada"))
			.exchange()
			.expectStatus()
			.isCreated()
			.expectBody(Review.class)
			.returnResult()
			.getResponseBody();
		assertThat(review).isNotNull();
		return review.id();
	}

}
