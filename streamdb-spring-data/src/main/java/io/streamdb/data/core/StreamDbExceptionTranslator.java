package io.streamdb.data.core;

import java.util.concurrent.CompletionException;

import io.streamdb.StreamDbUnavailableException;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.client.StreamClosedException;
import io.streamdb.client.StreamConflictException;
import io.streamdb.client.StreamPayloadTooLargeException;
import io.streamdb.client.StreamRateLimitedException;
import io.streamdb.client.StreamTimeoutException;
import io.streamdb.client.StreamUnauthorizedException;
import io.streamdb.schema.EntityValidationException;
import io.streamdb.schema.SchemaException;
import io.streamdb.transaction.ConflictException;
import io.streamdb.transaction.DuplicateKeyException;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.RolledBackException;
import io.streamdb.transaction.TransactionException;
import io.streamdb.transaction.TransactionTimeoutException;
import io.streamdb.transaction.UnknownKeyException;
import io.streamdb.transaction.UnknownOutcomeException;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.dao.support.PersistenceExceptionTranslator;

/**
 * Translates the exceptions of the database to Spring's (SPEC B3): a key that is there or
 * is not, a conflict with another writer, an entity that is not valid, a server that
 * refuses or cannot be reached. A write that may be in the stream is told as
 * {@link WriteOutcomeUnknownException}, one that is in it and not visible here yet as
 * {@link WriteNotYetVisibleException}: neither is to be repeated blindly.
 */
public class StreamDbExceptionTranslator implements PersistenceExceptionTranslator {

	@Override
	public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
		if (ex instanceof CompletionException && ex.getCause() instanceof RuntimeException cause) {
			return translateExceptionIfPossible(cause);
		}
		if (ex instanceof DataAccessException alreadyTranslated) {
			return alreadyTranslated;
		}
		if (ex instanceof TransactionException transactionException) {
			return translate(transactionException);
		}
		if (ex instanceof DurableStreamException streamException) {
			return translate(streamException);
		}
		if (ex instanceof StreamDbUnavailableException) {
			return new DataAccessResourceFailureException(ex.getMessage(), ex);
		}
		if (ex instanceof EntityValidationException) {
			return new DataIntegrityViolationException(ex.getMessage(), ex);
		}
		if (ex instanceof SchemaException) {
			return new InvalidDataAccessApiUsageException(ex.getMessage(), ex);
		}
		return null;
	}

	private DataAccessException translate(TransactionException ex) {
		if (ex instanceof DuplicateKeyException) {
			return new org.springframework.dao.DuplicateKeyException(ex.getMessage(), ex);
		}
		if (ex instanceof UnknownKeyException) {
			return new EmptyResultDataAccessException(ex.getMessage(), 1, ex);
		}
		if (ex instanceof ConflictException) {
			return new OptimisticLockingFailureException(ex.getMessage(), ex);
		}
		if (ex instanceof NotYetVisibleException) {
			return new WriteNotYetVisibleException(ex.getMessage(), ex);
		}
		if (ex instanceof UnknownOutcomeException) {
			return new WriteOutcomeUnknownException(ex.getMessage(), ex);
		}
		if (ex instanceof TransactionTimeoutException) {
			return new QueryTimeoutException(ex.getMessage(), ex);
		}
		if (ex instanceof RolledBackException) {
			return new TransientDataAccessResourceException(ex.getMessage(), ex);
		}
		return new InvalidDataAccessApiUsageException(ex.getMessage(), ex);
	}

	private DataAccessException translate(DurableStreamException ex) {
		if (ex instanceof AppendOutcomeUnknownException) {
			return new WriteOutcomeUnknownException(ex.getMessage(), ex);
		}
		if (ex instanceof StreamUnauthorizedException) {
			return new PermissionDeniedDataAccessException(ex.getMessage(), ex);
		}
		if (ex instanceof StreamTimeoutException) {
			return new QueryTimeoutException(ex.getMessage(), ex);
		}
		if (ex instanceof StreamRateLimitedException) {
			return new TransientDataAccessResourceException(ex.getMessage(), ex);
		}
		if (ex instanceof StreamClosedException) {
			return new DataAccessResourceFailureException(ex.getMessage(), ex);
		}
		if (ex instanceof StreamBadRequestException || ex instanceof StreamPayloadTooLargeException
				|| ex instanceof StreamConflictException) {
			return new InvalidDataAccessResourceUsageException(ex.getMessage(), ex);
		}
		return new DataAccessResourceFailureException(ex.getMessage(), ex);
	}

}
