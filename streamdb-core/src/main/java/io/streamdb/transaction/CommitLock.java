package io.streamdb.transaction;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.streamdb.client.Scheduling;
import org.jspecify.annotations.Nullable;

/**
 * What everybody holds who publishes a root, for a commit of the stream as for one of a
 * transaction: so the overlay always fits the synced state below it. Those who wait for a
 * transaction are woken when it is released.
 */
final class CommitLock {

	private final ReentrantLock lock;

	private final Runnable beforeRelease;

	private final Runnable afterRelease;

	/** What is to be done when the lock is released; {@code null} when it is free. */
	private @Nullable Aftermath aftermath;

	/**
	 * Creates a lock that nobody holds.
	 * @param scheduling makes it
	 * @param beforeRelease called as the last thing under the lock, after what was done
	 * {@linkplain #exclusively exclusively}
	 * @param afterRelease called without the lock after that
	 */
	CommitLock(Scheduling scheduling, Runnable beforeRelease, Runnable afterRelease) {
		this.lock = scheduling.newLock();
		this.beforeRelease = beforeRelease;
		this.afterRelease = afterRelease;
	}

	Condition newCondition() {
		return this.lock.newCondition();
	}

	boolean isHeldByCurrentThread() {
		return this.lock.isHeldByCurrentThread();
	}

	/**
	 * Runs something while nothing is published.
	 * @param <X> its result
	 * @param work what to run; quick
	 * @return the result
	 */
	<X extends @Nullable Object> X locked(Supplier<X> work) {
		this.lock.lock();
		try {
			return work.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Runs something under the lock, and what remains to be done without it. What is run
	 * may do this again.
	 * @param work what to run
	 */
	void exclusively(Consumer<Aftermath> work) {
		Aftermath after;
		this.lock.lock();
		Aftermath outer = this.aftermath;
		try {
			after = (outer != null) ? outer : new Aftermath();
			this.aftermath = after;
			work.accept(after);
			if (outer == null) {
				this.beforeRelease.run();
			}
		}
		finally {
			this.aftermath = outer;
			this.lock.unlock();
		}
		if (outer == null) {
			after.run();
			this.afterRelease.run();
		}
	}

}
