package io.streamdb.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction was sent and not answered: it may or may not be in the stream (SPEC T4,
 * T5). Told when the server has stayed away for two transaction timeouts, one in which
 * the transaction was repeated and one in which a fence behind it was tried, when another
 * stream has taken the place of the one that it was sent to, and when the database is
 * closed before. Until then the transaction stays visible and those who wait for it wait.
 */
public class UnknownOutcomeException extends TransactionException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param cause the cause, or {@code null}
	 */
	public UnknownOutcomeException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
