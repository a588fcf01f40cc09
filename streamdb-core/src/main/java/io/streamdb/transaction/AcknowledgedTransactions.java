package io.streamdb.transaction;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Transactions that the server has acknowledged and the stream has not brought yet. Those
 * of which it is not known whether this stream has acknowledged them, or another one at
 * its URL, are in doubt: their offsets say nothing. Of some it is not known where they
 * are. Guarded by the commit lock.
 */
final class AcknowledgedTransactions {

	private final TransactionsByOffset byOffset = new TransactionsByOffset();

	private final Set<PendingTransaction> somewhere = new LinkedHashSet<>(0);

	private final Set<PendingTransaction> doubtful = new LinkedHashSet<>(0);

	/**
	 * Adds a transaction that the stream has which is read.
	 */
	void add(PendingTransaction transaction) {
		String offset = transaction.acknowledgedOffset();
		if (offset != null) {
			this.doubtful.remove(transaction);
			this.somewhere.remove(transaction);
			this.byOffset.add(transaction, offset);
		}
	}

	/**
	 * Adds a transaction that the stream has which is read, nobody knows where.
	 */
	void addSomewhere(PendingTransaction transaction) {
		this.somewhere.add(transaction);
	}

	/**
	 * Returns those of which it is not known where they are.
	 */
	List<PendingTransaction> somewhere() {
		return List.copyOf(this.somewhere);
	}

	/**
	 * Removes and returns those of which it is not known where they are.
	 */
	List<PendingTransaction> removeSomewhere() {
		List<PendingTransaction> removed = List.copyOf(this.somewhere);
		this.somewhere.clear();
		return removed;
	}

	/**
	 * Adds a transaction that another stream may have.
	 */
	void addInDoubt(PendingTransaction transaction) {
		this.doubtful.add(transaction);
	}

	/**
	 * Puts all in doubt, because another stream takes the place of the one that has
	 * acknowledged them.
	 */
	void doubtAll() {
		this.doubtful.addAll(this.byOffset.removeAll());
		this.doubtful.addAll(removeSomewhere());
	}

	/**
	 * Puts some in doubt, because another stream than the one that is read has
	 * acknowledged them.
	 */
	void doubt(Predicate<PendingTransaction> which) {
		List<PendingTransaction> all = this.byOffset.removeAll();
		all.forEach((transaction) -> {
			if (which.test(transaction)) {
				addInDoubt(transaction);
			}
			else {
				add(transaction);
			}
		});
	}

	boolean isSomewhere(PendingTransaction transaction) {
		return this.somewhere.contains(transaction);
	}

	boolean isInDoubt(PendingTransaction transaction) {
		return this.doubtful.contains(transaction);
	}

	void remove(PendingTransaction transaction) {
		this.somewhere.remove(transaction);
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
	 * Returns those in doubt.
	 */
	List<PendingTransaction> inDoubt() {
		return List.copyOf(this.doubtful);
	}

}
