package io.streamdb;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.streamdb.HeldRun.HeldEvent;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MergingEventHandler;
import io.streamdb.store.SyncedBatch;
import org.jspecify.annotations.Nullable;

/**
 * What one batch has brought so far. Counts only when the batch ends: one that breaks off
 * is dropped, and the same items come again.
 * <p>
 * Changes of a load go straight into the builders, since nothing of it is visible before
 * its end. Of what is followed live, the events of a txid are {@linkplain HeldRun held}
 * until something else follows them: the last ones perhaps beyond the end of the batch.
 */
final class BatchInProgress implements MergingEventHandler {

	/** How many invalid events of one batch are told of; further ones are counted. */
	static final int INVALID_LIMIT = 10_000;

	private final SyncedBatch state;

	private final Listeners listeners;

	private final Predicate<String> ownTxids;

	private final Predicate<TxIdHash> awaitedTxids;

	private final BatchTxIds txids;

	private final List<InvalidItem> invalid = new ArrayList<>(0);

	private @Nullable String lastTxid;

	/** Whether events are held; {@code null} in a load. */
	private @Nullable Holding holding;

	/** The events at the end that may go on. */
	private @Nullable HeldRun run;

	/** How much was read, and how much of it before the last item. */
	private long bytes;

	private long bytesBefore;

	private boolean applied;

	/** Whether nothing but a snapshot may come first. */
	private boolean snapshotExpected;

	/** Whether a snapshot replaces what it does not name. */
	private boolean snapshotsReplace;

	private long events;

	private long unknownTypes;

	private long ignored;

	private long controls;

	private long resets;

	private long invalidCount;

	BatchInProgress(SyncedBatch state, Listeners listeners, Predicate<String> ownTxids,
			Predicate<TxIdHash> awaitedTxids, int remembered) {
		this.state = state;
		this.listeners = listeners;
		this.ownTxids = ownTxids;
		this.awaitedTxids = awaitedTxids;
		this.txids = new BatchTxIds(remembered);
	}

	/**
	 * Holds the events of a txid until their run ends.
	 * @param how what is held
	 * @param carried the run at the end of the last batch, which may go on
	 */
	void hold(Holding how, @Nullable HeldRun carried) {
		this.holding = how;
		this.run = carried;
	}

	/**
	 * Takes snapshots for the whole state of their types.
	 */
	void replaceBySnapshots() {
		this.snapshotsReplace = true;
	}

	/**
	 * Refuses everything before a snapshot.
	 */
	void expectSnapshot() {
		this.snapshotExpected = true;
	}

	/**
	 * Returns whether a snapshot has to come, and has not.
	 */
	boolean isSnapshotExpected() {
		return this.snapshotExpected;
	}

	/**
	 * Counts what is read of a body.
	 */
	InputStream counted(InputStream body) {
		return new CountedBody(body);
	}

	@Override
	public @Nullable String json(String type, String key) {
		HeldEvent held = (this.run != null) ? this.run.last(type, key) : null;
		return (held != null) ? held.json() : this.state.json(type, key);
	}

	@Override
	public void change(ChangeEvent<?> event) {
		apply(event, null);
	}

	@Override
	public void change(ChangeEvent<?> event, String json) {
		apply(event, json);
	}

	private void apply(ChangeEvent<?> event, @Nullable String json) {
		this.events++;
		long size = nextItem();
		HeldRun held = heldRun(event.headers().txid());
		if (held == null) {
			this.applied = true;
			this.state.apply(event, json);
		}
		else {
			held.add(event, json, size);
			checkLimit(held);
		}
		if (!this.listeners.isEmpty()) {
			this.listeners.tell((listener) -> listener.onEvent(event));
		}
	}

	@Override
	public void control(ControlEvent event) {
		if (event.control() == ControlEvent.Control.SNAPSHOT_START) {
			this.snapshotExpected = false;
		}
		nextItem();
		this.controls++;
		endRun();
		switch (event.control()) {
			case RESET -> {
				this.resets++;
				// From here on it is a load: nothing is visible before its end.
				this.holding = null;
				this.applied = true;
				this.state.reset();
			}
			case SNAPSHOT_START -> {
				if (this.snapshotsReplace) {
					this.applied = true;
					this.state.beginSnapshot();
				}
			}
			case SNAPSHOT_END -> {
				if (this.snapshotsReplace) {
					this.applied = true;
					this.state.endSnapshot();
				}
			}
		}
	}

	@Override
	public void invalid(InvalidEvent event) {
		if (this.invalid.size() < INVALID_LIMIT) {
			this.invalid.add(new InvalidItem(items(), event.shortened()));
		}
		this.invalidCount++;
		long size = nextItem();
		String key = event.key();
		if (key != null && this.state.name(event.type(), key)) {
			this.applied = true;
		}
		String txid = event.txid();
		HeldRun held = heldRun(txid);
		if (held != null) {
			held.add(event, size);
			checkLimit(held);
		}
		else if (this.run != null && txid != null) {
			this.run.add(event, 0);
		}
		else {
			invalid(txid, event);
		}
	}

	private void invalid(@Nullable String txid, @Nullable InvalidEvent event) {
		if (event != null && txid != null && this.txids.own().contains(txid)) {
			this.txids.ownInvalid().putIfAbsent(txid, event);
		}
	}

	@Override
	public void unknownType(String type, @Nullable String txid) {
		this.unknownTypes++;
		long size = nextItem();
		HeldRun held = heldRun(txid);
		if (held != null) {
			held.add(null, size);
			checkLimit(held);
		}
	}

