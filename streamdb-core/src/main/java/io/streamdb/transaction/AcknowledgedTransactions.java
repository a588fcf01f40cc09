package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Transactions that the server has acknowledged and the stream has not brought yet. Those
 * of which it is not known whether this stream has acknowledged them, or the one before
 * it at its URL, are in doubt: their offsets say nothing. Guarded by the commit lock.
 */
final class AcknowledgedTransactions {

	private final TransactionsByOffset byOffset = new TransactionsByOffset();

	private final Set<PendingTransaction> doubtful = new LinkedHashSet<>(0);

	void add(PendingTransaction transaction, String offset) {
		transaction.acknowledged(offset);
		this.byOffset.add(transaction, offset);
	}

	/**
	 * Adds a transaction that was sent when another stream may have been there.
	 */
	void addInDoubt(PendingTransaction transaction, String offset) {
		transaction.acknowledged(offset);
		this.doubtful.add(transaction);
	}

	/**
	 * Puts all in doubt, because another stream takes the place of the one that has
	 * acknowledged them.
	 */
	void doubtAll() {
		this.doubtful.addAll(this.byOffset.removeAll());
	}

	boolean isInDoubt(PendingTransaction transaction) {
		return this.doubtful.contains(transaction);
	}

	void remove(PendingTransaction transaction) {
		this.doubtful.remove(transaction);
		this.byOffset.remove(transaction);
	}

	/**
	 * Removes and returns those that a state contains.
	 * @param offset the offset of the state
	 * @return the transactions that were acknowledged at or before it
	 */
	List<PendingTransaction> removeUpTo(String offset) {
		return this.byOffset.removeUpTo(offset);
	}

	/**
	 * Removes and returns those in doubt.
	 */
	List<PendingTransaction> removeInDoubt() {
		List<PendingTransaction> removed = new ArrayList<>(this.doubtful);
		this.doubtful.clear();
		return removed;
	}

}
