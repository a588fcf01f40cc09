package io.streamdb.sample.change;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import io.streamdb.StreamDbState;
import io.streamdb.sample.Board;
import io.streamdb.sample.change.ChangeReader.Event;
import io.streamdb.sample.review.Review;
import io.streamdb.sample.review.ReviewStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(120)
class ChangesControllerTests {

	private static Board board;

	@BeforeAll
	static void startBoard() {
		board = Board.start();
	}

	@AfterAll
	static void stopBoard() {
		board.close();
	}

	@Test
	void tellsWhatWasChanged() throws IOException {
		try (ChangeReader changes = ChangeReader.open(board.url("/api/changes"))) {
			Review review = board.reviews().save(review("Ada"));
			Event inserted = changes.await((event) -> isAbout(review, event));
			assertThat(inserted.type()).isEqualTo("review");
			assertThat(inserted.id()).isEqualTo(board.db().offset());
			assertThat(inserted.data().propertyNames()).containsExactly("operation", "key", "value", "previous",
					"txid");
			assertThat(inserted.data().path("operation").stringValue()).isEqualTo("insert");
			assertThat(inserted.data().path("value").path("reviewer").stringValue()).isEqualTo("Ada");
			assertThat(inserted.data().path("value").path("status").stringValue()).isEqualTo("OPEN");
			assertThat(inserted.data().path("value").path("createdAt").stringValue())
				.isEqualTo(review.createdAt().toString());
			assertThat(inserted.data().path("previous").isNull()).isTrue();
			assertThat(inserted.data().path("txid").stringValue()).hasSize(36);
			assertThat(board.db().awaitTxId(inserted.data().path("txid").stringValue())).isCompleted();

			board.reviews().update(review.id(), (current) -> withStatus(current, ReviewStatus.APPROVED));
			Event updated = changes.await((event) -> isAbout(review, event) && isOperation("update", event));
			assertThat(updated.id()).isEqualTo(board.db().offset()).isGreaterThan(inserted.id());
			assertThat(updated.data().path("value").path("status").stringValue()).isEqualTo("APPROVED");
			assertThat(updated.data().path("previous").path("status").stringValue()).isEqualTo("OPEN");

			board.reviews().deleteById(review.id());
			Event deleted = changes.await((event) -> isAbout(review, event) && isOperation("delete", event));
			assertThat(deleted.data().path("value").isNull()).isTrue();
			assertThat(deleted.data().path("previous").path("status").stringValue()).isEqualTo("APPROVED");
			assertThat(changes.statuses()).as("nobody asked for it").isEmpty();
		}
	}

	@Test
	void tellsWhatAnotherProcessChangesInTheOrderOfTheStream() throws IOException {
		try (Board other = Board.startOnStreamOf(board);
				ChangeReader changes = ChangeReader.open(board.url("/api/changes"));
				ChangeReader otherChanges = ChangeReader.open(other.url("/api/changes"))) {
			List<Review> written = IntStream.range(0, 50)
				.mapToObj((i) -> (i % 2 == 0 ? board : other).reviews().save(review("writer " + i)))
				.toList();
			List<String> keys = written.stream().map((review) -> review.id().toString()).toList();
			Review last = written.get(written.size() - 1);
			changes.await((event) -> isAbout(last, event));
			otherChanges.await((event) -> isAbout(last, event));
			assertThat(changes.events()).extracting((event) -> event.data().path("key").stringValue())
				.containsExactlyElementsOf(keys);
			// The ids may differ: what two commits are to one board can be one commit to
			// another.
			assertThat(otherChanges.events()).extracting(Event::data)
				.containsExactlyElementsOf(changes.events().stream().map(Event::data).toList());
		}
	}

	@Test
	void isNotHeldUpByAClientThatDoesNotRead() throws IOException {
		try (ChangeReader stalled = ChangeReader.connect(board.url("/api/changes"));
				ChangeReader changes = ChangeReader.open(board.url("/api/changes"))) {
			String note = "x".repeat(2000);
			Review last = null;
			for (int i = 0; i < 20; i++) {
				// More in all than any buffer on the way to the stalled client holds.
				List<Review> many = IntStream.range(0, 500).mapToObj((j) -> review("many", note)).toList();
				last = board.reviews().saveAll(many).get(many.size() - 1);
			}
			Review newest = last;
			changes.await((event) -> isAbout(newest, event));
			assertThat(changes.events()).hasSizeGreaterThanOrEqualTo(10_000);
			assertThat(stalled.events()).isEmpty();
		}
	}

