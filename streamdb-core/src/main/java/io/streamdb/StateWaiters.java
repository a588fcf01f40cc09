package io.streamdb;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.streamdb.client.ReadOptions;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a txid or an offset to become visible (SPEC M7), and the txids that
 * have. Futures are completed on the pool, so that nobody can hold up the apply thread.
 */
final class StateWaiters {

	/** How many may wait at once. */
	static final int LIMIT = 100_000;

	private static final Comparator<Waiter<?>> FIRST_COME = Comparator.comparingLong((waiter) -> waiter.number);

	private final EngineThreads threads;

	private final Supplier<String> place;

	private final ReentrantLock lock;

	private final Map<TxIdHash, Set<Waiter<?>>> byTxid = new ConcurrentHashMap<>();

	private final NavigableMap<String, Set<Waiter<?>>> byOffset = new TreeMap<>();

	private final TxIdHistory history;

	private @Nullable String visibleOffset;

	private @Nullable RuntimeException refusal;

	private int count;

	private long lastNumber;

	/**
	 * Creates it empty.
	 * @param threads completes futures and measures time
	 * @param place says where the database is, for messages
	 * @param remembered how many txids are remembered
	 */
	StateWaiters(EngineThreads threads, Supplier<String> place, int remembered) {
		this.threads = threads;
		this.lock = threads.scheduling().newLock();
		this.place = place;
		this.history = new TxIdHistory(remembered);
	}

	CompletableFuture<Void> awaitTxId(String txid, Duration timeout) {
		TxIdHash hash = TxIdHash.of(txid);
		return await(new Waiter<>(this.byTxid, hash, "the txid " + txid), () -> this.history.contains(hash), timeout);
	}

	CompletableFuture<Void> awaitOffset(String offset, Duration timeout) {
		if (offset.isEmpty() || offset.equals(ReadOptions.NOW)) {
			throw new IllegalArgumentException(
					"'" + offset + "' is no offset to wait for: use one that the server gave, as of an append");
		}
		return await(new Waiter<>(this.byOffset, offset, "the offset " + offset),
				() -> this.visibleOffset != null && this.visibleOffset.compareTo(offset) >= 0, timeout);
	}

	private CompletableFuture<Void> await(Waiter<?> waiter, Supplier<Boolean> arrived, Duration timeout) {
		this.lock.lock();
		try {
			if (arrived.get()) {
				return CompletableFuture.completedFuture(null);
			}
			if (this.refusal != null) {
				return CompletableFuture.failedFuture(this.refusal);
			}
			if (this.threads.completions().isFull()) {
				return CompletableFuture.failedFuture(this.threads.completions().full());
			}
			if (this.count >= LIMIT) {
				return CompletableFuture.failedFuture(new StreamDbUnavailableException(
						LIMIT + " waiters wait already for txids and offsets of " + this.place.get(), null));
			}
			waiter.enter();
		}
		finally {
			this.lock.unlock();
		}
		waiter.start(timeout, this.threads.scheduler());
		return waiter.future;
	}

	/**
	 * Returns whether somebody waits for a txid. Takes no lock.
	 */
	boolean isAwaited(TxIdHash txid) {
		return this.byTxid.containsKey(txid);
	}

	/**
	 * Tells that a commit is visible: not before, since a txid that resolves is readable.
	 * @param txids the txids it brought
	 * @param awaited those of them that somebody waits for
	 * @param offset the offset up to which the visible state is complete now
	 */
	void visible(TxIdLog txids, Collection<TxIdHash> awaited, String offset) {
		Set<Waiter<?>> arrived = new TreeSet<>(FIRST_COME);
		this.lock.lock();
		try {
			txids.forEach(this.history::add);
			this.visibleOffset = offset;
			awaited.forEach((txid) -> arrived.addAll(this.byTxid.getOrDefault(txid, Set.of())));
			addSeen(txids, arrived);
			this.byOffset.headMap(offset, true).values().forEach(arrived::addAll);
			arrived.forEach(Waiter::leave);
		}
		finally {
			this.lock.unlock();
		}
		arrived.forEach((waiter) -> this.threads.complete(waiter::arrive));
	}

