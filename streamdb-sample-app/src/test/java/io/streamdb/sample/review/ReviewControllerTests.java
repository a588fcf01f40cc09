package io.streamdb.sample.review;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
class ReviewControllerTests {

	private static final UUID UNKNOWN = UUID.fromString("00000000-0000-4000-8000-000000000000");

	@Autowired
	private RestTestClient client;

	@Autowired
	private ReviewRepository reviews;

	@AfterEach
	void deleteReviews() {
		this.reviews.deleteAll();
	}

	@Test
	void opensAReviewThatCanBeReadAtItsLocation() {
		Instant before = Instant.now();
		URI location = post("/api/reviews",
				Map.of("path", "pom.xml", "reviewer", "Ada", "note", "<b>Ünïcode</b> & \"quotes\""))
			.expectStatus()
			.isCreated()
			.returnResult(Review.class)
			.getResponseHeaders()
			.getLocation();
		Review review = this.client.get()
			.uri(location)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(Review.class)
			.returnResult()
			.getResponseBody();
		assertThat(location.getPath()).isEqualTo("/api/reviews/" + review.id());
		assertThat(review.path()).isEqualTo("pom.xml");
		assertThat(review.reviewer()).isEqualTo("Ada");
		assertThat(review.status()).isEqualTo(ReviewStatus.OPEN);
		assertThat(review.note()).isEqualTo("<b>Ünïcode</b> & \"quotes\"");
		assertThat(review.createdAt()).isBetween(before, Instant.now());
		assertThat(this.reviews.findAll()).containsExactly(review);
	}

	@Test
	void opensAReviewWithoutANote() {
		assertThat(open("pom.xml", "Ada").note()).isNull();
	}

	@Test
	void doesNotOpenAReviewOfAnUnknownFile() {
		expectProblem(post("/api/reviews", Map.of("path", "no/such/file", "reviewer", "Ada")), HttpStatus.NOT_FOUND,
				"There is no file 'no/such/file' to review");
		assertThat(this.reviews.count()).isZero();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{}                                         | Invalid request: 'path' must not be blank, 'reviewer' must not be blank
					{"path": "pom.xml"}                        | Invalid request: 'reviewer' must not be blank
					{"path": "pom.xml", "reviewer": " "}       | Invalid request: 'reviewer' must not be blank
					{"path": null, "reviewer": "Ada"}          | Invalid request: 'path' must not be blank
					{"path": {}, "reviewer": "Ada"}            | The body is missing, or is not the JSON object that is expected here
					{"path": "pom.xml",                        | The body is missing, or is not the JSON object that is expected here
					[]                                         | The body is missing, or is not the JSON object that is expected here
					''                                         | The body is missing, or is not the JSON object that is expected here
					""")
	void doesNotOpenAReviewFromAnInvalidBody(String body, String detail) {
		expectProblem(
				this.client.post().uri("/api/reviews").contentType(MediaType.APPLICATION_JSON).body(body).exchange(),
				HttpStatus.BAD_REQUEST, detail);
		assertThat(this.reviews.count()).isZero();
	}

	@Test
	void doesNotOpenAReviewWithATextThatIsTooLong() {
		expectProblem(post("/api/reviews", Map.of("path", "pom.xml", "reviewer", "Ada", "note", "x".repeat(2001))),
				HttpStatus.BAD_REQUEST, "Invalid request: 'note' size must be between 0 and 2000");
	}

	@Test
	void doesNotTakeABodyThatIsNotJson() {
		expectProblem(
				this.client.post().uri("/api/reviews").contentType(MediaType.TEXT_PLAIN).body("pom.xml").exchange(),
				HttpStatus.UNSUPPORTED_MEDIA_TYPE, "is not supported");
	}

	@Test
	void approvesAReview() {
		Review review = open("pom.xml", "Ada");
		Review approved = decide(review, "approve");
		assertThat(approved).isEqualTo(review.withStatus(ReviewStatus.APPROVED));
		assertThat(this.reviews.findById(review.id())).contains(approved);
	}

	@Test
	void requestsChanges() {
		Review review = open("pom.xml", "Ada");
		decide(review, "approve");
		assertThat(decide(review, "changes")).isEqualTo(review.withStatus(ReviewStatus.CHANGES_REQUESTED));
		assertThat(this.reviews.findById(review.id())).map(Review::status).contains(ReviewStatus.CHANGES_REQUESTED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "approve", "changes" })
	void doesNotDecideAnUnknownReview(String decision) {
		expectProblem(post("/api/reviews/" + UNKNOWN + "/" + decision, Map.of()), HttpStatus.NOT_FOUND,
				UNKNOWN.toString());
		assertThat(this.reviews.count()).isZero();
	}

	@Test
	void deletesAReviewOnce() {
		Review review = open("pom.xml", "Ada");
		String uri = "/api/reviews/" + review.id();
		this.client.delete().uri(uri).exchange().expectStatus().isNoContent().expectBody().isEmpty();
		assertThat(this.reviews.existsById(review.id())).isFalse();
		String detail = "There is no review '" + review.id() + "'";
		expectProblem(this.client.delete().uri(uri).exchange(), HttpStatus.NOT_FOUND, detail);
		expectProblem(this.client.get().uri(uri).exchange(), HttpStatus.NOT_FOUND, detail);
	}

	@Test
	void saysThatAnIdIsNotOne() {
		expectProblem(this.client.get().uri("/api/reviews/42").exchange(), HttpStatus.BAD_REQUEST,
				"Failed to convert 'id' with value: '42'");
	}

	@Test
	void servesReviewsByFileAndWithTheNewestFirst() {
		Review first = open("pom.xml", "Ada");
		Review second = open("pom.xml", "Grace");
		Review other = open(".gitignore", "Ada");
		assertThat(reviews("path=pom.xml")).containsExactly(second, first);
		assertThat(reviews("")).containsExactly(other, second, first);
		assertThat(reviews("path=pom.xml&size=1&page=1")).containsExactly(first);
		assertThat(reviews("path=nowhere")).isEmpty();
		assertThat(reviews("sort=reviewer&sort=path")).containsExactly(other, first, second);
	}

	private Review open(String path, String reviewer) {
		Review review = post("/api/reviews", Map.of("path", path, "reviewer", reviewer)).expectStatus()
			.isCreated()
			.expectBody(Review.class)
			.returnResult()
			.getResponseBody();
		assertThat(review).isNotNull();
		return review;
	}

	private Review decide(Review review, String decision) {
		Review decided = this.client.post()
			.uri("/api/reviews/" + review.id() + "/" + decision)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(Review.class)
			.returnResult()
			.getResponseBody();
		assertThat(decided).isNotNull();
		return decided;
	}

	private List<Review> reviews(String query) {
		ReviewPage page = this.client.get()
			.uri("/api/reviews?" + query)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(ReviewPage.class)
			.returnResult()
			.getResponseBody();
		assertThat(page).isNotNull();
		return page.content();
	}

	private ResponseSpec post(String uri, Map<String, String> body) {
		return this.client.post().uri(uri).contentType(MediaType.APPLICATION_JSON).body(body).exchange();
	}

	private static void expectProblem(ResponseSpec response, HttpStatus status, String detail) {
		response.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.status")
			.isEqualTo(status.value())
			.jsonPath("$.detail")
			.value(String.class, (actual) -> assertThat(actual).contains(detail));
	}

	record ReviewPage(List<Review> content) {
	}

}
