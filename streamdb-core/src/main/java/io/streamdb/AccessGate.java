package io.streamdb;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.streamdb.client.LiveMode;
import io.streamdb.client.Scheduling;
import io.streamdb.client.StreamClosedException;
import io.streamdb.transaction.IllegalTransactionStateException;
import io.streamdb.transaction.StateGate;
import org.jspecify.annotations.Nullable;

/**
 * Says who may read, write and wait (SPEC M4, T9). Readers pass with one volatile read
 * once the first load is complete.
 */
final class AccessGate implements StateGate {

	private final String name;

	private final URI url;

	private final LiveMode live;

	private final Duration startTimeout;

	private final Supplier<StreamDbState> state;

	private final Scheduling scheduling;

	private final Runnable writeCheck;

	/** Changed as a whole, so that nobody sees a load without what came before it. */
	private volatile Access access = new Access(false, null, new CompletableFuture<>());

	private volatile boolean closing;

	private volatile boolean closed;

	private final AtomicReference<@Nullable ApplyThread> applyThread = new AtomicReference<>();

	private final ThreadLocal<Boolean> helping = ThreadLocal.withInitial(() -> Boolean.FALSE);

	/**
	 * Creates a gate that nobody may pass yet.
	 * @param url the stream
	 * @param live how it is followed
	 * @param startTimeout how long a load is waited for
	 * @param state the state of the database
	 * @param scheduling how threads wait
	 * @param writeCheck refuses writers for another reason
	 */
	AccessGate(URI url, LiveMode live, Duration startTimeout, Supplier<StreamDbState> state, Scheduling scheduling,
			Runnable writeCheck) {
		this.scheduling = scheduling;
		this.writeCheck = writeCheck;
		this.name = "StreamDB on " + url;
		this.url = url;
		this.live = live;
		this.startTimeout = startTimeout;
		this.state = state;
	}

	/**
	 * A load begins: readers wait for it, unless an older state is served meanwhile.
	 * @return completes with the load; internal, so nobody's code depends on it
	 */
	CompletableFuture<@Nullable Void> beginLoad() {
		CompletableFuture<@Nullable Void> begun = new CompletableFuture<>();
		this.access = new Access(this.access.readable(), null, begun);
		if (this.closed) {
			begun.completeExceptionally(closedException());
		}
		return begun;
	}

	CompletableFuture<@Nullable Void> loading() {
		return this.access.loading();
	}

	/**
	 * Lets readers pass, now that the first load is visible.
	 */
	void open() {
		this.access = new Access(true, null, this.access.loading());
	}

	/**
	 * Tells those who wait for the load.
	 */
	void loaded() {
		this.access.loading().complete(null);
	}

	/**
	 * Refuses readers and writers, because the database has failed.
	 * @param cause why
	 * @return the load, to be failed by the caller when it can be begun again
	 */
	CompletableFuture<@Nullable Void> fail(StreamDbFailedException cause) {
		CompletableFuture<@Nullable Void> load = this.access.loading();
		this.access = new Access(false, cause, load);
		return load;
	}

	/**
	 * Refuses transactions from now on.
	 */
	void beginClose() {
		this.closing = true;
	}

	void close() {
		this.closed = true;
		this.access.loading().completeExceptionally(closedException());
	}

	StreamDbUnavailableException closedException() {
		return new StreamDbUnavailableException("StreamDB closed: " + this.name + " is no longer at hand", null);
	}

	/**
	 * Notes which thread applies batches now.
	 * @param current the thread, as one read knows it
	 */
	void enter(ApplyThread current) {
		this.applyThread.set(current);
	}

	/**
	 * Notes that a read is over. The next one may have begun already, perhaps on the same
	 * thread of a pool, so only the mark of this read goes.
	 * @param finished what the read entered
	 */
	void leave(ApplyThread finished) {
		this.applyThread.compareAndSet(finished, null);
	}

	boolean isApplyThread() {
		ApplyThread current = this.applyThread.get();
		return (current != null && Thread.currentThread() == current.thread) || this.helping.get();
	}

	/**
	 * Runs a task that the apply thread may come to wait for, and that must wait for the
	 * database no more than that thread itself.
	 * @param task the task
	 */
	void helpApplyThread(Runnable task) {
		this.helping.set(Boolean.TRUE);
		try {
			task.run();
		}
		finally {
			this.helping.remove();
		}
	}

	/**
	 * Whether the first load is complete and nothing has failed since.
	 */
	boolean isReadable() {
		return this.access.readable();
	}

	@Override
	public void awaitReadable() {
		if (!this.access.readable() || this.closed) {
			awaitLoad("read");
		}
	}

	@Override
	public void awaitWritable() {
		if (this.closing) {
			throw closedException();
		}
		if (this.live == LiveMode.OFF) {
			throw new IllegalTransactionStateException(
					this.name + " reads its stream once and is read-only (live mode OFF); follow the stream to write",
					null);
		}
		if (!this.access.readable()) {
			awaitLoad("written");
		}
		this.writeCheck.run();
		if (this.state.get() == StreamDbState.COMPLETE) {
			throw new StreamClosedException(
					"The stream " + this.url + " is closed: it can be read, and nothing more can" + " be written",
					this.url, 0, null, null);
		}
	}

	private void awaitLoad(String what) {
		if (this.closed) {
			throw closedException();
		}
		Access now = this.access;
		StreamDbFailedException failed = now.failure();
		if (failed != null) {
			throw new StreamDbFailedException(failed.reason(),
					"It cannot be " + what + ", because it has failed: " + failed.getMessage(), failed);
		}
		switch (this.state.get()) {
			case IDLE -> throw new StreamDbUnavailableException(
					this.name + " cannot be " + what + " before preload(): call it first, and wait for it", null);
			default -> {
				if (isApplyThread()) {
					throw new StreamDbUnavailableException(this.name + " cannot be " + what
							+ " by a listener before the first load is complete: nothing is visible yet", null);
				}
				awaitLoad(now.loading(), what);
			}
		}
	}

	private void awaitLoad(CompletableFuture<@Nullable Void> load, String what) {
		try {
			this.scheduling.await(load, this.startTimeout);
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof StreamDbFailedException failed) {
				throw new StreamDbFailedException(failed.reason(),
						"It cannot be " + what + ", because it has failed: " + failed.getMessage(), failed);
			}
			throw new StreamDbUnavailableException(this.name + " cannot be " + what + ": " + ex.getCause().getMessage(),
					ex.getCause());
		}
		catch (TimeoutException ex) {
			throw new StreamDbUnavailableException(
					this.name + " cannot be " + what + " yet: its first load has taken more than " + this.startTimeout
							+ " (state " + this.state.get() + ")",
					ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new StreamDbUnavailableException("Interrupted while waiting for the first load of " + this.name, ex);
		}
	}

	/**
	 * Who may pass, and what the others wait for.
	 *
	 * @param readable whether a state is visible that may be read
	 * @param failure why there is none, or {@code null}
	 * @param loading completes with the load
	 */
	private record Access(boolean readable, @Nullable StreamDbFailedException failure,
			CompletableFuture<@Nullable Void> loading) {
	}

	/**
	 * The thread of one read. Two reads are never equal, even on one thread.
	 */
	static final class ApplyThread {

		private final Thread thread;

		ApplyThread(Thread thread) {
			this.thread = thread;
		}

	}

	@Override
	public void checkMayWait() {
		if (isApplyThread()) {
			throw new IllegalTransactionStateException("Waiting on the apply thread of " + this.name
					+ " would never end, since this thread makes visible what is waited for; wait on another thread",
					null);
		}
	}

}
