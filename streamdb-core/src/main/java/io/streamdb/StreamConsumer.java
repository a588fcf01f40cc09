package io.streamdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.streamdb.AccessGate.ApplyThread;
import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamMetadata;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamReader;
import io.streamdb.client.StreamRecreatedException;
import io.streamdb.transaction.StreamWitness;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the stream: starts reads, hands their batches to the {@link BatchApplier}, and
 * decides what becomes of the database when a read ends (SPEC M4, M9, M10).
 * <p>
 * A stream that was deleted is asked for until it is there again. Then, and whenever an
 * answer shows that another stream has taken its place, it is loaded from its start while
 * the old state is served, where there is one that may be.
 * <p>
 * One thing happens at a time: a read, on the apply thread, and then what follows from
 * its end, until that has begun the next one or has failed. The latter runs on whatever
 * thread completes what it waits for (a request, a timer), and each hands over to the
 * next through a future, an executor or the lock. What only the read and what follows it
 * touch needs no lock: the applier, and how often was begun again. Applications and
 * answers to appends come at any time: what they touch is under the lock or volatile.
 */
final class StreamConsumer implements StreamWitness {

	private static final Logger logger = LoggerFactory.getLogger(StreamDb.class);

	/** How often in a row the first load may fail to reach the server. */
	static final int MAX_CONNECTS = 5;

	private static final Duration FIRST_RESTART = Duration.ofSeconds(1);

	private static final Duration LAST_RESTART = Duration.ofSeconds(30);

	private final DurableStream stream;

	private final URI url;

	private final LiveMode live;

	private final boolean createIfMissing;

	private final BatchApplier applier;

	private final StatusMachine status;

	private final AccessGate gate;

	private final StateWaiters waiters;

	private final EngineThreads threads;

	private final EngineCounters counters;

	private final Runnable failed;

	private final ReentrantLock lock;

	private @Nullable StreamReader reader;

	/** Whether the stream is read, or was to its end. */
	private boolean active;

	private boolean closed;

	private volatile boolean everLoaded;

	/** Whether an append has shown that the stream that is read is no more. */
	private boolean replaced;

	private volatile @Nullable String incarnation;

	private int restarts;

	private int rebuilds;

	private long lastRebuild;

	/** Counts the rows of probes, of which only the last one goes on. */
	private int probing;

	private int probes;

	/** Counts how often it was doubted which stream is read. */
	private final AtomicInteger doubts = new AtomicInteger();

	StreamConsumer(DurableStream stream, LiveMode live, boolean createIfMissing, BatchApplier applier,
			StatusMachine status, AccessGate gate, StateWaiters waiters, EngineThreads threads, EngineCounters counters,
			Runnable failed) {
		this.stream = stream;
		this.url = stream.url();
		this.live = live;
		this.createIfMissing = createIfMissing;
		this.applier = applier;
		this.status = status;
		this.gate = gate;
		this.waiters = waiters;
		this.threads = threads;
		this.lock = threads.scheduling().newLock();
		this.counters = counters;
		this.failed = failed;
	}

	/**
	 * Starts to load, unless that has been done.
	 * @return completes with the load in progress; internal
	 */
	CompletableFuture<@Nullable Void> preload() {
		CompletableFuture<@Nullable Void> load;
		this.lock.lock();
		try {
			if (this.active || this.closed) {
				return this.gate.loading();
			}
			load = begin(StreamDbState.CONNECTING);
		}
		finally {
			this.lock.unlock();
		}
		this.status.tell();
		start(new Attempt(this.createIfMissing && !this.everLoaded, false, ReadOptions.START));
		return load;
	}

	private CompletableFuture<@Nullable Void> begin(StreamDbState state) {
		this.active = true;
		CompletableFuture<@Nullable Void> load = this.gate.beginLoad();
		this.waiters.accept();
		this.status.note(state);
		return load;
	}

