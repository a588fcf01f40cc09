package io.streamdb.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The threads and the time of the Java runtime.
 */
final class RealScheduling implements Scheduling {

	static final RealScheduling INSTANCE = new RealScheduling();

	private RealScheduling() {
	}

	@Override
	public long nanoTime() {
		return System.nanoTime();
	}

	@Override
	public ReentrantLock newLock() {
		return new ReentrantLock();
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> future) throws ExecutionException, InterruptedException {
		return future.get();
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> future, Duration limit)
			throws ExecutionException, InterruptedException, TimeoutException {
		return future.get(nanos(limit), TimeUnit.NANOSECONDS);
	}

	@Override
	public void sleep(Duration time) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(nanos(time));
	}

	@Override
	public void completeLater(CompletableFuture<@Nullable Void> future, Duration delay) {
		future.completeOnTimeout(null, nanos(delay), TimeUnit.NANOSECONDS);
	}

	/**
	 * Returns the nanoseconds of a duration, or the most that there can be.
	 */
	private static long nanos(Duration duration) {
		return TimeUnit.NANOSECONDS.convert(duration);
	}

	@Override
	public ExecutorService newPool(String name) {
		return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
				StreamThreads.factory(name));
	}

	@Override
	public ScheduledExecutorService newTimer(String name) {
		ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, StreamThreads.factory(name));
		timer.setRemoveOnCancelPolicy(true);
		timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		return timer;
	}

}
