package io.streamdb.sample.web;

import java.io.IOException;
import java.util.Map;

import io.streamdb.data.core.WriteNotYetVisibleException;
import io.streamdb.data.core.WriteOutcomeUnknownException;
import io.streamdb.sample.Board;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

class ProblemHandlerTests {

	private static final String MESSAGE = "the message";

	private static final Throwable CAUSE = new IOException("the cause");

	@Test
	void saysThatAWriteIsDurableAndNotToBeRepeated() {
		expectProblem(answer(new WriteNotYetVisibleException(MESSAGE, CAUSE)), HttpStatus.GATEWAY_TIMEOUT,
				"The change is in the stream and will be visible here later, do not repeat it: " + MESSAGE);
	}

	@Test
	void saysThatAWriteMayBeDurable() {
		expectProblem(answer(new WriteOutcomeUnknownException(MESSAGE, CAUSE)), HttpStatus.GATEWAY_TIMEOUT,
				"The change may be in the stream, look before you repeat it: " + MESSAGE);
	}

	@ParameterizedTest
	@MethodSource
	void saysWhyTheDatabaseRefuses(DataAccessException refusal) {
		expectProblem(answer(refusal), HttpStatus.INTERNAL_SERVER_ERROR, MESSAGE);
	}

	private static DataAccessException[] saysWhyTheDatabaseRefuses() {
		return new DataAccessException[] { new PermissionDeniedDataAccessException(MESSAGE, CAUSE),
				new InvalidDataAccessResourceUsageException(MESSAGE, CAUSE),
				new InvalidDataAccessApiUsageException(MESSAGE, CAUSE) };
	}

	@ParameterizedTest
	@MethodSource
	void saysThatItIsUnavailable(DataAccessException failure) {
		expectProblem(answer(failure), HttpStatus.SERVICE_UNAVAILABLE, MESSAGE);
	}

	private static DataAccessException[] saysThatItIsUnavailable() {
		return new DataAccessException[] { new DataAccessResourceFailureException(MESSAGE),
				new QueryTimeoutException(MESSAGE) };
	}

	@ParameterizedTest
	@MethodSource
	void saysThatThereIsAConflict(DataAccessException conflict) {
		expectProblem(answer(conflict), HttpStatus.CONFLICT,
				"Somebody else was faster, load and try again: " + MESSAGE);
	}

	private static DataAccessException[] saysThatThereIsAConflict() {
		return new DataAccessException[] { new OptimisticLockingFailureException(MESSAGE),
				new ConcurrencyFailureException(MESSAGE) };
	}

	@Test
	void saysThatAStreamThatIsReadOnceIsNotWritten() {
		try (Board first = Board.start(); Board readOnly = Board.startOnStreamOf(first, "streamdb.live=off")) {
			ResponseSpec response = readOnly.client()
				.post()
				.uri("/api/reviews")
				.contentType(MediaType.APPLICATION_JSON)
				.body(Map.of("path", "pom.xml", "reviewer", "Ada"))
				.exchange();
			expectProblem(response, HttpStatus.INTERNAL_SERVER_ERROR, "is read-only (live mode OFF)");
			assertThat(first.reviews().count()).isZero();
		}
	}

	private static ResponseSpec answer(DataAccessException failure) {
		return RestTestClient.bindToController(new FailingController(failure))
			.configureServer((server) -> server.setControllerAdvice(new ProblemHandler()))
			.build()
			.post()
			.uri("/")
			.exchange();
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

	@RestController
	static class FailingController {

		private final DataAccessException failure;

		FailingController(DataAccessException failure) {
			this.failure = failure;
		}

		@PostMapping("/")
		void fail() {
			throw this.failure;
		}

	}

}
