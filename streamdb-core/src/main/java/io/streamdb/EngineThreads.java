package io.streamdb;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.streamdb.client.Scheduling;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one database: one for timeouts, {@link TaskThreads}, of which there are
 * more the more is to be done, and {@link CompletionThreads}. The application may bring
 * an executor for subscribers and actions; futures are always completed on our own, since
 * a bounded executor whose threads all wait for such futures would never get to complete
 * one.
 */
final class EngineThreads {

	private static final Logger logger = LoggerFactory.getLogger(EngineThreads.class);

	private final Scheduling scheduling;

	private final ScheduledExecutorService scheduler;

	private final ExecutorService pool;

	private final TaskThreads tasks;

	private final Executor executor;

	private final CompletionThreads completions;

	private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> Boolean.FALSE);

	/**
	 * Creates it without threads.
	 * @param name the database, for messages
	 * @param executor runs subscribers and actions, if the application brings one
	 * @param scheduling where threads and time come from
	 */
	EngineThreads(String name, @Nullable Executor executor, Scheduling scheduling) {
		this.scheduling = scheduling;
		this.scheduler = scheduling.newTimer("timer");
		this.pool = scheduling.newPool("worker");
		this.tasks = new TaskThreads(name, this.pool);
		this.completions = new CompletionThreads(name, scheduling);
		this.executor = (executor != null) ? executor : this.tasks::execute;
	}

	Scheduling scheduling() {
		return this.scheduling;
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
		this.executor.execute(marked(task));
	}

	/**
	 * Completes a future that the application holds, and so runs what depends on it. What
	 * waits there holds up no other completion.
	 * @param completion completes it
	 */
	void complete(Runnable completion) {
		this.completions.complete(completion);
	}

	/**
	 * Returns the threads that complete futures.
	 */
	CompletionThreads completions() {
		return this.completions;
	}

	/**
	 * Returns the threads of tasks; none where the application has brought an executor.
	 */
	TaskThreads tasks() {
		return this.tasks;
	}

	/**
	 * Returns whether the calling thread runs a task of this database.
	 * @return whether waiting for the end of all tasks would wait for itself
	 */
	boolean isInside() {
		return this.inside.get() || this.completions.isInside();
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
		this.tasks.shutDown();
		this.completions.shutDown();
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
			if (!areGone(grace)) {
				this.pool.shutdownNow();
				this.completions.interrupt();
				if (!areGone(grace)) {
					logger.warn("A subscriber, an action or a callback on a future has not ended within {} after an"
							+ " interrupt", grace);
				}
			}
		}
		catch (InterruptedException ex) {
			this.pool.shutdownNow();
			Thread.currentThread().interrupt();
		}
	}

	private boolean areGone(Duration within) throws InterruptedException {
		long deadline = this.scheduling.nanoTime() + within.toNanos();
		return this.pool.awaitTermination(within.toNanos(), TimeUnit.NANOSECONDS)
				&& this.completions.awaitEnd(Duration.ofNanos(deadline - this.scheduling.nanoTime()))
				&& this.scheduler.awaitTermination(deadline - this.scheduling.nanoTime(), TimeUnit.NANOSECONDS);
	}

}
