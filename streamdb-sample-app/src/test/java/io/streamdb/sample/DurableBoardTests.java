package io.streamdb.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.streamdb.sample.review.Review;
import io.streamdb.sample.review.ReviewStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A board whose stream is kept in files.
 */
class DurableBoardTests {

	private static final Pattern READY = Pattern.compile("open (http://localhost:\\d+)/");

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
				RestTestClient client = RestTestClient.bindToServer().baseUrl(url(process.inputReader())).build();
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

	private Board start() {
		return Board.start(property());
	}

	private String property() {
		return "streamdb.server.directory=" + this.directory.resolve("streams");
	}

	private Process process() throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), ReviewBoardApplication.class.getName(), "--" + property(),
				"--logging.level.io.streamdb.sample.web=info")
			.redirectErrorStream(true)
			.start();
	}

	private static String url(BufferedReader output) throws IOException {
		StringBuilder said = new StringBuilder();
		for (String line = output.readLine(); line != null; line = output.readLine()) {
			Matcher ready = READY.matcher(line);
			if (ready.find()) {
				return ready.group(1);
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
