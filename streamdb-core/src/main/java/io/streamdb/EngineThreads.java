package io.streamdb;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.client.StreamThreads;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one database: one for timeouts, and a pool that grows with what is to be
 * done and shrinks when idle. The application may bring an executor for subscribers and
 * actions; futures are always completed on our own, since a bounded executor whose
 * threads all wait for such futures would never get to complete one.
 */
final class EngineThreads {

	private static final Logger logger = LoggerFactory.getLogger(EngineThreads.class);

	private static final int COMPLETING_THREADS = 64;

	private final ScheduledThreadPoolExecutor scheduler;

	private final ExecutorService pool;

	private final Executor tasks;

	private final Queue<Runnable> completions = new ConcurrentLinkedQueue<>();

	private final AtomicInteger completing = new AtomicInteger();

	private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> Boolean.FALSE);

	EngineThreads(@Nullable Executor executor) {
		this.scheduler = new ScheduledThreadPoolExecutor(1, StreamThreads.factory("timer"));
		this.scheduler.setRemoveOnCancelPolicy(true);
		this.scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		this.pool = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
				StreamThreads.factory("worker"));
		this.tasks = (executor != null) ? executor : this.pool;
	}

	ScheduledExecutorService scheduler() {
		return this.scheduler;
	}

	/**
	 * Runs code of the application: subscribers and actions.
	 * @param task the task
	 * @throws RejectedExecutionException when the executor refuses it
	 */
	void run(Runnable task) {
		this.tasks.execute(marked(task));
	}

	/**
	 * Completes futures that the application holds, and so runs what it has made depend
	 * on them. However many are completed at once, a limited number of threads does it.
	 * Never refuses: after the end it runs on the calling thread.
	 * @param task the task
	 */
	void complete(Runnable task) {
		this.completions.add(task);
		if (!startCompleting()) {
			return;
		}
		try {
			this.pool.execute(marked(this::completeAll));
		}
		catch (RejectedExecutionException ex) {
			completeAll();
		}
	}

	private boolean startCompleting() {
		while (true) {
			int threadCount = this.completing.get();
			if (threadCount >= COMPLETING_THREADS) {
				return false;
			}
			if (this.completing.compareAndSet(threadCount, threadCount + 1)) {
				return true;
			}
		}
	}

	private void completeAll() {
		do {
			Runnable task;
			while ((task = this.completions.poll()) != null) {
				task.run();
			}
			this.completing.decrementAndGet();
			// Whoever added one since the last look may have found all threads busy.
		}
		while (!this.completions.isEmpty() && startCompleting());
	}

	/**
	 * Returns whether the calling thread runs a task of this database.
	 * @return whether waiting for the end of all tasks would wait for itself
	 */
	boolean isInside() {
		return this.inside.get();
	}

	private Runnable marked(Runnable task) {
		return () -> {
			this.inside.set(Boolean.TRUE);
			try {
				task.run();
			}
			finally {
				this.inside.remove();
			}
		};
	}

	/**
	 * Lets tasks in progress end, and their threads with them.
	 */
	void shutDown() {
		this.scheduler.shutdownNow();
		this.pool.shutdown();
	}

	/**
	 * Waits until all threads are gone. Tasks that still run are interrupted after the
	 * time allowed. A task cannot wait for its own end, and does not.
	 * @param grace how long tasks in progress may take
	 */
	void awaitEnd(Duration grace) {
		if (isInside()) {
			return;
		}
		try {
			if (!this.pool.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS)) {
				this.pool.shutdownNow();
				if (!this.pool.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS)) {
					logger.warn("A subscriber or an action has not ended within {} after an interrupt", grace);
				}
			}
			this.scheduler.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			this.pool.shutdownNow();
			Thread.currentThread().interrupt();
		}
	}

}