	/**
	 * Adds those that began to wait after their event was read and before it was visible.
	 */
	private void addSeen(TxIdLog txids, Set<Waiter<?>> arrived) {
		if (this.byTxid.size() < txids.size()) {
			this.byTxid.forEach((txid, waiters) -> {
				if (this.history.contains(txid)) {
					arrived.addAll(waiters);
				}
			});
		}
		else {
			txids.forEach((high, low) -> arrived.addAll(this.byTxid.getOrDefault(new TxIdHash(high, low), Set.of())));
		}
	}

	/**
	 * Fails everybody who waits, and everybody who would, until {@link #accept()}.
	 * @param failure why waiting is in vain
	 */
	void refuse(RuntimeException failure) {
		noteRefusal(failure).run();
	}

	/**
	 * Does the same without telling those who wait.
	 * @param failure why waiting is in vain
	 * @return tells them; to be run without a lock
	 */
	Runnable noteRefusal(RuntimeException failure) {
		Set<Waiter<?>> refused = new TreeSet<>(FIRST_COME);
		this.lock.lock();
		try {
			this.refusal = failure;
			this.byTxid.values().forEach(refused::addAll);
			this.byOffset.values().forEach(refused::addAll);
			refused.forEach(Waiter::leave);
		}
		finally {
			this.lock.unlock();
		}
		return () -> refused.forEach((waiter) -> this.threads.complete(() -> waiter.fail(failure)));
	}

	void accept() {
		this.lock.lock();
		try {
			this.refusal = null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Forgets what was visible, because another stream takes the place of the one that
	 * had it: a txid that resolves is readable.
	 */
	void forgetStream() {
		this.lock.lock();
		try {
			this.visibleOffset = null;
			this.history.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	long count() {
		this.lock.lock();
		try {
			return this.count;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many txids are remembered.
	 */
	long remembered() {
		this.lock.lock();
		try {
			return this.history.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	long earlyEvictions() {
		this.lock.lock();
		try {
			return this.history.earlyEvictions();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * One who waits.
	 *
	 * @param <K> what it waits for
	 */
	private final class Waiter<K> {

		private final Map<K, Set<Waiter<?>>> queue;

		private final K key;

		private final String what;

		private final CompletableFuture<Void> future = new CompletableFuture<>();

		/** The place in the order in which they came. */
		private long number;

		private volatile @Nullable Future<?> timer;

		Waiter(Map<K, Set<Waiter<?>>> queue, K key, String what) {
			this.queue = queue;
			this.key = key;
			this.what = what;
		}

		void enter() {
			this.queue.computeIfAbsent(this.key, (unused) -> new LinkedHashSet<>()).add(this);
			this.number = ++StateWaiters.this.lastNumber;
			StateWaiters.this.count++;
		}

		void leave() {
			Set<Waiter<?>> waiters = this.queue.get(this.key);
			if (waiters != null && waiters.remove(this)) {
				StateWaiters.this.count--;
				if (waiters.isEmpty()) {
					this.queue.remove(this.key);
				}
			}
		}

		void start(Duration timeout, ScheduledExecutorService scheduler) {
			this.future.whenComplete((nothing, failure) -> ended());
			try {
				this.timer = scheduler.schedule(() -> StateWaiters.this.threads.complete(() -> timeOut(timeout)),
						TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
			}
			catch (RejectedExecutionException ex) {
				fail(new StreamDbUnavailableException("StreamDB closed: " + this.what + " is no longer waited for",
						ex));
			}
			if (this.future.isDone()) {
				ended();
			}
		}

		void arrive() {
			this.future.complete(null);
		}

		void fail(RuntimeException failure) {
			this.future.completeExceptionally(failure);
		}

		private void timeOut(Duration timeout) {
			this.future.completeExceptionally(new TimeoutException("Waited " + timeout + " in vain for " + this.what
					+ " to become visible in " + StateWaiters.this.place.get()));
		}

		private void ended() {
			Future<?> running = this.timer;
			if (running != null) {
				running.cancel(false);
			}
			StateWaiters.this.lock.lock();
			try {
				leave();
			}
			finally {
				StateWaiters.this.lock.unlock();
			}
		}

	}

}
