package io.streamdb;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.streamdb.client.Scheduling;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that complete the futures that the application holds, and so run what it
 * has made depend on them.
 * <p>
 * A few threads do it, {@value #FEW} at most, and a thread that takes a completion calls
 * the next one only when there are more. But what depends on a future may wait, even for
 * another future of the same database. So what is left when all threads are busy is
 * looked after, {@value #LOOK_MILLIS} ms later: there is one more thread then for each
 * that cannot have come back meanwhile, and one more when they are merely behind. No look
 * is taken when nothing is left. There are at most {@value #MOST} threads. When all of
 * these wait, completions wait too, and when {@value #LIMIT} do the database
 * {@linkplain #isFull() takes nothing more} that would have to be completed.
 */
final class CompletionThreads {

	/** How many threads there are while none of them waits. */
	static final int FEW = 4;

	/** How many threads there are at most. */
	static final int MOST = 1024;

	/** How many completions wait before nothing more is taken. */
	static final int LIMIT = 100_000;

	/** How many threads it takes until somebody is told that callbacks wait. */
	static final int MANY = 64;

	private static final Logger logger = LoggerFactory.getLogger(CompletionThreads.class);

	private static final int LOOK_MILLIS = 10;

	private final String name;

	private final Scheduling scheduling;

	private final ExecutorService pool;

	private final Queue<Runnable> completions = new ConcurrentLinkedQueue<>();

	private final AtomicLong added = new AtomicLong();

	private final AtomicLong taken = new AtomicLong();

	private final AtomicLong ended = new AtomicLong();

	private final AtomicInteger completing = new AtomicInteger();

	private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

	/** Whether a thread was called that has not looked at the completions yet. */
	private final AtomicBoolean called = new AtomicBoolean();

	/** Whether what is left is looked after in a while. */
	private final AtomicBoolean watched = new AtomicBoolean();

	private volatile boolean ending;

	/** How many threads it takes until the next warning; for the look. */
	private volatile int tolerated = MANY;

	/**
	 * Creates it without threads.
	 * @param name the database, for messages
	 * @param scheduling where threads and time come from
	 */
	CompletionThreads(String name, Scheduling scheduling) {
		this.name = name;
		this.scheduling = scheduling;
		this.pool = scheduling.newPool("completer");
	}

	/**
	 * Completes a future. Never refuses: after the end it runs on the calling thread.
	 * @param completion completes it
	 */
	void complete(Runnable completion) {
		this.added.incrementAndGet();
		this.completions.add(completion);
		call();
	}

	/**
	 * Sees to it that somebody takes what is left.
	 */
	private void call() {
		if (this.completing.get() >= FEW) {
			watch();
		}
		else if (this.called.compareAndSet(false, true)) {
			if (enter(FEW)) {
				start();
			}
			else {
				this.called.set(false);
				watch();
			}
		}
	}

	private boolean enter(int limit) {
		while (true) {
			int count = this.completing.get();
			if (count >= limit) {
				return false;
			}
			if (this.completing.compareAndSet(count, count + 1)) {
				return true;
			}
		}
	}

	private void start() {
		try {
			this.pool.execute(this::completeAll);
		}
		catch (RejectedExecutionException ex) {
			completeAll();
		}
	}

	private void completeAll() {
		Thread current = Thread.currentThread();
		boolean entered = this.threads.add(current);
		this.called.set(false);
		try {
			do {
				Runnable completion;
				while ((completion = this.completions.poll()) != null) {
					this.taken.incrementAndGet();
					if (!this.completions.isEmpty()) {
						call();
					}
					run(completion);
					this.ended.incrementAndGet();
				}
				this.completing.decrementAndGet();
				// Whoever added one since the last look may have found all threads busy.
			}
			while (!this.completions.isEmpty() && enter(MOST));
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

	// What is left when all threads are busy

	private void watch() {
		if (!this.watched.get() && this.watched.compareAndSet(false, true)) {
			lookLater();
		}
	}

	private void lookLater() {
		long before = this.added.get();
		long endedBefore = this.ended.get();
		CompletableFuture<@Nullable Void> later = new CompletableFuture<>();
		later.thenRun(() -> look(before, endedBefore));
		this.scheduling.completeLater(later, Duration.ofMillis(LOOK_MILLIS));
	}

	/**
	 * Looks after what is left.
	 * @param before how many completions had been added when the look was planned
	 * @param endedBefore how many were over then
	 */
	private void look(long before, long endedBefore) {
		if (this.completions.isEmpty()) {
			this.watched.set(false);
			if (!this.completions.isEmpty()) {
				call();
			}
			return;
		}
		if (this.taken.get() < before) {
			long comeBack = this.ended.get() - endedBefore;
			addThreads(Math.max(1, this.completing.get() - comeBack));
		}
		lookLater();
	}

	private void addThreads(long count) {
		int busy = this.completing.get();
		if (busy >= this.tolerated) {
			warn(busy);
		}
		for (long i = Math.min(count, waiting()); i > 0 && enter(MOST); i--) {
			try {
				this.pool.execute(this::completeAll);
			}
			catch (RejectedExecutionException ex) {
				// They have all ended meanwhile, and with them what was left.
				this.completing.decrementAndGet();
				return;
			}
		}
	}

	private void warn(int busy) {
		this.tolerated = 4 * busy;
		Throwable place = new Throwable("where one of them waits");
		this.threads.stream()
			.filter(CompletionThreads::isWaiting)
			.findFirst()
			.ifPresent((thread) -> place.setStackTrace(thread.getStackTrace()));
		logger.warn("{} callbacks on futures of the StreamDB on {} wait, of at most {}, and each holds a thread: what"
				+ " depends on a future should not block; use thenCompose, or thenApplyAsync and the like with an"
				+ " executor of your own", busy, this.name, MOST, place);
	}

	private static boolean isWaiting(Thread thread) {
		return switch (thread.getState()) {
			case WAITING, TIMED_WAITING, BLOCKED -> true;
			default -> false;
		};
	}

	// For others

	/**
	 * Returns how many completions nobody has taken yet.
	 */
	long waiting() {
		return Math.max(0, this.added.get() - this.taken.get());
	}

	/**
	 * Returns how many threads complete futures.
	 */
	int threads() {
		return this.completing.get();
	}

	/**
	 * Returns whether so many completions wait that there must not be more.
	 */
	boolean isFull() {
		return waiting() >= LIMIT;
	}

	/**
	 * Refuses what would have to be completed, when there is too much of it.
	 * @throws StreamDbUnavailableException when {@link #isFull()}
	 */
	void checkRoom() {
		if (isFull()) {
			throw full();
		}
	}

	StreamDbUnavailableException full() {
		return new StreamDbUnavailableException(LIMIT + " futures of the StreamDB on " + this.name
				+ " wait to be completed, since what depends on others blocks: nothing more is taken until that"
				+ " ends; use thenCompose, or thenApplyAsync and the like with an executor of your own", null);
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
		if (this.ending && this.completing.get() == 0 && this.completions.isEmpty()) {
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

}
