package io.streamdb.transaction;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletionException;

import io.streamdb.client.AppendOffsetUnknownException;
import io.streamdb.client.AppendOutcomeUnknownException;
import io.streamdb.client.AppendResult;
import io.streamdb.client.DurableStreamException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.store.SyncedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Sends transactions by the default persister, in the order of their commits as far as
 * they have keys in common.
 * <p>
 * A transaction is queued under the commit lock, frozen when the sender asks for its
 * events, and no longer frozen when the sender gives them back because they are certainly
 * not on the server. The answer to it is worked in before the events of a later batch are
 * asked for, so nothing is ever sent that was made of the values of a transaction that
 * has failed, or that may turn out to have failed: what depends on one of unknown outcome
 * is held back until that is known (SPEC T5).
 */
final class Outbox {

	private final TransactionEnvironment environment;

	private final TransactionSender sender;

	private final CommitLock lock;

	private final OverlayPublisher overlay;

	private final SendOrder order;

	private final TransactionEndings endings;

	private boolean closed;

	Outbox(TransactionEnvironment environment, TransactionSender sender, CommitLock lock, OverlayPublisher overlay,
			SendOrder order, TransactionEndings endings) {
		this.environment = environment;
		this.sender = sender;
		this.lock = lock;
		this.overlay = overlay;
		this.order = order;
		this.endings = endings;
	}

	/**
	 * Sends nothing more.
	 */
	void close() {
		this.closed = true;
	}

	/**
	 * Queues a transaction for sending in time, as soon as there is nothing that it has
	 * to wait for.
	 */
	void add(PendingTransaction transaction) {
		this.endings.limitSending(transaction);
		send(transaction);
	}

	/**
	 * Queues a transaction; the order of queueing is the order of sending. The sender
	 * cannot encode it before the lock is free, so it finds a listener for its answer,
	 * and works that in before it encodes anything else.
	 */
	private void send(PendingTransaction transaction) {
		if (this.order.admits(transaction, this.overlay.obstacle(transaction))) {
			transaction.queued(true);
			this.sender.send(new TransactionMessage(this, transaction))
				.whenComplete((result, failure) -> answered(transaction, result, unwrapped(failure)));
		}
	}

	/**
	 * Queues what has nothing to wait for any more.
	 */
	void sendFreed() {
		for (PendingTransaction freed = this.order.next(); freed != null; freed = this.order.next()) {
			if (!this.closed && freed.isShown() && !freed.isDelivered()) {
				send(freed);
			}
		}
	}

	/**
	 * Freezes a transaction and encodes it, when it is about to be sent.
	 */
	byte[] encode(PendingTransaction transaction) {
		List<ChangeEvent<?>> events = this.lock.locked(() -> {
			ConflictException conflict = transaction.conflict();
			if (conflict != null) {
				throw conflict;
			}
			if (this.closed || !transaction.isShown() || transaction.isDelivered()) {
				throw SendFailure.rolledBack(transaction, null).exception();
			}
			PendingTransaction obstacle = this.overlay.unsentBelow(transaction);
			if (obstacle != null) {
				throw new NotSentException("It waits for " + obstacle);
			}
			transaction.send(this.endings.streams(), this.endings.beginnings());
			Instant now = this.environment.clock().instant().truncatedTo(ChronoUnit.MILLIS);
			return transaction.events(now.toString());
		});
		if (events.isEmpty()) {
			throw new NotSentException("There is nothing to send");
		}
		try {
			return EventBytes.readable(events, this.environment.schema(), synced());
		}
		catch (TransactionException ex) {
			throw ex;
		}
		catch (RuntimeException | Error ex) {
			throw new TransactionException("The events of " + transaction + " could not be encoded: " + ex.getMessage(),
					ex);
		}
	}

	private SyncedBatch synced() {
		return this.environment.store().batch(this.environment.store().synced(), false);
	}

	/**
	 * Takes back that a transaction was sent: its mutations follow the stream again, and
	 * it can be rolled back.
	 * @param transaction the transaction, which is certainly not on the server
	 * @param cause why it is not, or {@code null}
	 */
	void withdrawn(PendingTransaction transaction, @Nullable DurableStreamException cause) {
		this.lock.exclusively((after) -> {
			if (transaction.isSent()) {
				this.endings.withdrawn(transaction, cause, after);
			}
		});
	}

	private void answered(PendingTransaction transaction, @Nullable AppendResult result, @Nullable Throwable failure) {
		this.lock.exclusively((after) -> {
			if (transaction.isSeen() || (this.closed && transaction.settlement().isSettled())) {
				this.endings.sendingEnded(transaction);
			}
			else if (result != null) {
				this.endings.acknowledged(transaction, result, after);
			}
			else if (failure instanceof NotSentException && !transaction.isSent()) {
				transaction.queued(false);
				send(transaction);
			}
			else if (failure instanceof NotSentException) {
				this.endings.nothingSent(transaction, after);
			}
			else if (failure instanceof AppendOffsetUnknownException) {
				this.endings.acknowledgedSomewhere(transaction);
			}
			else if (failure instanceof AppendOutcomeUnknownException unknown) {
				this.endings.unresolved(transaction, unknown, after);
				after.add(this.sender::settleUnknown);
			}
			else {
				this.endings.refused(transaction, failure, after);
			}
		});
	}

	static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
		Throwable cause = (failure instanceof CompletionException) ? failure.getCause() : null;
		return (cause != null) ? cause : failure;
	}

	/**
	 * Thrown to the sender when a transaction is not to be sent now: it comes to nothing,
	 * or it has to wait for another one.
	 */
	private static final class NotSentException extends RuntimeException {

		NotSentException(String reason) {
			super(reason, null, false, false);
		}

	}

}
