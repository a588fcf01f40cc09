package io.streamdb.server.store;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream: a log of whole appends. Writers are serialised by the stream's own lock and
 * see at once what others have handed over; their answers, and readers, wait until it is
 * durable. Readers take the {@link LogHead} and never lock; those at the tail leave a
 * callback. Callbacks run on the store's executor, never on the writer's thread and never
 * under the lock.
 */
public final class StreamLog {

	/** How long the idle producers of a store that is not durable are remembered. */
	static final Duration PRODUCER_RETENTION = Duration.ofDays(7);

	private static final Logger logger = LoggerFactory.getLogger(StreamLog.class);

	/** How many callbacks one task of the executor runs. */
	private static final int WAKE_BATCH = 64;

	/**
	 * About what an empty stream costs in memory besides its names, with the last
	 * {@code Stream-Seq}.
	 */
	private static final int OVERHEAD = 1024;

	/** How much of the idle time passes before an access is noted in the storage. */
	private static final int TOUCHES = 16;

	private static final Duration MIN_TOUCH = Duration.ofSeconds(1);

	private final ReentrantLock lock = new ReentrantLock();

	private final StreamDescription description;

	private final StreamData data;

	private final @Nullable StreamLog origin;

	private final Clock clock;

	private final Executor executor;

	private final ByteQuota quota;

	private final boolean durable;

	/** With what was handed over and is not durable yet. */
	private final StreamState state;

	private Set<Waiter> waiters = new LinkedHashSet<>();

	/** The youngest append that may not be durable yet. */
	private @Nullable CompletableFuture<AppendOutcome> lastWrite;

	/** Why an append was not kept: all that comes after it rests on it. */
	private @Nullable Throwable failure;

	private boolean ending;

	/** What the stream has of the quota. */
	private long reserved;

	private Instant lastTouch;

	private int liveReads;

	private volatile Instant lastAccess;

	private volatile LogHead head;

	/**
	 * Creates a stream whose footprint was reserved.
	 */
	StreamLog(StreamDescription description, StreamData data, StreamState state, @Nullable StreamLog origin,
			Clock clock, Executor executor, ByteQuota quota, boolean durable, long reserved) {
		this.description = description;
		this.data = data;
		this.state = state;
		this.origin = origin;
		this.clock = clock;
		this.executor = executor;
		this.quota = quota;
		this.durable = durable;
		this.reserved = reserved;
		this.lastAccess = state.lastAccess();
		this.lastTouch = state.lastAccess();
		this.head = new LogHead(this, state.tail(), state.closed(), LogHead.Presence.SERVED);
	}

	/**
	 * Returns what a stream costs in memory.
	 * @param path its path
	 * @param contentType its content type
	 * @param blocks what its appends cost
	 */
	static long footprint(String path, String contentType, long blocks) {
		return OVERHEAD + 2L * (path.length() + contentType.length()) + blocks;
	}

	/**
	 * Returns what never changes in this life of the stream.
	 * @return the description
	 */
	public StreamDescription description() {
		return this.description;
	}

	/**
	 * Returns the content type that the stream was created with.
	 * @return the content type
	 */
	public String contentType() {
		return this.description.contentType();
	}

	/**
	 * Returns the number of this life of the stream.
	 * @return the incarnation
	 */
	public long incarnation() {
		return this.description.incarnation();
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
		return new Offset(incarnation(), position);
	}

	/**
	 * Translates an offset of this stream, or one of a stream that it was forked from, as
	 * far as it has its data from there.
	 * @param offset the offset
	 * @return the position in this stream, which may be past its tail and inside of an
	 * append; or -1 when the offset belongs to another stream or life
	 */
	public long position(Offset offset) {
		StreamLog owner = this;
		long limit = Long.MAX_VALUE;
		while (offset.incarnation() != owner.incarnation()) {
			if (owner.origin == null) {
				return -1;
			}
			limit = Math.min(limit, owner.firstPosition());
			owner = owner.origin;
		}
		return (offset.position() <= limit) ? offset.position() : -1;
	}

	/**
	 * Returns what the stream was forked from.
	 * @return the source; there must be one
	 */
	public StreamLog origin() {
		if (this.origin == null) {
			throw new IllegalStateException("The stream is no fork: " + this.description.path());
		}
		return this.origin;
	}

	boolean isFork() {
		return this.origin != null;
	}

	StreamData data() {
		return this.data;
	}

	long firstPosition() {
		return this.description.firstPosition();
	}

	/**
	 * Appends, closes, or both, as one step. The order of the checks is that of PROTOCOL
	 * 5.2 and 5.2.1: closure, producer, sequence; and the condition last, so that a retry
	 * is recognised whatever the stream has become.
	 * @param append what to append
	 * @return what became of it, as soon as that and all it depends on is durable; never
	 * fails
	 */
	public CompletableFuture<AppendOutcome> append(Append append) {
		this.lock.lock();
		try {
			Instant now = this.clock.instant();
			AppendOutcome refusal = check(append, now);
			return (refusal != null) ? afterLastWrite(refusal) : write(append, now);
		}
		finally {
			this.lock.unlock();
		}
	}

