package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * What the stream brought makes a pending mutation impossible (SPEC T2): its key is gone
 * or taken, its function throws, or its result is not valid.
 */
public class ConflictException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public ConflictException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
