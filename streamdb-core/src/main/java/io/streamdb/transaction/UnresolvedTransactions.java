package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.streamdb.client.AppendOutcomeUnknownException;

/**
 * Transactions that may have reached the server without an answer, until their fence
 * tells what became of them, or their time is over (SPEC T5). Guarded by the commit lock.
 */
final class UnresolvedTransactions {

	private final Set<PendingTransaction> transactions = new LinkedHashSet<>();

	/**
	 * Those whose fence is not known, by what those have in common that were sent
	 * together.
	 */
	private final Map<AppendOutcomeUnknownException, Set<PendingTransaction>> unfenced = new HashMap<>();

	/** Those whose fence is known. */
	private final TransactionsByOffset fenced = new TransactionsByOffset();

	private final ReadProgress reading;

	private final DeadlineQueue deadlines;

	/**
	 * Creates it empty.
	 * @param reading tells whether the stream is read
	 * @param deadlines watches how long a fence may take, and then the reading up to it
	 */
	UnresolvedTransactions(ReadProgress reading, DeadlineQueue deadlines) {
		this.reading = reading;
		this.deadlines = deadlines;
	}

	/**
	 * Adds a transaction.
	 * @param reason why it is not known whether it arrived, which has the fence
	 * @return whether nobody waits for that fence yet
	 */
	boolean add(PendingTransaction transaction, AppendOutcomeUnknownException reason) {
		transaction.unresolved(reason);
		this.transactions.add(transaction);
		this.deadlines.add(transaction);
		boolean first = !this.unfenced.containsKey(reason);
		this.unfenced.computeIfAbsent(reason, (key) -> new LinkedHashSet<>()).add(transaction);
		return first;
	}

	/**
	 * Removes a transaction, if it is one of them, because it is known what became of it,
	 * or never will be.
	 */
	void remove(PendingTransaction transaction) {
		AppendOutcomeUnknownException reason = transaction.reason();
		if (reason != null) {
			Set<PendingTransaction> together = this.unfenced.get(reason);
			if (together != null && together.remove(transaction) && together.isEmpty()) {
				this.unfenced.remove(reason);
			}
			transaction.unresolved(null);
			this.transactions.remove(transaction);
			this.fenced.remove(transaction);
			this.deadlines.remove(transaction);
		}
	}

	/**
	 * Returns all of them, in the order in which they came.
	 */
	List<PendingTransaction> all() {
		return List.copyOf(this.transactions);
	}

	/**
	 * Returns those that were sent together, because their fence is known now, or never
	 * will be.
	 * @param reason what they have in common
	 */
	List<PendingTransaction> removeUnfenced(AppendOutcomeUnknownException reason) {
		Set<PendingTransaction> together = this.unfenced.remove(reason);
		return (together != null) ? List.copyOf(together) : List.of();
	}

	/**
	 * Notes the fence of a transaction: it lies before that offset, or nowhere.
	 */
	void fence(PendingTransaction transaction, String offset) {
		this.fenced.add(transaction, offset);
		this.deadlines.remove(transaction);
		watch(transaction);
	}

	private void watch(PendingTransaction transaction) {
		transaction.watchFence(this.reading.count());
		this.deadlines.add(transaction);
	}

	/**
	 * Returns those whose fence is not known, or is not reached though nothing is read.
	 * The others are given more time.
	 * @param overdue those whose time is over
	 */
	List<PendingTransaction> givenUp(List<PendingTransaction> overdue) {
		List<PendingTransaction> givenUp = new ArrayList<>();
		for (PendingTransaction transaction : overdue) {
			if (this.fenced.contains(transaction) && this.reading.hasGoneOnSince(transaction.fenceWatched())) {
				watch(transaction);
			}
			else if (transaction.isUnresolved()) {
				givenUp.add(transaction);
			}
		}
		return givenUp;
	}

	/**
	 * Returns those whose fence a state contains; their fences are forgotten.
	 * @param offset the offset of the state
	 */
	List<PendingTransaction> fencedUpTo(String offset) {
		return this.fenced.removeUpTo(offset);
	}

	/**
	 * Forgets all fences, because they are offsets of another stream.
	 */
	void forgetFences() {
		this.fenced.removeAll();
	}

}
