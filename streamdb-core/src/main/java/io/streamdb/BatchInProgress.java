package io.streamdb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.MergingEventHandler;
import io.streamdb.store.SyncedBatch;
import org.jspecify.annotations.Nullable;

/**
 * What one batch has brought so far. Counts only when the batch ends: one that breaks off
 * is dropped, and the same items come again.
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

	@Override
	public @Nullable String json(String type, String key) {
		return this.state.json(type, key);
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
		txid(event.headers().txid());
		this.state.apply(event, json);
		if (!this.listeners.isEmpty()) {
			this.listeners.tell((listener) -> listener.onEvent(event));
		}
	}

	@Override
	public void control(ControlEvent event) {
		this.controls++;
		if (event.control() == ControlEvent.Control.RESET) {
			this.resets++;
			this.state.reset();
		}
	}

	@Override
	public void invalid(InvalidEvent event) {
		if (this.invalid.size() < INVALID_LIMIT) {
			this.invalid.add(new InvalidItem(items(), event));
		}
		this.invalidCount++;
		String txid = event.txid();
		txid(txid);
		if (txid != null && this.txids.own().contains(txid)) {
			this.txids.ownInvalid().putIfAbsent(txid, event);
		}
	}

	@Override
	public void unknownType(String type, @Nullable String txid) {
		this.unknownTypes++;
		txid(txid);
	}

	@Override
	public void ignored() {
		this.ignored++;
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

		private final Set<TxIdHash> awaited = new HashSet<>();

		private final Set<String> own = new HashSet<>();

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

}
