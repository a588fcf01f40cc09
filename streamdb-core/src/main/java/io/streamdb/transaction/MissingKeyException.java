package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * An entity without a key (SPEC T3).
 */
public class MissingKeyException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public MissingKeyException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
