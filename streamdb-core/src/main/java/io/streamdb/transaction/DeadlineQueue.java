package io.streamdb.transaction;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Watches one timeout of many transactions. Since all have the same, the first to be
 * added is the first to run out, and one task of the scheduler serves all: most
 * transactions are over long before. Guarded by the commit lock.
 */
final class DeadlineQueue {

	private final ReentrantLock commitLock;

	private final ScheduledExecutorService scheduler;

	private final long timeout;

	private final Predicate<PendingTransaction> over;

	private final Consumer<PendingTransaction> expired;

	private final Queue<Deadline> deadlines = new ArrayDeque<>();

	private boolean scheduled;

	/**
	 * Creates an empty queue.
	 * @param commitLock the commit lock
	 * @param scheduler wakes for deadlines
	 * @param timeout the timeout of every transaction
	 * @param over whether the deadline of a transaction has become void
	 * @param expired told, without the lock, of transactions whose deadline has passed
	 */
	DeadlineQueue(ReentrantLock commitLock, ScheduledExecutorService scheduler, Duration timeout,
			Predicate<PendingTransaction> over, Consumer<PendingTransaction> expired) {
		this.commitLock = commitLock;
		this.scheduler = scheduler;
		this.timeout = timeout.toNanos();
		this.over = over;
		this.expired = expired;
	}

	void add(PendingTransaction transaction) {
		forgetThoseThatAreOver();
		this.deadlines.add(new Deadline(transaction, System.nanoTime() + this.timeout));
		if (!this.scheduled) {
			schedule(this.timeout);
		}
	}

	private void forgetThoseThatAreOver() {
		Deadline first = this.deadlines.peek();
		while (first != null && this.over.test(first.transaction())) {
			this.deadlines.remove();
			first = this.deadlines.peek();
		}
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
			forgetThoseThatAreOver();
			long now = System.nanoTime();
			Deadline first = this.deadlines.peek();
			while (first != null && first.at() - now <= 0) {
				passed.add(first.transaction());
				this.deadlines.remove();
				first = this.deadlines.peek();
			}
			if (first != null) {
				schedule(first.at() - now);
			}
		}
		finally {
			this.commitLock.unlock();
		}
		passed.forEach(this.expired);
	}

	private record Deadline(PendingTransaction transaction, long at) {
	}

}
