package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * An update or delete of a key that is not there (SPEC T3).
 */
public class UnknownKeyException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public UnknownKeyException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
