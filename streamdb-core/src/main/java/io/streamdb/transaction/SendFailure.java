package io.streamdb.transaction;

import java.time.Duration;

import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.DurableStreamException;
import io.streamdb.client.MessageNotSentException;
import io.streamdb.client.ProducerFencedException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamRateLimitedException;
import io.streamdb.client.StreamServerException;
import io.streamdb.client.StreamTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What it means for a transaction that it could not be sent (SPEC T4, T5).
 *
 * @param outcome FAILED when nothing of it is in the stream, else UNKNOWN
 * @param exception what its waiters get
 */
record SendFailure(TransactionOutcome outcome, RuntimeException exception) {

	/**
	 * Interprets the failure of an append.
	 * @param transaction the transaction
	 * @param cause what the sender failed with
	 * @param timeout the transaction timeout
	 * @return its meaning
	 */
	static SendFailure of(PendingTransaction transaction, @Nullable Throwable cause, Duration timeout) {
		if (cause instanceof AppendOutcomeUnknownException) {
			return unknown(
					transaction + " was sent and not answered, so it may be in the stream: " + cause.getMessage(),
					cause);
		}
		if (isServerAway(cause)) {
			return timedOut(transaction, timeout, cause);
		}
		boolean refused = cause instanceof DurableStreamException && !(cause instanceof MessageNotSentException)
				&& !(cause instanceof ProducerFencedException);
		if (refused || cause instanceof TransactionException) {
			return new SendFailure(TransactionOutcome.FAILED, (RuntimeException) cause);
		}
		return rolledBack(transaction, cause);
	}

	private static boolean isServerAway(@Nullable Throwable cause) {
		return cause instanceof StreamConnectionException || cause instanceof StreamTimeoutException
				|| cause instanceof StreamServerException || cause instanceof StreamRateLimitedException;
	}

	/**
	 * Tells how a transaction ends that is not settled when the database closes.
	 * @param transaction the transaction
	 * @return its end (SPEC M13)
	 */
	static SendFailure closed(PendingTransaction transaction) {
		if (transaction.isAcknowledged()) {
			return new SendFailure(TransactionOutcome.DURABLE, new NotYetVisibleException(
					"StreamDB closed: " + transaction + " is durable, and was not visible here yet", null));
		}
		if (transaction.isSent() || transaction.isStarted()) {
			return unknown("StreamDB closed: " + transaction + " was sent and not answered, so it may be in the stream",
					null);
		}
		return new SendFailure(TransactionOutcome.FAILED, new RolledBackException("StreamDB closed: " + transaction
				+ " was rolled back before it was sent; nothing of it is in the stream", null));
	}

	/**
	 * Tells a custom {@code mutate} how its sending ends that has not begun when the
	 * database closes.
	 * @param transaction the transaction
	 * @return its end
	 */
	static SendFailure closedBeforeItWasSent(PendingTransaction transaction) {
		return new SendFailure(TransactionOutcome.FAILED, new RolledBackException(
				"StreamDB closed: " + transaction + " was not sent; nothing of it is in the stream", null));
	}

	static SendFailure timedOut(PendingTransaction transaction, Duration timeout, @Nullable Throwable cause) {
		String obstacle = transaction.obstacle();
		String reason = (cause != null) ? ": " + cause.getMessage()
				: (obstacle != null) ? ": it waited for " + obstacle : "";
		return new SendFailure(TransactionOutcome.FAILED, new TransactionTimeoutException(
				transaction + " could not be sent within " + timeout + "; nothing of it is in the stream" + reason,
				cause));
	}

	static SendFailure rolledBack(PendingTransaction transaction, @Nullable Throwable cause) {
		String reason = (cause != null) ? ": " + cause.getMessage() : "";
		return new SendFailure(TransactionOutcome.FAILED, new RolledBackException(
				transaction + " was rolled back; nothing of it is in the stream" + reason, cause));
	}

	/**
	 * Tells how a transaction ends that was sent and not answered, and is not in the
	 * stream up to where it could be.
	 * @param transaction the transaction
	 * @return its end (SPEC T5)
	 */
	static SendFailure absent(PendingTransaction transaction) {
		return new SendFailure(TransactionOutcome.FAILED, new RolledBackException(transaction
				+ " was sent and not answered, and was rolled back: the stream does not contain it, and the server"
				+ " refuses it from now on", null));
	}

	private static SendFailure unknown(String message, @Nullable Throwable cause) {
		return new SendFailure(TransactionOutcome.UNKNOWN, new UnknownOutcomeException(message, cause));
	}

}
