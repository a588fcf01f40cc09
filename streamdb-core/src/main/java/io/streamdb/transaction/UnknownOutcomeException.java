package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction was sent and not answered: it may or may not be in the stream (SPEC T4,
 * T5).
 */
public class UnknownOutcomeException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public UnknownOutcomeException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
