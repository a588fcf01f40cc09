package io.streamdb.data.core;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

import io.streamdb.FailureReason;
import io.streamdb.StreamDbFailedException;
import io.streamdb.StreamDbUnavailableException;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.client.StreamClosedException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamPayloadTooLargeException;
import io.streamdb.client.StreamRateLimitedException;
import io.streamdb.client.StreamServerException;
import io.streamdb.client.StreamTimeoutException;
import io.streamdb.client.StreamUnauthorizedException;
import io.streamdb.schema.EntityValidationException;
import io.streamdb.schema.SchemaException;
import io.streamdb.transaction.ConflictException;
import io.streamdb.transaction.DuplicateKeyException;
import io.streamdb.transaction.IllegalTransactionStateException;
import io.streamdb.transaction.KeyChangedException;
import io.streamdb.transaction.MissingKeyException;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.RolledBackException;
import io.streamdb.transaction.TransactionTimeoutException;
import io.streamdb.transaction.UnknownKeyException;
import io.streamdb.transaction.UnknownOutcomeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link StreamDbExceptionTranslator}.
 */
class StreamDbExceptionTranslatorTests {

	private static final URI URL = URI.create("http://localhost/streams/main");

	private final StreamDbExceptionTranslator translator = new StreamDbExceptionTranslator();

	static Stream<Arguments> translations() {
		return Stream.of(
				arguments(new DuplicateKeyException("m", null), org.springframework.dao.DuplicateKeyException.class),
				arguments(new UnknownKeyException("m", null), EmptyResultDataAccessException.class),
				arguments(new ConflictException("m", null), OptimisticLockingFailureException.class),
				arguments(new NotYetVisibleException("m", null), WriteNotYetVisibleException.class),
				arguments(new UnknownOutcomeException("m", null), WriteOutcomeUnknownException.class),
				arguments(new TransactionTimeoutException("m", null), QueryTimeoutException.class),
				arguments(new RolledBackException("m", null), TransientDataAccessResourceException.class),
				arguments(new MissingKeyException("m", null), InvalidDataAccessApiUsageException.class),
				arguments(new KeyChangedException("m", null), InvalidDataAccessApiUsageException.class),
				arguments(new IllegalTransactionStateException("m", null), InvalidDataAccessApiUsageException.class),
				arguments(new EntityValidationException("m", List.of("title is empty")),
						DataIntegrityViolationException.class),
				arguments(new StreamDbUnavailableException("m", null), DataAccessResourceFailureException.class),
				arguments(new StreamDbFailedException(FailureReason.DELETED, "m", null),
						DataAccessResourceFailureException.class),
				arguments(new SchemaException("m"), InvalidDataAccessApiUsageException.class),
				arguments(new AppendOutcomeUnknownException("m", URL, 0, null, null),
						WriteOutcomeUnknownException.class),
				arguments(new StreamUnauthorizedException("m", URL, 401, null, null),
						PermissionDeniedDataAccessException.class),
				arguments(new StreamTimeoutException("m", URL, 0, null, null), QueryTimeoutException.class),
				arguments(new StreamRateLimitedException("m", URL, 429, null, null),
						TransientDataAccessResourceException.class),
				arguments(new StreamBadRequestException("m", URL, 400, null, null),
						InvalidDataAccessResourceUsageException.class),
				arguments(new StreamPayloadTooLargeException("m", URL, 413, null, null),
						InvalidDataAccessResourceUsageException.class),
				arguments(new StreamClosedException("m", URL, 409, null, null),
						DataAccessResourceFailureException.class),
				arguments(new StreamConnectionException("m", URL, 0, null, null),
						DataAccessResourceFailureException.class),
				arguments(new StreamServerException("m", URL, 500, null, null),
						DataAccessResourceFailureException.class),
				arguments(new StreamNotFoundException("m", URL, 404, null, null),
						DataAccessResourceFailureException.class),
				arguments(new StreamGoneException("m", URL, 410, null, null),
						DataAccessResourceFailureException.class));
	}

	@ParameterizedTest
	@MethodSource("translations")
	void translates(RuntimeException failure, Class<?> translated) {
		assertThat(this.translator.translateExceptionIfPossible(failure)).isExactlyInstanceOf(translated)
			.hasMessageContaining("m")
			.hasCause(failure);
		assertThat(this.translator.translateExceptionIfPossible(new CompletionException(failure)))
			.isExactlyInstanceOf(translated);
	}

	@Test
	void leavesTranslatedExceptionsAsTheyAre() {
		EmptyResultDataAccessException translated = new EmptyResultDataAccessException(1);
		assertThat(this.translator.translateExceptionIfPossible(translated)).isSameAs(translated);
	}

	@Test
	void leavesForeignExceptionsAlone() {
		assertThat(this.translator.translateExceptionIfPossible(new IllegalStateException())).isNull();
	}

}
