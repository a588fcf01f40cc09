package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The call does not fit the state of the transaction, or the thread: a mutation after
 * commit, a waiting write on the apply thread.
 */
public class IllegalTransactionStateException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public IllegalTransactionStateException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