	@Override
	public void ignored() {
		this.ignored++;
		nextItem();
		endRun();
	}

	/**
	 * Finds the run that an item belongs to, and ends the one that it does not belong to.
	 * @param txid the txid of the item
	 * @return the run that it has to be added to, or {@code null} when it counts at once
	 */
	private @Nullable HeldRun heldRun(@Nullable String txid) {
		Holding how = this.holding;
		if (how == null) {
			txid(txid);
			return null;
		}
		HeldRun open = this.run;
		if (open != null && open.txid().equals(txid)) {
			return open.isReleased() ? null : open;
		}
		endRun();
		if (txid == null) {
			return null;
		}
		open = new HeldRun(txid, how.since(), how.merging());
		this.run = open;
		return open;
	}

	private void endRun() {
		HeldRun ended = this.run;
		if (ended != null) {
			this.run = null;
			apply(ended);
			txid(ended.txid());
			invalid(ended.txid(), ended.invalid());
		}
	}

	private void apply(HeldRun open) {
		this.applied = true;
		if (!open.isReleased()) {
			open.events().forEach((held) -> this.state.apply(held.event(), held.json()));
		}
	}

	private void checkLimit(HeldRun open) {
		Holding how = this.holding;
		if (how != null && open.bytes() > how.limit()) {
			apply(open);
			open.release();
		}
	}

	/**
	 * Notes the next item.
	 * @return how much was read since the last one, which is about its length: the parser
	 * reads ahead
	 */
	private long nextItem() {
		if (this.snapshotExpected) {
			throw new MissingSnapshotException();
		}
		long item = this.bytes - this.bytesBefore;
		this.bytesBefore = this.bytes;
		return item;
	}

	/**
	 * Ends the batch at a place where nothing goes on.
	 */
	void upToDate() {
		endRun();
	}

	/**
	 * Returns the events at the end of the batch that may go on in the next one.
	 * @return the run, or {@code null} when there is none
	 */
	@Nullable HeldRun run() {
		return this.run;
	}

	/**
	 * Returns whether there is anything to publish.
	 */
	boolean isApplied() {
		return this.applied;
	}

	private void txid(@Nullable String txid) {
		if (txid == null || txid.equals(this.lastTxid)) {
			return;
		}
		this.lastTxid = txid;
		TxIdHash hash = TxIdHash.of(txid);
		this.txids.log().add(hash);
		if (this.awaitedTxids.test(hash)) {
			this.txids.awaited().add(hash);
		}
		if (this.ownTxids.test(txid)) {
			this.txids.own().add(txid);
		}
	}

	SyncedBatch state() {
		return this.state;
	}

	BatchTxIds txids() {
		return this.txids;
	}

	List<InvalidItem> invalid() {
		return this.invalid;
	}

	long invalidCount() {
		return this.invalidCount;
	}

	/**
	 * Returns how many items the batch has, of whatever sort.
	 */
	long items() {
		return this.events + this.unknownTypes + this.ignored + this.controls + this.invalidCount;
	}

	boolean isEmpty() {
		return items() == 0;
	}

	void addTo(EngineCounters counters) {
		counters.batches.increment();
		counters.events.add(this.events);
		counters.unknownTypeEvents.add(this.unknownTypes);
		counters.ignoredItems.add(this.ignored);
		counters.controlEvents.add(this.controls);
		counters.resets.add(this.resets);
	}

	/**
	 * How events are held.
	 *
	 * @param since the offset before the batch
	 * @param merging whether values are merged
	 * @param limit how many bytes of a run are held
	 */
	record Holding(String since, boolean merging, long limit) {
	}

	/**
	 * An invalid event of the batch.
	 *
	 * @param index how many items of the batch come before it
	 * @param event what is known of it
	 */
	record InvalidItem(long index, InvalidEvent event) {
	}

	/**
	 * The txids of a batch, or of a load of several.
	 */
	static final class BatchTxIds {

		private final TxIdLog log;

		private final Set<TxIdHash> awaited = new LinkedHashSet<>();

		private final Set<String> own = new LinkedHashSet<>();

		private final Map<String, InvalidEvent> ownInvalid = new HashMap<>(0);

		BatchTxIds(int remembered) {
			this.log = new TxIdLog(remembered);
		}

		/**
		 * All of them, as far as they are remembered.
		 */
		TxIdLog log() {
			return this.log;
		}

		/**
		 * Those that somebody waits for, which are never forgotten.
		 */
		Set<TxIdHash> awaited() {
			return this.awaited;
		}

		/**
		 * Those of pending transactions of this process.
		 */
		Set<String> own() {
			return this.own;
		}

		/**
		 * The first invalid event of each of those that have one.
		 */
		Map<String, InvalidEvent> ownInvalid() {
			return this.ownInvalid;
		}

		void addAll(BatchTxIds later) {
			this.log.addAll(later.log);
			this.awaited.addAll(later.awaited);
			this.own.addAll(later.own);
			later.ownInvalid.forEach(this.ownInvalid::putIfAbsent);
		}

	}

	/**
	 * Counts what is read.
	 */
	private final class CountedBody extends FilterInputStream {

		CountedBody(InputStream body) {
			super(body);
		}

		@Override
		public int read() throws IOException {
			int next = super.read();
			BatchInProgress.this.bytes += (next < 0) ? 0 : 1;
			return next;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			int count = super.read(target, offset, length);
			BatchInProgress.this.bytes += Math.max(count, 0);
			return count;
		}

	}

}
