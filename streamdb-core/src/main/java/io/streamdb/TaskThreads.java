package io.streamdb;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of a database where the application brings no executor: each on a thread
 * of its own, up to {@value #LIMIT}. Further tasks wait, in order, until one has ended.
 * What brings tasks is bounded itself: a subscription has one, and a transaction.
 */
final class TaskThreads {

	/** How many tasks run at once. */
	static final int LIMIT = 1024;

	private static final Logger logger = LoggerFactory.getLogger(TaskThreads.class);

	private final String name;

	private final ExecutorService pool;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waiting = new AtomicInteger();

	private final AtomicInteger running = new AtomicInteger();

	/**
	 * Creates it without threads.
	 * @param name the database, for messages
	 * @param pool has a thread for every task
	 */
	TaskThreads(String name, ExecutorService pool) {
		this.name = name;
		this.pool = pool;
	}

	/**
	 * Runs a task as soon as there is a thread.
	 * @param task the task
	 * @throws RejectedExecutionException after the end
	 */
	void execute(Runnable task) {
		this.waiting.incrementAndGet();
		this.tasks.add(task);
		if (!enter()) {
			return;
		}
		try {
			this.pool.execute(this::runAll);
		}
		catch (RejectedExecutionException ex) {
			this.running.decrementAndGet();
			if (this.tasks.remove(task)) {
				this.waiting.decrementAndGet();
				throw ex;
			}
		}
	}

	private boolean enter() {
		while (true) {
			int count = this.running.get();
			if (count >= LIMIT) {
				return false;
			}
			if (this.running.compareAndSet(count, count + 1)) {
				return true;
			}
		}
	}

	private void runAll() {
		do {
			Runnable task;
			while ((task = this.tasks.poll()) != null) {
				this.waiting.decrementAndGet();
				run(task);
			}
			this.running.decrementAndGet();
			// Whoever added one since the last look may have found all threads busy.
		}
		while (!this.tasks.isEmpty() && enter());
	}

	private void run(Runnable task) {
		try {
			task.run();
		}
		catch (Throwable ex) {
			logger.error("A task of {} failed", this.name, ex);
		}
	}

	/**
	 * Returns how many tasks wait for a thread.
	 */
	int waiting() {
		return this.waiting.get();
	}

	/**
	 * Returns how many threads run tasks.
	 */
	int threads() {
		return this.running.get();
	}

	/**
	 * Lets tasks in progress end, and drops those that wait: what they are for has ended.
	 */
	void shutDown() {
		this.pool.shutdown();
		while (this.tasks.poll() != null) {
			this.waiting.decrementAndGet();
		}
	}

}