	@Test
	void forgetsClientsThatHaveGone() throws IOException {
		for (int i = 0; i < 3; i++) {
			ChangeReader.open(board.url("/api/changes")).close();
		}
		awaitNoClients();
	}

	@Test
	void turnsClientsAwayWhenThereAreTooMany() throws IOException {
		awaitNoClients();
		List<ChangeReader> readers = new ArrayList<>();
		try {
			for (int i = 0; i < ChangeFeed.MAX_CLIENTS; i++) {
				ChangeReader reader = ChangeReader.connect(board.url("/api/changes"));
				readers.add(reader);
				assertThat(reader.statusLine()).contains("200");
			}
			board.client()
				.get()
				.uri("/api/changes")
				.accept(MediaType.TEXT_EVENT_STREAM)
				.exchange()
				.expectStatus()
				.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
				.expectHeader()
				.contentType(MediaType.APPLICATION_PROBLEM_JSON)
				.expectBody()
				.jsonPath("$.detail")
				.isEqualTo("Too many clients follow the changes, try again later");
		}
		finally {
			readers.forEach(ChangeReader::close);
		}
		awaitNoClients();
	}

	@Test
	void endsBeforeTheWebServerWouldWaitForIt() throws IOException {
		// Were the web server to wait for the open request, this test would time out.
		Board other = Board.startOnStreamOf(board, "spring.lifecycle.timeout-per-shutdown-phase=1h");
		try (ChangeReader changes = ChangeReader.open(other.url("/api/changes"))) {
			other.close();
			assertThat(changes.end()).succeedsWithin(Duration.ofSeconds(30));
		}
	}

	@Test
	@Timeout(45)
	void endsAlthoughAClientDoesNotRead() throws IOException {
		Board other = Board.start("spring.lifecycle.timeout-per-shutdown-phase=1h");
		try (ChangeReader stalled = ChangeReader.connect(other.url("/api/changes"))) {
			Board.await().until(() -> other.db().metrics().subscriptions() == 1);
			String note = "x".repeat(2000);
			for (int i = 0; i < 20; i++) {
				other.reviews().saveAll(IntStream.range(0, 500).mapToObj((j) -> review("many", note)).toList());
			}
			other.close();
			assertThat(stalled.events()).isEmpty();
		}
	}

	@Test
	void tellsTheStatusAtTheBeginningAndWhenItChanges() throws IOException {
		try (Board server = Board.start();
				Board other = Board.startOnStreamOf(server);
				ChangeReader changes = ChangeReader.open(other.url("/api/changes?status=true"))) {
			Event live = changes.awaitStatus(StreamDbState.LIVE);
			assertThat(live.id()).isEmpty();
			assertThat(live.data().propertyNames()).containsExactly("state", "since", "failureReason");
			assertThat(live.data().path("since").stringValue()).isEqualTo(other.db().status().since().toString());
			assertThat(live.data().path("failureReason").isNull()).isTrue();

			server.db().stream().delete().join();
			assertThat(changes.awaitStatus(StreamDbState.FAILED).data().path("failureReason").stringValue())
				.isEqualTo("DELETED");
			assertThat(changes.end()).isNotDone();
		}
	}

	@Test
	void tellsThatTheServerOfTheStreamIsGone() throws IOException {
		Board server = Board.start();
		try (Board other = Board.startOnStreamOf(server);
				ChangeReader changes = ChangeReader.open(other.url("/api/changes?status=true"))) {
			changes.awaitStatus(StreamDbState.LIVE);
			server.close();
			changes.awaitStatus(StreamDbState.RETRYING);
			assertThat(changes.end()).isNotDone();
		}
		finally {
			server.close();
		}
	}

	/**
	 * A server notices that a client has gone when it writes to it.
	 */
	private static void awaitNoClients() {
		Board.await().until(() -> {
			board.reviews().save(review("anybody"));
			return board.db().metrics().subscriptions() == 0;
		});
	}

	private static boolean isAbout(Review review, Event event) {
		return review.id().toString().equals(event.data().path("key").stringValue());
	}

	private static boolean isOperation(String operation, Event event) {
		return operation.equals(event.data().path("operation").stringValue());
	}

	private static Review review(String reviewer) {
		return review(reviewer, null);
	}

	private static Review review(String reviewer, String note) {
		return new Review(UUID.randomUUID(), "pom.xml", reviewer, ReviewStatus.OPEN, note, Instant.now());
	}

	private static Review withStatus(Review review, ReviewStatus status) {
		return new Review(review.id(), review.path(), review.reviewer(), status, review.note(), review.createdAt());
	}

}
