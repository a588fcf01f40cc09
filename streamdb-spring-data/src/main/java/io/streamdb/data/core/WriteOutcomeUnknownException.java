package io.streamdb.data.core;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.UncategorizedDataAccessException;

/**
 * A write was sent and not answered: it may or may not be in the stream (SPEC T4). Look
 * before you repeat it.
 */
public class WriteOutcomeUnknownException extends UncategorizedDataAccessException {

	/**
	 * Creates the exception.
	 * @param message what happened
	 * @param cause the cause
	 */
	public WriteOutcomeUnknownException(@Nullable String message, Throwable cause) {
		super(message, cause);
	}

}
