package io.streamdb;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.streamdb.client.Scheduling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that complete the futures that the application holds, and so run what it
 * has made depend on them.
 * <p>
 * However many futures are completed at once, {@value #LIMIT} threads do it. But what
 * depends on a future may wait, even for another future of the same database. So when all
 * threads are busy, one more watches: threads that wait are made up for, as
 * {@link java.util.concurrent.ForkJoinPool} does for its blocked ones, and where a
 * completion is left although none seems to wait, one more thread is taken at each look.
 * There are as many threads then as callbacks that wait, and {@value #LIMIT} more.
 */
final class CompletionThreads {

	/** How many threads complete futures at once, not counting those that wait. */
	static final int LIMIT = 64;

	private static final Logger logger = LoggerFactory.getLogger(CompletionThreads.class);

	private static final Duration LOOK = Duration.ofMillis(10);

	private final String name;

	private final Tick tick;

	private final ExecutorService pool;

	private final Queue<Runnable> completions = new ConcurrentLinkedQueue<>();

	private final AtomicLong added = new AtomicLong();

	private final AtomicLong taken = new AtomicLong();

	private final AtomicInteger completing = new AtomicInteger();

	private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean watched = new AtomicBoolean();

	private volatile boolean ending;

	/** How many callbacks must wait for the next warning; for the watcher. */
	private volatile int tolerated = LIMIT;

	/**
	 * Creates it without threads.
	 * @param name the database, for messages
	 * @param scheduling where threads and time come from
	 */
	CompletionThreads(String name, Scheduling scheduling) {
		this(name, scheduling, () -> scheduling.sleep(LOOK));
	}

	/**
	 * Creates it without threads.
	 * @param name the database, for messages
	 * @param scheduling where threads come from
	 * @param tick passes time between two looks
	 */
	CompletionThreads(String name, Scheduling scheduling, Tick tick) {
		this.name = name;
		this.tick = tick;
		this.pool = scheduling.newPool("completer");
	}

	/**
	 * Completes a future. Never refuses: after the end it runs on the calling thread.
	 * @param completion completes it
	 */
	void complete(Runnable completion) {
		this.added.incrementAndGet();
		this.completions.add(completion);
		if (enter()) {
			start(this::completeAll);
		}
		else if (this.watched.compareAndSet(false, true)) {
			start(this::watch);
		}
	}

	private boolean enter() {
		while (true) {
			int count = this.completing.get();
			if (count >= LIMIT) {
				return false;
			}
			if (this.completing.compareAndSet(count, count + 1)) {
				return true;
			}
		}
	}

	private void start(Runnable work) {
		try {
			this.pool.execute(work);
		}
		catch (RejectedExecutionException ex) {
			work.run();
		}
	}

	private void completeAll() {
		Thread current = Thread.currentThread();
		boolean entered = this.threads.add(current);
		try {
			do {
				Runnable completion;
				while ((completion = this.completions.poll()) != null) {
					this.taken.incrementAndGet();
					run(completion);
				}
				this.completing.decrementAndGet();
				// Whoever added one since the last look may have found all threads busy.
			}
			while (!this.completions.isEmpty() && enter());
		}
		finally {
			if (entered) {
				this.threads.remove(current);
			}
			endIfDone();
		}
	}

	private void run(Runnable completion) {
		try {
			completion.run();
		}
		catch (Throwable ex) {
			logger.error("A future of {} could not be completed", this.name, ex);
		}
	}

	/**
	 * Looks after the completions until none is left.
	 */
	private void watch() {
		do {
			long before = this.added.get();
			while (!this.completions.isEmpty()) {
				pass();
				if (this.taken.get() < before) {
					makeUp();
				}
				before = this.added.get();
			}
			this.watched.set(false);
		}
		while (!this.completions.isEmpty() && this.watched.compareAndSet(false, true));
		endIfDone();
	}

	private void pass() {
		try {
			this.tick.pass();
		}
		catch (InterruptedException ex) {
			logger.debug("The completions of {} are looked after at once", this.name, ex);
		}
	}

	private void makeUp() {
		long waiting = this.threads.stream().filter(CompletionThreads::isWaiting).count();
		if (waiting >= this.tolerated) {
			warn(waiting);
		}
		long room = Math.max(1, LIMIT + waiting - this.completing.get());
		long left = this.added.get() - this.taken.get();
		for (long i = Math.min(room, left); i > 0; i--) {
			this.completing.incrementAndGet();
			start(this::completeAll);
		}
	}

	private static boolean isWaiting(Thread thread) {
		return switch (thread.getState()) {
			case WAITING, TIMED_WAITING, BLOCKED -> true;
			default -> false;
		};
	}

	private void warn(long waiting) {
		this.tolerated = (int) (2 * waiting);
		Throwable place = new Throwable("where one of them waits");
		this.threads.stream()
			.filter(CompletionThreads::isWaiting)
			.findFirst()
			.ifPresent((thread) -> place.setStackTrace(thread.getStackTrace()));
		logger.warn("{} callbacks on futures of the StreamDB on {} wait, and each holds a thread: what depends on"
				+ " a future should not block; use thenCompose, or thenApplyAsync and the like with an executor of"
				+ " your own", waiting, this.name, place);
	}

	/**
	 * Returns whether the calling thread completes a future.
	 */
	boolean isInside() {
		return this.threads.contains(Thread.currentThread());
	}

	/**
	 * Ends the threads as soon as everything is completed.
	 */
	void shutDown() {
		this.ending = true;
		endIfDone();
	}

	private void endIfDone() {
		if (this.ending && this.completing.get() == 0 && this.completions.isEmpty() && !this.watched.get()) {
			this.pool.shutdown();
		}
	}

	/**
	 * Waits until all threads are gone.
	 * @param time how long
	 * @return whether they are
	 * @throws InterruptedException when the waiting thread was interrupted
	 */
	boolean awaitEnd(Duration time) throws InterruptedException {
		return this.pool.awaitTermination(time.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Interrupts what waits in callbacks.
	 */
	void interrupt() {
		this.threads.forEach(Thread::interrupt);
	}

	/**
	 * Time between two looks.
	 */
	@FunctionalInterface
	interface Tick {

		void pass() throws InterruptedException;

	}

}
