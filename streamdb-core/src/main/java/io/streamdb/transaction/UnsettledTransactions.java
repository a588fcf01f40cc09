package io.streamdb.transaction;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The transactions that have not settled, and how many have settled in which way. Guarded
 * by the commit lock, except for the counts.
 */
final class UnsettledTransactions {

	private final Set<PendingTransaction> transactions = new LinkedHashSet<>();

	private final Condition changed;

	private final LongAdder completed = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final LongAdder unknown = new LongAdder();

	UnsettledTransactions(CommitLock commitLock) {
		this.changed = commitLock.newCondition();
	}

	void add(PendingTransaction transaction) {
		this.transactions.add(transaction);
	}

	int size() {
		return this.transactions.size();
	}

	List<PendingTransaction> all() {
		return List.copyOf(this.transactions);
	}

	/**
	 * Settles a transaction, unless it has settled.
	 * @param transaction the transaction
	 * @param outcome how it ended
	 * @param failure what its waiters get, or {@code null}
	 * @param after wakes them
	 */
	void settle(PendingTransaction transaction, TransactionOutcome outcome, @Nullable RuntimeException failure,
			Aftermath after) {
		Settlement settlement = transaction.settlement();
		if (settlement.isSettled()) {
			return;
		}
		settlement.settle(outcome);
		this.transactions.remove(transaction);
		if (this.transactions.isEmpty()) {
			this.changed.signalAll();
		}
		switch (outcome) {
			case COMPLETED, DURABLE -> this.completed.increment();
			case FAILED -> this.failed.increment();
			case UNKNOWN -> this.unknown.increment();
		}
		after.add(() -> settlement.wake(failure));
	}

	/**
	 * Waits until there are none.
	 * @param timeout how long at most
	 * @param progress whether waiting can help
	 */
	void awaitNone(Duration timeout, BooleanSupplier progress) throws InterruptedException {
		long remaining = timeout.toNanos();
		while (!this.transactions.isEmpty() && remaining > 0 && progress.getAsBoolean()) {
			remaining = this.changed.awaitNanos(remaining);
		}
	}

	/**
	 * Makes those who wait ask again whether waiting can help.
	 */
	void wake() {
		this.changed.signalAll();
	}

	long completedCount() {
		return this.completed.sum();
	}

	long failedCount() {
		return this.failed.sum();
	}

	long unknownCount() {
		return this.unknown.sum();
	}

}