	private CompletableFuture<AppendOutcome> write(Append append, Instant now) {
		LogRecord record = new LogRecord(this.state.tail(), append.bytes(), append.close(), append.sequence(),
				append.producer(), now);
		long cost = footprint(append);
		if (!this.quota.reserve(cost)) {
			return CompletableFuture.completedFuture(new AppendOutcome.StoreFull(this.quota.full()));
		}
		CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
		try {
			this.data.append(record, (failure) -> written(record, outcome, failure));
		}
		catch (StorageFullException ex) {
			this.quota.release(cost);
			return CompletableFuture.completedFuture(new AppendOutcome.StoreFull(message(ex)));
		}
		long producersBefore = this.state.producersFootprint();
		this.state.apply(record);
		long producers = this.state.producersFootprint() - producersBefore;
		long kept = blockFootprint(append) + producers;
		this.quota.release(cost - kept);
		this.reserved += kept;
		access(now);
		this.lastWrite = outcome.isDone() ? null : outcome;
		return outcome;
	}

	/**
	 * What is on a disk costs no memory.
	 */
	private long blockFootprint(Append append) {
		return (append.bytes() != null && !this.durable) ? AppendedBlock.footprint(append.bytes()) : 0;
	}

	private long footprint(Append append) {
		long cost = blockFootprint(append);
		ProducerStamp producer = append.producer();
		if (producer != null && this.state.producer(producer.producerId()) == null) {
			cost += ProducerState.footprint(producer.producerId());
		}
		return cost;
	}

	static String message(Throwable failure) {
		return (failure.getMessage() != null) ? failure.getMessage() : failure.toString();
	}

	private void written(LogRecord record, CompletableFuture<AppendOutcome> outcome, @Nullable Throwable failure) {
		if (failure != null) {
			failed(failure);
			complete(outcome, new AppendOutcome.StorageFailed(failure));
			return;
		}
		Set<Waiter> woken;
		AppendOutcome accepted;
		this.lock.lock();
		try {
			LogHead next = this.head.advance(record.end(), record.close());
			woken = publish(next);
			accepted = new AppendOutcome.Accepted(next.tail(), next.closed());
		}
		finally {
			this.lock.unlock();
		}
		wake(woken);
		complete(outcome, accepted);
	}

