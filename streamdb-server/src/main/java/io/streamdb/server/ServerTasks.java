package io.streamdb.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the server's work for waiting readers runs: now or later, but never on a thread
 * of somebody else, and never the work itself on the thread of the timer.
 */
final class ServerTasks {

	private static final Logger logger = LoggerFactory.getLogger(ServerTasks.class);

	private final Executor executor;

	private final ScheduledExecutorService scheduler;

	ServerTasks(Executor executor, ScheduledExecutorService scheduler) {
		this.executor = executor;
		this.scheduler = scheduler;
	}

	void execute(Runnable task) {
		try {
			this.executor.execute(() -> run(task));
		}
		catch (RejectedExecutionException | Error ex) {
			// The server was closed in between, or there is no thread for it: what is
			// left
			// is to tell readers so.
			run(task);
		}
	}

	/**
	 * Runs a task later. A closed server has no later: then nothing is scheduled, since
	 * all readers have been ended.
	 */
	Future<?> schedule(Runnable task, Duration delay) {
		try {
			return this.scheduler.schedule(() -> execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			return CompletableFuture.completedFuture(null);
		}
	}

	private static void run(Runnable task) {
		try {
			task.run();
		}
		catch (RuntimeException ex) {
			logger.error("A task of the stream server failed", ex);
		}
	}

}
