package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction was rolled back; nothing of it is in the stream.
 */
public class RolledBackException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public RolledBackException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
