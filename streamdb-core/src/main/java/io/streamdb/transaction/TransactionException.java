package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A transaction, or a mutation in it, failed.
 */
public class TransactionException extends RuntimeException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public TransactionException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
