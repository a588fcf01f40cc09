package io.streamdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;

import io.streamdb.BatchInProgress.BatchTxIds;
import io.streamdb.BatchInProgress.Holding;
import io.streamdb.ChangeSubscriptions.Audience;
import io.streamdb.client.BatchEnd;
import io.streamdb.client.ReadOptions;
import io.streamdb.client.StreamParseException;
import io.streamdb.event.DecodingThreads;
import io.streamdb.event.MalformedBodyException;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedCommit;
import io.streamdb.store.SyncedState;
import io.streamdb.transaction.TransactionPipeline;
import org.jspecify.annotations.Nullable;

/**
 * Turns batches into commits. Events are decoded straight into the builders of a batch;
 * at its end the batch is published as a whole, or dropped when it breaks off.
 * <p>
 * A load (the first one, and what follows a {@code reset}) is carried aside from batch to
 * batch, and takes the place of the published state when the stream is up to date (SPEC
 * M4, M8). What follows the stream live is published batch by batch, but for the events
 * of a txid at the end of a batch: they wait until it is known that no more of them come
 * (SPEC M5), so the position of the reader may be ahead of the published offset. For the
 * read and what follows its end, one at a time: see {@link StreamConsumer}.
 */
final class BatchApplier {

	/** How many txids are remembered (SPEC M7). */
	static final int REMEMBERED_TXIDS = 1_000_000;

	private static final Runnable NOTHING = () -> {
	};

	private final URI url;

	private final StateSchema schema;

	private final StateStore store;

	private final TransactionPipeline transactions;

	private final StateWaiters waiters;

	private final ChangeSubscriptions subscriptions;

	private final Quarantine quarantine;

	private final Listeners listeners;

	private final EngineCounters counters;

	private final UpdateMode updateMode;

	private final SnapshotMode snapshotMode;

	private final InvalidEventGuard guard;

	private final Clock clock;

	private final long heldRunLimit;

	private final DecodingThreads loadThreads;

	private @Nullable Load load;

	/** The end of the last batch that counts. */
	private volatile String position = ReadOptions.START;

	/** The events at that end that may go on. */
	private @Nullable HeldRun held;

	private @Nullable BatchInProgress batch;

	BatchApplier(URI url, StateSchema schema, StateStore store, TransactionPipeline transactions, StateWaiters waiters,
			ChangeSubscriptions subscriptions, Quarantine quarantine, Listeners listeners, EngineCounters counters,
			UpdateMode updateMode, SnapshotMode snapshotMode, InvalidEventGuard guard, Clock clock, long heldRunLimit,
			DecodingThreads loadThreads) {
		this.url = url;
		this.schema = schema;
		this.store = store;
		this.transactions = transactions;
		this.waiters = waiters;
		this.subscriptions = subscriptions;
		this.quarantine = quarantine;
		this.listeners = listeners;
		this.counters = counters;
		this.updateMode = updateMode;
		this.snapshotMode = snapshotMode;
		this.guard = guard;
		this.clock = clock;
		this.heldRunLimit = heldRunLimit;
		this.loadThreads = loadThreads;
		this.load = new Load(store.empty(), new BatchTxIds(REMEMBERED_TXIDS), false, false);
	}

	/**
	 * Returns from where to read on.
	 * @return the end of the last batch that counts
	 */
	String offset() {
		return this.position;
	}

	/**
	 * Returns whether batches are carried aside, until the stream is up to date.
	 * @return whether this is the first load, or one after a {@code reset}
	 */
	boolean isLoading() {
		return this.load != null;
	}

	/**
	 * Loads from the start, because another stream has taken the place of the one that
	 * was read.
	 */
	void startAnotherStream() {
		this.transactions.streamReplaced();
		startAnew(true, false);
	}

	/**
	 * Loads what is left of the stream, since what follows the position is not.
	 * @param whole whether that has to be a whole state, which begins with a snapshot
	 */
	void startFromWhatIsLeft(boolean whole) {
		Load current = this.load;
		startAnew(current != null && current.another(), whole);
	}

	private void startAnew(boolean another, boolean snapshot) {
		batchEnded();
		this.guard.startAnew();
		this.position = ReadOptions.START;
		hold(null);
		this.load = new Load(this.store.empty(), new BatchTxIds(REMEMBERED_TXIDS), another, snapshot);
	}

	/**
	 * Notes that the stream is about to be read, and not known which one it is.
	 */
	void streamAsked() {
		this.transactions.streamAsked();
	}

	/**
	 * Notes which incarnation of the stream is read.
	 */
	void streamNamed(String incarnation) {
		this.transactions.streamNamed(incarnation);
	}

	void begin(String offset) {
		Load current = this.load;
		SyncedState base = (current != null) ? current.state() : this.store.synced();
		if (current != null && this.position.equals(ReadOptions.START)) {
			this.transactions.streamBegun();
		}
		this.transactions.batch(true);
		this.batch = new BatchInProgress(this.store.batch(base, current != null), this.listeners,
				this.transactions::isPending, this.waiters::isAwaited, REMEMBERED_TXIDS);
		if (this.snapshotMode == SnapshotMode.REPLACE) {
			this.batch.replaceBySnapshots();
		}
		if (current == null) {
			this.batch.hold(new Holding(this.position, this.updateMode == UpdateMode.MERGE, this.heldRunLimit),
					this.held);
		}
		else if (current.snapshot()) {
			this.batch.expectSnapshot();
		}
		this.listeners.tell((listener) -> listener.beforeBatch(offset));
	}

