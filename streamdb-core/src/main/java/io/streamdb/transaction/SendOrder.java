package io.streamdb.transaction;

import java.util.ArrayDeque;
import java.util.Deque;

import org.jspecify.annotations.Nullable;

/**
 * Keeps transactions back whose values may still turn out to be wrong: an earlier one on
 * one of their keys is in the hands of a custom {@code mutate} that has not ended, may
 * have reached the server without an answer, or is kept back itself. Each waits for one
 * obstacle; when that is out of the way, it is asked again whether there is another one.
 * Guarded by the commit lock.
 */
final class SendOrder {

	private final Deque<PendingTransaction> freed = new ArrayDeque<>();

	/**
	 * Lets a transaction pass, or keeps it back.
	 * @param transaction the transaction
	 * @param obstacle what it has to wait for, or {@code null}
	 * @return whether it may be sent
	 */
	boolean admits(PendingTransaction transaction, @Nullable PendingTransaction obstacle) {
		transaction.heldBy(obstacle);
		if (obstacle != null) {
			obstacle.waiters().add(transaction);
			return false;
		}
		passed(transaction);
		return true;
	}

	/**
	 * Notes that a transaction holds nobody up any more: it is sent, in the stream, or
	 * has left the overlay.
	 * @param transaction the transaction
	 */
	void passed(PendingTransaction transaction) {
		PendingTransaction obstacle = transaction.heldBy();
		if (obstacle != null) {
			obstacle.waiters().remove(transaction);
			transaction.heldBy(null);
		}
		for (PendingTransaction waiter : transaction.waiters()) {
			if (waiter.heldBy() == transaction) {
				this.freed.add(waiter);
			}
		}
		transaction.waiters().clear();
	}

	/**
	 * Returns a transaction that is to be asked again.
	 * @return the transaction, or {@code null} when there is none
	 */
	@Nullable PendingTransaction next() {
		return this.freed.poll();
	}

}
