package io.streamdb.sample;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import io.streamdb.sample.review.Review;
import io.streamdb.sample.review.ReviewStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two boards that decide on the same review at once.
 */
@Timeout(120)
class ConflictTests {

	@Test
	void aDecisionOnAReviewThatAnotherHasDeletedMeanwhileIsAConflict() throws Exception {
		try (Board first = Board.start();
				HoldingProxy proxy = new HoldingProxy(first.url(""));
				Board second = Board.start("streamdb.url=" + proxy.url("/streams/main"))) {
			Review sent = first.reviews().save(review("sent"));
			Review waiting = first.reviews().save(review("waiting"));
			Board.await().until(() -> second.reviews().existsById(waiting.id()));

			proxy.hold();
			CompletableFuture<ResponseSpec> approvalOfSent = approve(second, sent);
			Board.await().until(() -> proxy.held() == 1);
			CompletableFuture<ResponseSpec> approvalOfWaiting = approve(second, waiting);
			Board.await().until(() -> second.db().metrics().pendingTransactions() == 2);
			first.reviews().deleteById(waiting.id());

			approvalOfWaiting.join()
				.expectStatus()
				.isEqualTo(HttpStatus.CONFLICT)
				.expectHeader()
				.contentType(MediaType.APPLICATION_PROBLEM_JSON)
				.expectBody()
				.jsonPath("$.detail")
				.value(String.class, (detail) -> assertThat(detail).contains(waiting.id().toString()));
			assertThat(approvalOfSent).isNotDone();

			proxy.release();
			approvalOfSent.join().expectStatus().isOk();
			Board.await()
				.untilAsserted(() -> assertThat(first.reviews().findAll()).singleElement()
					.satisfies((review) -> assertThat(review.status()).isEqualTo(ReviewStatus.APPROVED)));
		}
	}

	private static CompletableFuture<ResponseSpec> approve(Board board, Review review) {
		// A thread each: the first is held, and the common pool may have one thread only.
		return CompletableFuture.supplyAsync(
				() -> board.client().post().uri("/api/reviews/" + review.id() + "/approve").exchange(),
				(task) -> new Thread(task, "approval").start());
	}

	private static Review review(String reviewer) {
		return new Review(UUID.randomUUID(), "pom.xml", reviewer, ReviewStatus.OPEN, null, Instant.now());
	}

}