	void data(InputStream body) throws IOException {
		BatchInProgress current = current();
		boolean loading = this.load != null;
		InputStream source = loading ? body : current.counted(body);
		try {
			if (this.updateMode == UpdateMode.MERGE) {
				this.schema.decodeMerging(source, current);
			}
			else if (loading) {
				this.schema.decode(source, current, this.loadThreads);
			}
			else {
				this.schema.decode(source, current);
			}
		}
		catch (MalformedBodyException ex) {
			throw new StreamParseException(
					"The body of " + this.url + " after offset " + offset() + " cannot be read: " + ex.getMessage(),
					this.url, 0, offset(), ex);
		}
	}

	void abort() {
		batchEnded();
		if (this.held != null) {
			this.held.restore();
		}
	}

	/**
	 * Ends the batch.
	 * @param end where
	 * @param published called when the visible state is complete up to the tail, before
	 * anybody is told of it, and perhaps under the commit lock
	 */
	void end(BatchEnd end, Runnable published) {
		BatchInProgress ended = current();
		batchEnded();
		boolean upToDate = end.upToDate() || end.closed();
		if (upToDate && ended.isSnapshotExpected()) {
			throw new MissingSnapshotException();
		}
		this.guard.check(ended, end.offset());
		if (this.load == null && this.held == null && ended.isEmpty() && end.offset().equals(this.position)) {
			if (upToDate) {
				published.run();
			}
			this.listeners.tell((listener) -> listener.afterBatch(end.offset(), upToDate));
			return;
		}
		Instant now = this.clock.instant();
		if (upToDate) {
			ended.upToDate();
		}
		HeldRun open = ended.run();
		Runnable counts = () -> {
			hold(open);
			this.guard.applied(ended.items());
			this.position = end.offset();
		};
		String complete = (open != null) ? open.since() : end.offset();
		ended.addTo(this.counters);
		quarantine(ended, end.offset(), now);
		SyncedCommit commit = ended.state().seal(end.offset(), complete);
		boolean visible;
		if (commit.isReplacing()) {
			visible = load(commit, ended, upToDate, counts, published);
		}
		else {
			visible = upToDate || ended.isApplied() || !complete.equals(this.store.synced().offset());
			if (visible) {
				publish(commit, ended.txids(), counts, upToDate ? published : NOTHING);
			}
			else {
				counts.run();
			}
		}
		ended.invalid()
			.forEach((item) -> this.listeners
				.tell((listener) -> listener.onInvalidEvent(item.event(), end.offset(), now)));
		if (visible) {
			this.listeners.tell((listener) -> listener.afterBatch(complete, upToDate));
		}
	}

	private void hold(@Nullable HeldRun open) {
		if (open != null && open.keep()) {
			this.counters.releasedRuns.increment();
		}
		this.held = open;
		this.counters.heldBytes = (open != null && !open.isReleased()) ? open.bytes() : 0;
	}

	private boolean load(SyncedCommit commit, BatchInProgress ended, boolean upToDate, Runnable counts,
			Runnable published) {
		Load before = this.load;
		BatchTxIds txids = ended.txids();
		boolean another = false;
		if (before != null) {
			before.txids().addAll(txids);
			txids = before.txids();
			another = before.another();
		}
		if (!upToDate) {
			counts.run();
			this.load = new Load(commit.state(), txids, another, ended.isSnapshotExpected());
			return false;
		}
		if (another) {
			this.waiters.forgetStream();
		}
		publish(commit, txids, counts, published);
		return true;
	}

	/**
	 * Publishes a commit. In one step with that the batch counts, so that whatever fails
	 * before it or after it, the next read goes on where the published state ends.
	 */
	private void publish(SyncedCommit commit, BatchTxIds txids, Runnable counts, Runnable published) {
		SyncedState before = this.store.synced();
		Publication publication = new Publication();
		this.transactions.commitSynced(commit, txids.own(), txids.ownInvalid(), (version) -> {
			counts.run();
			this.load = null;
			publication.version = version;
			publication.audience = this.subscriptions.published();
			published.run();
		});
		this.waiters.visible(txids.log(), txids.awaited(), String.valueOf(commit.state().offset()));
		if (publication.audience != null) {
			publication.audience.tell(commit, before, publication.version);
		}
	}

	private void quarantine(BatchInProgress ended, String offset, Instant now) {
		ended.invalid().forEach((item) -> this.quarantine.add(new QuarantinedEvent(offset, now, item.event())));
		this.quarantine.addUntold(ended.invalidCount() - ended.invalid().size());
	}

	private void batchEnded() {
		this.batch = null;
		this.transactions.batch(false);
	}

	private BatchInProgress current() {
		BatchInProgress current = this.batch;
		if (current == null) {
			throw new IllegalStateException("The reader of " + this.url + " told of data outside of a batch");
		}
		return current;
	}

	/**
	 * A load that is not complete yet.
	 *
	 * @param state what was loaded so far
	 * @param txids the txids in it
	 * @param another whether it is of another stream than the published state
	 * @param snapshot whether it has to begin with a snapshot, and has not begun
	 */
	private record Load(SyncedState state, BatchTxIds txids, boolean another, boolean snapshot) {
	}

	/**
	 * What was noted under the commit lock.
	 */
	private static final class Publication {

		private long version;

		private @Nullable Audience audience;

	}

}
