package io.streamdb.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.streamdb.client.Scheduling;

/**
 * Watches one timeout of many transactions. Since all have the same, the first to be
 * added is the first to run out, and one task of the scheduler serves all: most
 * transactions are over long before. Guarded by the commit lock.
 */
final class DeadlineQueue {

	private final CommitLock commitLock;

	private final ScheduledExecutorService scheduler;

	private final Scheduling scheduling;

	private final long timeout;

	private final Expiry expired;

	/** When each runs out, the first one first. */
	private final Map<PendingTransaction, Long> deadlines = new LinkedHashMap<>();

	private boolean scheduled;

	/**
	 * Creates an empty queue.
	 * @param commitLock the commit lock
	 * @param scheduler wakes for deadlines
	 * @param scheduling tells the time
	 * @param timeout the timeout of every transaction
	 * @param expired told of transactions whose deadline has passed
	 */
	DeadlineQueue(CommitLock commitLock, ScheduledExecutorService scheduler, Scheduling scheduling, Duration timeout,
			Expiry expired) {
		this.commitLock = commitLock;
		this.scheduler = scheduler;
		this.scheduling = scheduling;
		this.timeout = timeout.toNanos();
		this.expired = expired;
	}

	void add(PendingTransaction transaction) {
		this.deadlines.putIfAbsent(transaction, this.scheduling.nanoTime() + this.timeout);
		if (!this.scheduled) {
			schedule(this.timeout);
		}
	}

	void remove(PendingTransaction transaction) {
		this.deadlines.remove(transaction);
	}

	private void schedule(long delay) {
		this.scheduled = true;
		this.scheduler.schedule(this::run, delay, TimeUnit.NANOSECONDS);
	}

	private void run() {
		this.commitLock.exclusively((after) -> {
			this.scheduled = false;
			List<PendingTransaction> passed = new ArrayList<>(0);
			long now = this.scheduling.nanoTime();
			Iterator<Map.Entry<PendingTransaction, Long>> entries = this.deadlines.entrySet().iterator();
			while (entries.hasNext()) {
				Map.Entry<PendingTransaction, Long> first = entries.next();
				if (first.getValue() - now > 0) {
					schedule(first.getValue() - now);
					break;
				}
				passed.add(first.getKey());
				entries.remove();
			}
			if (!passed.isEmpty()) {
				this.expired.passed(passed, after);
			}
		});
	}

	/**
	 * What to do when time is over.
	 */
	@FunctionalInterface
	interface Expiry {

		/**
		 * Called under the commit lock.
		 * @param transactions those whose deadline has passed, the first one first
		 * @param after wakes those who wait
		 */
		void passed(List<PendingTransaction> transactions, Aftermath after);

	}

}