	private void start(Attempt attempt) {
		if (takeReplaced()) {
			startAnotherStream(attempt);
		}
		askForStream();
		StreamReader started;
		boolean replacedAgain = false;
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			started = this.stream.read(new ReadOptions(this.applier.offset(), this.live, this.incarnation), attempt);
			this.reader = started;
			// Whoever found out since the start has closed the reader before this one.
			replacedAgain = this.replaced;
		}
		catch (RejectedExecutionException ex) {
			started = null;
		}
		finally {
			this.lock.unlock();
		}
		if (started == null) {
			RuntimeException refusal = new RejectedExecutionException("The executor of the stream refuses to read it");
			fail(FailedRead.of(refusal, this.url, this.applier.offset()), refusal);
			return;
		}
		started.completion().whenComplete((nothing, failure) -> attempt.ended(unwrapped(failure)));
		if (replacedAgain) {
			started.close();
		}
	}

	/**
	 * Notes that no response is awaited yet that tells which stream is there.
	 */
	private void askForStream() {
		if (this.incarnation == null) {
			this.applier.streamAsked();
		}
	}

	/**
	 * Ends the read.
	 * @return completes when its thread is done
	 */
	CompletableFuture<@Nullable Void> close() {
		StreamReader current;
		this.lock.lock();
		try {
			this.closed = true;
			current = this.reader;
		}
		finally {
			this.lock.unlock();
		}
		if (current == null) {
			return CompletableFuture.completedFuture(null);
		}
		current.close();
		return current.completion().handle((nothing, failure) -> null);
	}

	/**
	 * Notes that everything up to the tail is published, before anybody is told: whoever
	 * waited for a part of it finds a database that can be read, and its status.
	 */
	private void upToDate() {
		this.restarts = 0;
		this.probes = 0;
		this.everLoaded = true;
		this.status.upToDate();
		this.gate.open();
		this.status.note(StreamDbState.LIVE);
	}

	private void visible(BatchEnd end) {
		this.status.tell();
		if (end.upToDate() || end.closed()) {
			this.gate.loaded();
		}
	}

	private void loading() {
		if (this.gate.isReadable() && this.gate.loading().isDone()) {
			this.gate.beginLoad();
		}
		this.status.enter(StreamDbState.CATCHING_UP);
	}

	/**
	 * Drops what was read of a stream that is not there any more, so that the next load
	 * does not put another one on top of it.
	 */
	private void forgetStream() {
		if (this.everLoaded || !this.applier.offset().equals(ReadOptions.START)) {
			this.applier.startAnotherStream();
		}
		this.incarnation = null;
	}

	private void fail(FailedRead read, Throwable cause) {
		StreamDbFailedException failure = new StreamDbFailedException(read.reason(), read.message(), cause);
		switch (read.reason()) {
			case DELETED, NOT_FOUND -> forgetStream();
			case RETENTION -> this.applier.startFromWhatIsLeft(false);
			default -> {
				// The next load goes on where this one has ended.
			}
		}
		boolean deleted = read.reason() == FailureReason.DELETED && this.everLoaded;
		int probe;
		int probed;
		CompletableFuture<@Nullable Void> load;
		Runnable waitersTold;
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			// In one step: whoever sees the failure can load again at once, and nothing
			// of the failure comes over the new load.
			load = this.gate.fail(failure);
			this.status.noteFailure(read.reason(), failure);
			waitersTold = this.waiters.noteRefusal(failure);
			this.active = false;
			probe = ++this.probing;
			probed = deleted ? this.probes++ : 0;
		}
		finally {
			this.lock.unlock();
		}
		if (deleted) {
			probeLater(probe, probed);
		}
		this.status.tell();
		waitersTold.run();
		this.failed.run();
		load.completeExceptionally(failure);
	}

	/**
	 * Asks after a while whether a stream that was deleted is there again.
	 * @param probe the row of probes that it belongs to
	 * @param probed how often that was done in vain
	 */
	private void probeLater(int probe, int probed) {
		later(delay(probed), () -> probe(probe, probed));
	}

	private void probe(int probe, int probed) {
		if (!isProbed(probe)) {
			return;
		}
		head().whenComplete((metadata, refusal) -> {
			if (refusal == null) {
				recover(probe);
			}
			else if (isProbed(probe)) {
				probeLater(probe, probed + 1);
			}
		});
	}

	private CompletableFuture<StreamMetadata> head() {
		try {
			return this.stream.head();
		}
		catch (RejectedExecutionException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private CompletableFuture<StreamMetadata> create() {
		try {
			return this.stream.create(CreateOptions.json());
		}
		catch (RejectedExecutionException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private boolean isProbed(int probe) {
		this.lock.lock();
		try {
			return !this.closed && !this.active && probe == this.probing;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void recover(int probe) {
		this.lock.lock();
		try {
			if (this.closed || this.active || probe != this.probing) {
				return;
			}
			begin(StreamDbState.CATCHING_UP);
		}
		finally {
			this.lock.unlock();
		}
		logger.info("The stream {} is there again: StreamDB loads it anew", this.url);
		this.status.tell();
		start(new Attempt(false, true, ReadOptions.START));
	}

	private static Duration delay(int attempts) {
		Duration delay = FIRST_RESTART.multipliedBy(1L << Math.min(attempts, 10));
		return (delay.compareTo(LAST_RESTART) < 0) ? delay : LAST_RESTART;
	}

	private void complete() {
		StreamDbUnavailableException nothingMore = new StreamDbUnavailableException(
				"The stream " + this.url + " has been read to its end at offset " + this.applier.offset()
						+ ", and nothing more comes: what is waited for is not in it",
				null);
		Runnable waitersTold;
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			this.status.note(StreamDbState.COMPLETE);
			waitersTold = this.waiters.noteRefusal(nothingMore);
		}
		finally {
			this.lock.unlock();
		}
		this.status.tell();
		waitersTold.run();
		this.failed.run();
	}

	private void failed(Throwable failure, Attempt attempt) {
		if (failure instanceof StreamNotFoundException) {
			notFound(failure, attempt);
		}
		else if (failure instanceof StreamRecreatedException) {
			rebuild(failure, attempt, this::startAnotherStream);
		}
		else if (failure instanceof StreamGoneException gone) {
			gone(gone, attempt);
		}
		else if (failure instanceof MissingSnapshotException) {
			fail(FailedRead.notRetained(this.url, attempt.lostOffset), failure);
		}
		else if (FailedRead.isPassing(failure) && attempt.isSupervised()) {
			restart(failure, attempt);
		}
		else {
			fail(FailedRead.of(failure, this.url, this.applier.offset()), failure);
		}
	}

	private void notFound(Throwable failure, Attempt attempt) {
		if (attempt.mayCreate) {
			forgetStream();
			create().whenComplete((created, refusal) -> {
				Throwable cause = unwrapped(refusal);
				if (cause == null) {
					start(new Attempt(false, false, ReadOptions.START));
				}
				else {
					fail(FailedRead.notCreated(cause, this.url), cause);
				}
			});
		}
		else {
			fail(this.everLoaded ? FailedRead.deleted(this.url) : FailedRead.notFound(this.url), failure);
		}
	}

	/**
	 * Finds out whether the stream is gone, or is another one, or only no longer has what
	 * stands at the offset.
	 */
	private void gone(StreamGoneException failure, Attempt attempt) {
		String offset = this.applier.offset();
		head().whenComplete((metadata, refusal) -> {
			Throwable cause = unwrapped(refusal);
			if (cause instanceof StreamNotFoundException || cause instanceof StreamGoneException) {
				fail(FailedRead.deleted(this.url), failure);
			}
			else if (cause != null && FailedRead.isPassing(cause) && attempt.isSupervised()) {
				restart(cause, attempt);
			}
			else if (offset.equals(ReadOptions.START)) {
				fail(FailedRead.notRetained(this.url, attempt.lostOffset), failure);
			}
			else if (metadata != null && metadata.offset().compareTo(offset) < 0) {
				rebuild(failure, attempt, this::startAnotherStream);
			}
			else {
				rebuild(failure, attempt, (next) -> {
					this.applier.startFromWhatIsLeft(true);
					if (next.lostOffset.equals(ReadOptions.START)) {
						next.lostOffset = offset;
					}
				});
			}
		});
	}

	private void startAnotherStream(Attempt next) {
		this.applier.startAnotherStream();
		this.incarnation = null;
		next.lostOffset = ReadOptions.START;
	}

	/**
	 * Loads the stream from its start, and serves the old state meanwhile where there is
	 * one. One that has to be loaded again and again is given time.
	 */
	private void rebuild(Throwable reason, Attempt attempt, Consumer<Attempt> begin) {
		logger.info("StreamDB on {} loads its stream anew: {}", this.url, reason.getMessage());
		long now = this.threads.scheduling().nanoTime();
		boolean soon = this.rebuilds > 0 && now - this.lastRebuild < LAST_RESTART.toNanos();
		this.rebuilds = soon ? this.rebuilds + 1 : 1;
		this.lastRebuild = now;
		if (this.rebuilds > MAX_CONNECTS && !attempt.isSupervised()) {
			fail(FailedRead.of(reason, this.url, this.applier.offset()), reason);
			return;
		}
		Attempt next = new Attempt(false, attempt.isSupervised(), attempt.lostOffset);
		begin.accept(next);
		loading();
		if (this.rebuilds == 1) {
			start(next);
		}
		else {
			startLater(next, delay(this.rebuilds - 2), reason);
		}
	}

	/**
	 * Reads on after a while, when the client has given up on the connection.
	 */
	private void restart(Throwable failure, Attempt attempt) {
		this.status.retrying(failure);
		startLater(new Attempt(false, true, attempt.lostOffset), delay(this.restarts++), failure);
	}

	private void startLater(Attempt attempt, Duration delay, Throwable failure) {
		try {
			this.threads.scheduler().schedule(() -> start(attempt), delay.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			fail(FailedRead.of(failure, this.url, this.applier.offset()), failure);
		}
	}

	@Override
	public void missing() {
		StreamReader current;
		this.lock.lock();
		try {
			if (this.closed || !this.active || !this.everLoaded) {
				return;
			}
			this.replaced = true;
			current = this.reader;
		}
		finally {
			this.lock.unlock();
		}
		if (current != null) {
			current.close();
		}
	}

	@Override
	public void doubted(Consumer<StreamMetadata> same) {
		doubted(same, this.doubts.incrementAndGet(), 0);
	}

	private void doubted(Consumer<StreamMetadata> same, int doubt, int attempts) {
		String read = this.applier.offset();
		String followed = this.incarnation;
		head().whenComplete((metadata, refusal) -> {
			Throwable cause = unwrapped(refusal);
			if (cause instanceof StreamNotFoundException || cause instanceof StreamGoneException
					|| (metadata != null && isAnother(metadata, read, followed))) {
				missing();
			}
			else if (metadata != null) {
				same.accept(metadata);
			}
			else {
				later(delay(attempts), () -> {
					if (this.doubts.get() == doubt) {
						doubted(same, doubt, attempts + 1);
					}
				});
			}
		});
	}

	/**
	 * Returns whether a stream is another one than the one that was read when it was
	 * asked for, and still is.
	 */
	private boolean isAnother(StreamMetadata metadata, String read, @Nullable String followed) {
		if (followed != null && metadata.incarnation() != null) {
			return followed.equals(this.incarnation) && !followed.equals(metadata.incarnation());
		}
		return metadata.offset().compareTo(read) < 0;
	}

	private void later(Duration delay, Runnable task) {
		try {
			this.threads.scheduler().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("StreamDB on {} is closed and does not ask for its stream any more", this.url, ex);
		}
	}

	private boolean takeReplaced() {
		this.lock.lock();
		try {
			boolean taken = this.replaced;
			this.replaced = false;
			return taken;
		}
		finally {
			this.lock.unlock();
		}
	}

	private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
		Throwable cause = (failure instanceof CompletionException) ? failure.getCause() : null;
		return (cause != null) ? cause : failure;
	}

	/**
	 * One read, from its start to its end.
	 */
	private final class Attempt implements BatchHandler {

		private final boolean mayCreate;

		private final boolean supervised;

		/**
		 * Up to where the stream is visible of which only a part is left to be loaded.
		 */
		private String lostOffset;

		private boolean sawClosed;

		private volatile @Nullable ApplyThread applyThread;

		/**
		 * Creates a read.
		 * @param mayCreate whether a stream that is not found is created
		 * @param supervised whether nobody has asked for it, so that it goes on for ever
		 * @param lostOffset up to where the stream is visible of which it loads what is
		 * left, or {@link ReadOptions#START} when it loads or goes on with all of it
		 */
		Attempt(boolean mayCreate, boolean supervised, String lostOffset) {
			this.mayCreate = mayCreate;
			this.supervised = supervised;
			this.lostOffset = lostOffset;
		}

		/**
		 * Returns whether failures that pass are waited out.
		 */
		boolean isSupervised() {
			return this.supervised || StreamConsumer.this.gate.isReadable();
		}

		@Override
		public void incarnation(String name) {
			StreamConsumer.this.incarnation = name;
			StreamConsumer.this.applier.streamNamed(name);
		}

		@Override
		public void begin(String offset) {
			enter();
			if (StreamConsumer.this.status.state() == StreamDbState.CONNECTING) {
				StreamConsumer.this.status.enter(StreamDbState.CATCHING_UP);
			}
			StreamConsumer.this.applier.begin(offset);
		}

		@Override
		public void data(InputStream body) throws IOException {
			StreamConsumer.this.applier.data(body);
		}

		@Override
		public void end(BatchEnd end) {
			this.sawClosed |= end.closed();
			StreamConsumer.this.applier.end(end, StreamConsumer.this::upToDate);
			if (StreamConsumer.this.applier.isLoading()) {
				loading();
			}
			else {
				this.lostOffset = ReadOptions.START;
				visible(end);
			}
		}

		@Override
		public void abort(Throwable cause) {
			StreamConsumer.this.applier.abort();
		}

		@Override
		public void retrying(Throwable cause, int attempt) {
			enter();
			askForStream();
			StreamConsumer.this.counters.retries.increment();
			if (isSupervised()) {
				StreamConsumer.this.status.retrying(cause);
			}
			else if (attempt >= MAX_CONNECTS) {
				throw new GivenUpException(cause);
			}
		}

		@Override
		public void connected() {
			if (StreamConsumer.this.applier.isLoading()) {
				StreamConsumer.this.status.enter(StreamDbState.CATCHING_UP);
			}
		}

		private void enter() {
			if (this.applyThread == null) {
				ApplyThread entered = new ApplyThread(Thread.currentThread());
				this.applyThread = entered;
				StreamConsumer.this.gate.enter(entered);
			}
		}

		void ended(@Nullable Throwable failure) {
			StreamConsumer.this.applier.abort();
			try {
				if (takeReplaced()) {
					rebuild(new IllegalStateException("an append was answered by another stream, or by none"), this,
							StreamConsumer.this::startAnotherStream);
				}
				else if (failure instanceof GivenUpException givenUp) {
					failed(givenUp.reason(), this);
				}
				else if (failure != null) {
					failed(failure, this);
				}
				else if (this.sawClosed || StreamConsumer.this.live == LiveMode.OFF) {
					complete();
				}
			}
			finally {
				ApplyThread entered = this.applyThread;
				if (entered != null) {
					StreamConsumer.this.gate.leave(entered);
				}
			}
		}

	}

	/**
	 * Ends a read that cannot reach its server.
	 */
	private static final class GivenUpException extends RuntimeException {

		GivenUpException(Throwable reason) {
			super(reason);
		}

		Throwable reason() {
			Throwable cause = getCause();
			return (cause != null) ? cause : this;
		}

	}

}