	/**
	 * The state has what the disk may not have: no answer may be given from it any more.
	 */
	private void failed(Throwable cause) {
		this.lock.lock();
		try {
			this.failure = (this.failure != null) ? this.failure : cause;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Tells whoever waits for an outcome, but not on a thread of the storage. When the
	 * storage answers at once nobody waits yet.
	 */
	private <T> void complete(CompletableFuture<T> outcome, T value) {
		if (this.lock.isHeldByCurrentThread()) {
			outcome.complete(value);
			return;
		}
		try {
			this.executor.execute(() -> outcome.complete(value));
		}
		catch (RejectedExecutionException | Error ex) {
			// There is no thread for it, but the writer waits.
			outcome.complete(value);
		}
	}

	/**
	 * Holds an answer back until the appends are durable that it may be owed to.
	 */
	private CompletableFuture<AppendOutcome> afterLastWrite(AppendOutcome answer) {
		CompletableFuture<AppendOutcome> last = this.lastWrite;
		if (last == null || last.isDone()) {
			this.lastWrite = null;
			return CompletableFuture.completedFuture(answer);
		}
		return last.thenApply((outcome) -> (outcome instanceof AppendOutcome.StorageFailed) ? outcome : answer);
	}

	private @Nullable AppendOutcome check(Append append, Instant now) {
		if (this.ending || this.head.gone()) {
			return new AppendOutcome.StreamDeleted();
		}
		if (this.failure != null) {
			return new AppendOutcome.StorageFailed(this.failure);
		}
		ProducerStamp producer = append.producer();
		if (this.state.closed()) {
			if (producer != null && producer.equals(this.state.closedBy())) {
				return new AppendOutcome.Duplicate(this.state.tail(), producer.sequence(), true);
			}
			return (append.bytes() == null && producer == null) ? new AppendOutcome.Accepted(this.state.tail(), true)
					: new AppendOutcome.StreamClosed(this.state.tail());
		}
		if (!this.durable) {
			forgetProducers(now.minus(PRODUCER_RETENTION));
		}
		AppendOutcome refusal = (producer != null) ? check(producer) : null;
		if (refusal != null) {
			return refusal;
		}
		String last = this.state.lastSequence();
		if (append.bytes() != null && append.sequence() != null && last != null
				&& append.sequence().compareTo(last) <= 0) {
			return new AppendOutcome.SequenceRegression(last);
		}
		Offset expected = append.expectedTail();
		if (expected != null && !expected.equals(offset(this.state.tail()))) {
			return new AppendOutcome.TailMoved(this.state.tail(), false);
		}
		return null;
	}

	private @Nullable AppendOutcome check(ProducerStamp stamp) {
		ProducerState known = this.state.producer(stamp.producerId());
		if (known == null) {
			return (stamp.sequence() == 0) ? null : new AppendOutcome.SequenceGap(0);
		}
		if (stamp.epoch() < known.epoch()) {
			return new AppendOutcome.StaleEpoch(known.epoch());
		}
		if (stamp.epoch() > known.epoch()) {
			return (stamp.sequence() == 0) ? null : new AppendOutcome.EpochWithoutStart();
		}
		if (stamp.sequence() <= known.sequence()) {
			return new AppendOutcome.Duplicate(known.tail(), known.sequence(), false);
		}
		return (stamp.sequence() == known.sequence() + 1) ? null : new AppendOutcome.SequenceGap(known.sequence() + 1);
	}

	private void forgetProducers(Instant limit) {
		long before = this.state.producersFootprint();
		this.state.forgetProducers(limit);
		long freed = before - this.state.producersFootprint();
		this.quota.release(freed);
		this.reserved -= freed;
	}

	/**
	 * Notes that a client has read or written: a stream that expires when it is idle
	 * lives on (PROTOCOL 5.1).
	 */
	public void touch() {
		if (this.description.timeToLive() == null) {
			return;
		}
		this.lock.lock();
		try {
			access(this.clock.instant());
		}
		finally {
			this.lock.unlock();
		}
	}

	private void access(Instant now) {
		this.state.access(now);
		this.lastAccess = this.state.lastAccess();
		Duration timeToLive = this.description.timeToLive();
		if (timeToLive != null && !this.ending) {
			if (Duration.between(this.lastTouch, now).compareTo(touchInterval(timeToLive)) >= 0) {
				this.lastTouch = now;
				this.data.touch(now);
			}
		}
	}

	/**
	 * Returns how far apart the accesses are that the storage is told of.
	 */
	static Duration touchInterval(Duration timeToLive) {
		Duration interval = timeToLive.dividedBy(TOUCHES);
		return (interval.compareTo(MIN_TOUCH) < 0) ? MIN_TOUCH : interval;
	}

	/**
	 * Begins a live read. A stream does not expire of being idle while there is one.
	 */
	public void beginLiveRead() {
		this.lock.lock();
		try {
			this.liveReads++;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends a live read. If the stream would have expired meanwhile, its time begins
	 * again, so that the reader can come back.
	 */
	public void endLiveRead() {
		this.lock.lock();
		try {
			this.liveReads--;
			Instant now = this.clock.instant();
			if (this.description.timeToLive() != null && !now.isBefore(deadline())) {
				access(now);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns whether the stream's time is over.
	 */
	boolean expired(Instant now) {
		if (now.isBefore(deadline())) {
			return false;
		}
		if (this.description.expiresAt() != null) {
			return true;
		}
		this.lock.lock();
		try {
			return this.liveReads == 0 && !now.isBefore(deadline());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns when the stream expires if nothing happens to it.
	 * @return the time, {@link Instant#MAX} for never
	 */
	public Instant deadline() {
		Instant expiresAt = this.description.expiresAt();
		if (expiresAt != null) {
			return expiresAt;
		}
		Duration timeToLive = this.description.timeToLive();
		return (timeToLive != null) ? later(this.lastAccess, timeToLive) : Instant.MAX;
	}

	/**
	 * Adds a duration to a time, as far as time goes.
	 */
	static Instant later(Instant time, Duration duration) {
		try {
			return time.plus(duration);
		}
		catch (DateTimeException | ArithmeticException ex) {
			return Instant.MAX;
		}
	}

	/**
	 * Takes note that the stream was for its forks only before it was recovered.
	 */
	void keepForForks() {
		this.head = this.head.leave(LogHead.Presence.KEPT_FOR_FORKS);
	}

	/**
	 * Ends the stream: takes no more appends, and is gone for its readers as soon as that
	 * is durable. Called by the store.
	 * @param keep whether the data are kept for forks
	 * @param done takes the failure, or {@code null}; called on any thread
	 */
	void end(boolean keep, WriteCallback done) {
		this.lock.lock();
		try {
			this.ending = true;
			if (keep) {
				this.data.softDelete((failure) -> ended(LogHead.Presence.KEPT_FOR_FORKS, failure, done));
			}
			else {
				this.data.delete((failure) -> ended(LogHead.Presence.GONE, failure, done));
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ended(LogHead.Presence presence, @Nullable Throwable failure, WriteCallback done) {
		if (failure == null) {
			Set<Waiter> woken;
			this.lock.lock();
			try {
				if (presence == LogHead.Presence.GONE) {
					this.quota.release(this.reserved);
					this.reserved = 0;
				}
				woken = publish(this.head.leave(presence));
			}
			finally {
				this.lock.unlock();
			}
			wake(woken);
		}
		done.done(failure);
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
			logger.debug("Readers of {} were not woken: the server is closed and has ended them",
					this.description.path());
		}
		catch (Error ex) {
			// There is no thread for it, and nobody else would wake them.
			batch.forEach(Waiter::run);
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
				logger.error("A reader of {} failed", StreamLog.this.description.path(), ex);
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
