package io.streamdb.sample;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import io.streamdb.sample.review.Review;
import io.streamdb.sample.review.ReviewStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two boards on one stream: the second on the stream that the first serves.
 */
class SharedStreamTests {

	private static Board first;

	private static Board second;

	@BeforeAll
	static void startBoards() {
		first = Board.start();
		second = Board.startOnStreamOf(first);
	}

	@AfterAll
	static void stopBoards() {
		second.close();
		first.close();
	}

	@Test
	void theSecondServesTheHistoryThatTheFirstImported() {
		Oracle oracle = Oracle.ofSmallHistory();
		assertThat(second.sha256()).isEqualTo(oracle.end().sha256()).isEqualTo(first.sha256());
		assertThat(second.db().metrics().events()).isGreaterThanOrEqualTo(oracle.events());
		assertThat(first.db().metrics().events()).isEqualTo(second.db().metrics().events());
	}

	@Test
	void eachSeesWhatTheOtherWrites() {
		Review review = second.client()
			.post()
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
		awaitStatus(first, review.id(), ReviewStatus.OPEN);

		first.client().post().uri("/api/reviews/" + review.id() + "/approve").exchange().expectStatus().isOk();
		awaitStatus(second, review.id(), ReviewStatus.APPROVED);

		second.client().delete().uri("/api/reviews/" + review.id()).exchange().expectStatus().isNoContent();
		Board.await().until(() -> !first.reviews().existsById(review.id()));
	}

	@Test
	void aBoardThatStopsLeavesTheStreamToTheOthers() {
		Board.startOnStreamOf(first).close();
		assertThat(first.db().stream().head().join().closed()).isFalse();
		Review review = new Review(UUID.randomUUID(), "pom.xml", "Ada", ReviewStatus.OPEN, null, Instant.now());
		first.reviews().save(review);
		Board.await().until(() -> second.reviews().existsById(review.id()));
	}

	@Test
	void aTransactionOfOneIsReadableInTheOtherOnceItsTxidIs() {
		Review review = new Review(UUID.randomUUID(), "pom.xml", "Ada", ReviewStatus.OPEN, null, Instant.now());
		String txid = first.db().transact((transaction) -> {
			transaction.collection(Review.class).insert(review);
			return transaction.txid();
		}).await();
		second.db().awaitTxId(txid).join();
		assertThat(second.reviews().findById(review.id())).contains(review);
	}

	private static void awaitStatus(Board board, UUID id, ReviewStatus status) {
		Board.await()
			.until(() -> board.reviews().findById(id).filter((review) -> review.status() == status).isPresent());
	}

}
