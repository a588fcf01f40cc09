package io.streamdb.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Everything by which a thread of the client or of the engine can be held up or started,
 * and the time it sees: locks under which other code is called, waiting for futures,
 * timers and pools. Whoever has all of these decides which thread runs when, so that a
 * whole system can be simulated from a seed. Locks that are held for a few fields only,
 * and call nothing, stay outside of it.
 * <p>
 * Part of the client and of the engine; there is nothing for applications in here.
 */
public interface Scheduling {

	/**
	 * Returns the threads and the time of the Java runtime.
	 * @return the same each time
	 */
	static Scheduling real() {
		return RealScheduling.INSTANCE;
	}

	/**
	 * Returns the time that has passed, as {@link System#nanoTime()} does.
	 * @return the nanoseconds since some moment
	 */
	long nanoTime();

	/**
	 * Makes a lock.
	 * @return a lock that nobody holds; its conditions can be waited for
	 */
	ReentrantLock newLock();

	/**
	 * Waits for a future without limit.
	 * @param <T> the result
	 * @param future the future; no lock may be held that others take
	 * @return its result
	 * @throws ExecutionException when it has failed
	 * @throws InterruptedException when the thread was interrupted
	 */
	<T extends @Nullable Object> T await(Future<T> future) throws ExecutionException, InterruptedException;

	/**
	 * Waits for a future.
	 * @param <T> the result
	 * @param future the future; no lock may be held that others take
	 * @param limit how long at most
	 * @return its result
	 * @throws ExecutionException when it has failed
	 * @throws InterruptedException when the thread was interrupted
	 * @throws TimeoutException when it was not done in time
	 */
	<T extends @Nullable Object> T await(Future<T> future, Duration limit)
			throws ExecutionException, InterruptedException, TimeoutException;

	/**
	 * Lets time pass.
	 * @param time how long; no lock may be held that others take
	 * @throws InterruptedException when the thread was interrupted
	 */
	void sleep(Duration time) throws InterruptedException;

	/**
	 * Completes a future later, unless it is done by then.
	 * @param future the future; cancelling it ends the wait
	 * @param delay how much later
	 */
	void completeLater(CompletableFuture<@Nullable Void> future, Duration delay);

	/**
	 * Makes a pool that has a thread for every task, and keeps it for a while.
	 * @param name what its threads do
	 * @return the pool, without threads
	 */
	ExecutorService newPool(String name);

	/**
	 * Makes a timer with one thread, whose tasks must be short. When it is shut down,
	 * what is still to come is dropped.
	 * @param name what its thread does
	 * @return the timer, without a thread
	 */
	ScheduledExecutorService newTimer(String name);

}
