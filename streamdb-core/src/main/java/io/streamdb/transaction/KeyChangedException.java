package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * An update function returned an entity with another key (SPEC T3).
 */
public class KeyChangedException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public KeyChangedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
