package io.streamdb.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.streamdb.client.Scheduling;

/**
 * Watches one timeout of many transactions. Since all have the same, the first to be
 * added is the first to run out, and one task of the scheduler serves all: most
 * transactions are over long before. Guarded by the commit lock.
 */
final class DeadlineQueue {

	private final ReentrantLock commitLock;

	private final ScheduledExecutorService scheduler;

	private final Scheduling scheduling;

	private final long timeout;

	private final Consumer<PendingTransaction> expired;

	/** When each runs out, the first one first. */
	private final Map<PendingTransaction, Long> deadlines = new LinkedHashMap<>();

	private boolean scheduled;

	/**
	 * Creates an empty queue.
	 * @param commitLock the commit lock
	 * @param scheduler wakes for deadlines
	 * @param scheduling tells the time
	 * @param timeout the timeout of every transaction
	 * @param expired told, without the lock, of transactions whose deadline has passed
	 */
	DeadlineQueue(ReentrantLock commitLock, ScheduledExecutorService scheduler, Scheduling scheduling, Duration timeout,
			Consumer<PendingTransaction> expired) {
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
		List<PendingTransaction> passed = new ArrayList<>(0);
		this.commitLock.lock();
		try {
			this.scheduled = false;
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
		}
		finally {
			this.commitLock.unlock();
		}
		passed.forEach(this.expired);
	}

}
