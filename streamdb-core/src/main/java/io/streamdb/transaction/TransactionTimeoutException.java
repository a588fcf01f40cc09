package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction could not be sent in time; nothing of it is in the stream.
 */
public class TransactionTimeoutException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public TransactionTimeoutException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
