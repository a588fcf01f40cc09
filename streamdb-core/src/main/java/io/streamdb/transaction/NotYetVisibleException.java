package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction is durable, and was not visible here in time (SPEC T4): do not repeat
 * it.
 */
public class NotYetVisibleException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public NotYetVisibleException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
