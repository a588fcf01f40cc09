package io.streamdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.AccessGate.ApplyThread;
import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamGoneException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Follows the stream: starts reads, hands their batches to the {@link BatchApplier}, and
 * decides what becomes of the database when a read ends (SPEC M4, M9, M10).
 */
final class StreamConsumer {

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

	private int restarts;

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
			this.active = true;
			load = this.gate.beginLoad();
			this.waiters.accept();
			this.status.note(StreamDbState.CONNECTING);
		}
		finally {
			this.lock.unlock();
		}
		this.status.tell();
		start(new Attempt(this.createIfMissing && !this.everLoaded));
		return load;
	}

	private void start(Attempt attempt) {
		StreamReader started;
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			started = this.stream.read(new ReadOptions(this.applier.offset(), this.live), attempt);
			this.reader = started;
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

	private void fail(FailedRead read, Throwable cause) {
		StreamDbFailedException failure = new StreamDbFailedException(read.reason(), read.message(), cause);
		CompletableFuture<@Nullable Void> load;
		Runnable waitersTold;
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			if (read.startsAnew()) {
				this.applier.startAnew();
			}
			// In one step: whoever sees the failure can load again at once, and nothing
			// of the failure comes over the new load.
			load = this.gate.fail(failure);
			this.status.noteFailure(read.reason(), failure);
			waitersTold = this.waiters.noteRefusal(failure);
			this.active = false;
		}
		finally {
			this.lock.unlock();
		}
		this.status.tell();
		waitersTold.run();
		this.failed.run();
		load.completeExceptionally(failure);
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

	private void failed(Throwable failure, boolean mayCreate) {
		if (failure instanceof StreamNotFoundException) {
			notFound(failure, mayCreate);
		}
		else if (failure instanceof StreamGoneException gone) {
			gone(gone);
		}
		else if (FailedRead.isPassing(failure) && this.gate.isReadable()) {
			restart(failure);
		}
		else {
			fail(FailedRead.of(failure, this.url, this.applier.offset()), failure);
		}
	}

	private void notFound(Throwable failure, boolean mayCreate) {
		if (mayCreate) {
			this.stream.create(CreateOptions.json()).whenComplete((created, refusal) -> {
				Throwable cause = unwrapped(refusal);
				if (cause == null) {
					start(new Attempt(false));
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
	 * Finds out whether the stream is gone or only what stands at the offset.
	 */
	private void gone(StreamGoneException failure) {
		if (failure.status() != FailedRead.GONE) {
			fail(FailedRead.deleted(this.url), failure);
			return;
		}
		this.stream.head().whenComplete((metadata, refusal) -> {
			Throwable cause = unwrapped(refusal);
			boolean deleted = cause instanceof StreamNotFoundException || cause instanceof StreamGoneException;
			fail(deleted ? FailedRead.deleted(this.url) : FailedRead.notRetained(this.url, this.applier.offset()),
					failure);
		});
	}

	/**
	 * Reads on after a while, when the client has given up on the connection.
	 */
	private void restart(Throwable failure) {
		this.status.retrying(failure);
		long delay = Math.min(FIRST_RESTART.toMillis() << Math.min(this.restarts, 10), LAST_RESTART.toMillis());
		this.restarts++;
		try {
			this.threads.scheduler().schedule(() -> start(new Attempt(false)), delay, TimeUnit.MILLISECONDS);
		}
		catch (RejectedExecutionException ex) {
			fail(FailedRead.of(failure, this.url, this.applier.offset()), failure);
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

		private boolean sawClosed;

		private volatile @Nullable ApplyThread applyThread;

		Attempt(boolean mayCreate) {
			this.mayCreate = mayCreate;
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
			StreamConsumer.this.counters.retries.increment();
			if (StreamConsumer.this.gate.isReadable()) {
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
				if (failure instanceof GivenUpException givenUp) {
					failed(givenUp.reason(), false);
				}
				else if (failure != null) {
					failed(failure, this.mayCreate);
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
