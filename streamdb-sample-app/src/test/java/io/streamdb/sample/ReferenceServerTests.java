package io.streamdb.sample;

import java.time.Duration;
import java.util.Map;

import io.streamdb.sample.history.SourceFile;
import io.streamdb.sample.review.Review;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.NodeTools;
import io.streamdb.testsupport.ReferenceServer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Boards on a stream of the reference server.
 */
@EnabledWithNode
class ReferenceServerTests {

	private static final Duration TIMEOUT = Duration.ofMinutes(1);

	@Test
	void servesTheHistoryThatTheStreamHoldsAndWritesReviewsThatTheReferenceReads() throws Exception {
		Oracle oracle = Oracle.ofSmallHistory();
		try (ReferenceServer server = ReferenceServer.start()) {
			String stream = server.url("board").toString();
			NodeTools.run(TIMEOUT, "load.mjs",
					new ClassPathResource("history/small-history.ndjson.gz").getFile().toString(), stream);
			try (Board board = Board.start("streamdb.url=" + stream);
					Board other = Board.start("streamdb.url=" + stream)) {
				assertThat(board.sha256()).isEqualTo(oracle.end().sha256());
				assertThat(board.db().metrics().events()).isEqualTo(oracle.events());

				Review review = board.client()
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
				other.db().awaitOffset(board.db().offset(), TIMEOUT).join();
				assertThat(other.reviews().findAll()).containsExactly(review);

				JsonNode reference = JsonMapper.shared()
					.readTree(NodeTools.run(TIMEOUT, "oracle.mjs", stream, "file:path,review:id"));
				assertThat(reference.path("file").size()).isEqualTo(oracle.end().files());
				assertThat(JsonMapper.shared()
					.treeToValue(reference.path("review").path(review.id().toString()), Review.class))
					.isEqualTo(review);
				assertThat(board.db().collection(SourceFile.class).count()).isEqualTo(oracle.end().files());
			}
		}
	}

	@Test
	void startsOnAnEmptyStreamAndImportsNothing() {
		try (ReferenceServer server = ReferenceServer.start();
				Board board = Board.start("streamdb.url=" + server.url("empty"), "streamdb.create-if-missing=true")) {
			assertThat(board.db().collection(SourceFile.class).count()).isZero();
			assertThat(board.db().metrics().events()).isZero();
		}
	}

}
