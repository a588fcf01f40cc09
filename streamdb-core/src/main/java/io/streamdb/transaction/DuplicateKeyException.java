package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * An insert of a key that is there (SPEC T3).
 */
public class DuplicateKeyException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public DuplicateKeyException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
