package io.streamdb.server.store;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream: a log of whole appends. Writers are serialised by the stream's own lock;
 * readers take the {@link LogHead} and never lock; those at the tail leave a callback.
 * Callbacks run on the store's executor, never on the writer's thread and never under the
 * lock.
 */
public final class StreamLog {

	private static final Logger logger = LoggerFactory.getLogger(StreamLog.class);

	/** How many callbacks one task of the executor runs. */
	private static final int WAKE_BATCH = 64;

	/**
	 * About what an empty stream costs in memory besides its names, with the last
	 * {@code Stream-Seq}.
	 */
	private static final int OVERHEAD = 1024;

	private final ReentrantLock lock = new ReentrantLock();

	private final String path;

	private final String contentType;

	private final long incarnation;

	private final Clock clock;

	private final Executor executor;

	private final ByteQuota quota;

	private final ProducerStates producers;

	private Set<Waiter> waiters = new LinkedHashSet<>();

	private @Nullable String lastSequence;

	private @Nullable ProducerStamp closedBy;

	/** What the stream has of the quota, its producers apart. */
	private long reserved;

	private volatile LogHead head = LogHead.EMPTY;

	/**
	 * Creates a stream whose footprint was reserved.
	 */
	StreamLog(String path, String contentType, long incarnation, Clock clock, Executor executor, ByteQuota quota) {
		this.path = path;
		this.contentType = contentType;
		this.incarnation = incarnation;
		this.clock = clock;
		this.executor = executor;
		this.quota = quota;
		this.producers = new ProducerStates(quota);
		this.reserved = footprint(path, contentType);
	}

	/**
	 * Returns what an empty stream costs in memory.
	 */
	static long footprint(String path, String contentType) {
		return OVERHEAD + 2L * (path.length() + contentType.length());
	}

	/**
	 * Returns the content type that the stream was created with.
	 * @return the content type
	 */
	public String contentType() {
		return this.contentType;
	}

	/**
	 * Returns the number of this life of the stream.
	 * @return the incarnation
	 */
	public long incarnation() {
		return this.incarnation;
	}

	/**
	 * Returns what the stream holds now.
	 * @return the head
	 */
	public LogHead head() {
		return this.head;
	}

	/**
	 * Returns the offset of a position of this stream.
	 * @param position the position
	 * @return the offset
	 */
	public Offset offset(long position) {
		return new Offset(this.incarnation, position);
	}

	/**
	 * Appends, closes, or both, as one step. The order of the checks is that of PROTOCOL
	 * 5.2 and 5.2.1: closure, producer, sequence.
	 * @param append what to append
	 * @return what became of it
	 */
	public AppendOutcome append(Append append) {
		Set<Waiter> woken;
		AppendOutcome outcome;
		this.lock.lock();
		try {
			Instant now = this.clock.instant();
			AppendOutcome refusal = check(append, now);
			if (refusal != null) {
				return refusal;
			}
			long block = (append.bytes() != null) ? AppendedBlock.footprint(append.bytes()) : 0;
			long producer = (append.producer() != null) ? this.producers.footprint(append.producer()) : 0;
			if (!this.quota.reserve(block + producer)) {
				return new AppendOutcome.StoreFull(this.quota.limit());
			}
			this.reserved += block;
			LogHead next = this.head;
			if (append.bytes() != null) {
				next = next.append(append.bytes());
				if (append.sequence() != null) {
					this.lastSequence = append.sequence();
				}
			}
			if (append.close()) {
				next = next.close();
				this.closedBy = append.producer();
			}
			if (append.producer() != null) {
				this.producers.accept(append.producer(), next.tail(), now);
			}
			woken = publish(next);
			outcome = new AppendOutcome.Accepted(next.tail(), next.closed());
		}
		finally {
			this.lock.unlock();
		}
		wake(woken);
		return outcome;
	}

	private @Nullable AppendOutcome check(Append append, Instant now) {
		LogHead current = this.head;
		if (current.deleted()) {
			return new AppendOutcome.StreamDeleted();
		}
		if (current.closed()) {
			if (append.producer() != null && append.producer().equals(this.closedBy)) {
				return new AppendOutcome.Duplicate(current.tail(), append.producer().sequence(), true);
			}
			return (append.bytes() == null && append.producer() == null)
					? new AppendOutcome.Accepted(current.tail(), true) : new AppendOutcome.StreamClosed(current.tail());
		}
		AppendOutcome refusal = (append.producer() != null) ? this.producers.check(append.producer(), now) : null;
		if (refusal != null || append.bytes() == null) {
			return refusal;
		}
		if (append.sequence() != null && this.lastSequence != null
				&& append.sequence().compareTo(this.lastSequence) <= 0) {
			return new AppendOutcome.SequenceRegression(this.lastSequence);
		}
		return null;
	}

	/**
	 * Deletes what the stream holds and wakes its readers. Happens once, by the store.
	 */
	void delete() {
		Set<Waiter> woken;
		this.lock.lock();
		try {
			this.quota.release(this.reserved);
			this.producers.forgetAll();
			woken = publish(this.head.delete());
		}
		finally {
			this.lock.unlock();
		}
		wake(woken);
	}

	/**
	 * Asks to be called once when the stream is no longer what the caller has seen.
	 * @param seen what the caller has seen
	 * @param action what to run then, on the store's executor; must not block
	 * @return takes the request back
	 */
	public ChangeRegistration onChange(LogHead seen, Runnable action) {
		Waiter waiter = new Waiter(action);
		this.lock.lock();
		try {
			if (this.head == seen) {
				this.waiters.add(waiter);
				return waiter;
			}
		}
		finally {
			this.lock.unlock();
		}
		wake(Set.of(waiter));
		return waiter;
	}

	private Set<Waiter> publish(LogHead next) {
		this.head = next;
		if (this.waiters.isEmpty()) {
			return Set.of();
		}
		Set<Waiter> woken = this.waiters;
		this.waiters = new LinkedHashSet<>();
		return woken;
	}

	private void wake(Set<Waiter> woken) {
		List<Waiter> batch = new ArrayList<>(Math.min(WAKE_BATCH, woken.size()));
		for (Waiter waiter : woken) {
			batch.add(waiter);
			if (batch.size() == WAKE_BATCH) {
				execute(batch);
				batch = new ArrayList<>(WAKE_BATCH);
			}
		}
		if (!batch.isEmpty()) {
			execute(batch);
		}
	}

	private void execute(List<Waiter> batch) {
		try {
			this.executor.execute(() -> batch.forEach(Waiter::run));
		}
		catch (RejectedExecutionException ex) {
			logger.debug("Readers of {} were not woken: the server is closed and has ended them", this.path);
		}
	}

	/**
	 * A request to be told of a change.
	 */
	public interface ChangeRegistration {

		/**
		 * Takes the request back. The action may still run if it is about to.
		 */
		void cancel();

	}

	private final class Waiter implements ChangeRegistration {

		private final Runnable action;

		Waiter(Runnable action) {
			this.action = action;
		}

		void run() {
			try {
				this.action.run();
			}
			catch (RuntimeException ex) {
				logger.error("A reader of {} failed", StreamLog.this.path, ex);
			}
		}

		@Override
		public void cancel() {
			StreamLog.this.lock.lock();
			try {
				StreamLog.this.waiters.remove(this);
			}
			finally {
				StreamLog.this.lock.unlock();
			}
		}

	}

}
