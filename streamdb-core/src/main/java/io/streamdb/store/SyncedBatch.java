package io.streamdb.store;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.store.WrittenOrigin.BatchOffset;
import org.jspecify.annotations.Nullable;

/**
 * One batch of the stream on its way to become a commit (SPEC M3, M5): events go straight
 * into one builder per collection, on top of an immutable state. Dropping the batch
 * leaves nothing behind. For one thread. Part of the engine.
 */
public final class SyncedBatch {

	private final CollectionLayout layout;

	private final SyncedState base;

	private final BatchOffset offset = new BatchOffset();

	private final RowMap.@Nullable Builder[] builders;

	private @Nullable TouchedKeys touched;

	private boolean replacing;

	private long nextSequence;

	private @Nullable WrittenOrigin origin;

	private @Nullable EventHeaders originHeaders;

	private @Nullable SnapshotWindow window;

	private String type = "";

	private int ordinal = -1;

	SyncedBatch(CollectionLayout layout, SyncedState base, boolean replacing) {
		this.layout = layout;
		this.base = base;
		this.builders = new RowMap.Builder[layout.size()];
		this.replacing = replacing;
		this.touched = replacing ? null : new TouchedKeys(layout.size());
		this.nextSequence = base.nextSequence();
		SnapshotWindow open = base.window();
		this.window = (open != null) ? open.copy() : null;
	}

	/**
	 * Returns the JSON of the value that a key has by now.
	 * @param type the event type of a collection of the schema
	 * @param key the key
	 * @return the JSON that {@link #apply(ChangeEvent, String)} was given, or
	 * {@code null} when there is no row, or none with its JSON
	 */
	public @Nullable String json(String type, String key) {
		RowCell<?> row = builder(ordinal(type)).get(new RowKey(key));
		return (row instanceof JsonCell<?> cell) ? cell.json() : null;
	}

	/**
	 * Applies an event: insert, update and upsert store the value as a whole, a delete
	 * removes it, whether or not the key is there (SPEC M3).
	 * @param event a valid event of a collection of the schema
	 */
	public void apply(ChangeEvent<?> event) {
		apply(event, null);
	}

	/**
	 * Applies an event, and keeps the JSON of its value in the row.
	 * @param event a valid event of a collection of the schema
	 * @param json the JSON, or {@code null} to keep none
	 */
	public void apply(ChangeEvent<?> event, @Nullable String json) {
		int target = ordinal(event.type());
		if (this.window != null) {
			this.window.seen().set(target);
		}
		RowMap.Builder builder = builder(target);
		WrittenOrigin writer = origin(event);
		Object value = event.value();
		if (event.headers().operation() == Operation.DELETE || value == null) {
			if (builder instanceof RowLoad load) {
				load.drop(new RowKey(event.key()));
				return;
			}
			RowCell<?> previous = builder.remove(new RowKey(event.key()));
			if (previous != null && this.touched != null) {
				this.touched.add(target, previous.key(), previous, null, writer);
			}
			return;
		}
		RowCell<Object> row = (json != null) ? new JsonCell<>(event.key(), value, this.nextSequence, writer, json)
				: new RowCell<>(event.key(), value, this.nextSequence, writer);
		if (builder instanceof RowLoad load) {
			load.store(row);
			this.nextSequence++;
			return;
		}
		RowCell<?> previous = builder.put(row);
		if (previous == null) {
			this.nextSequence++;
		}
		else {
			row.sequence(previous.sequence());
		}
		if (this.touched != null) {
			this.touched.add(target, row.key(), previous, row, writer);
		}
	}

	/**
	 * Drops what was synced; what follows builds the new state (SPEC M8).
	 */
	public void reset() {
		this.replacing = true;
		this.touched = null;
		this.window = null;
		for (int i = 0; i < this.builders.length; i++) {
			this.builders[i] = builder(RowMap.empty());
		}
	}

	/**
	 * Begins a snapshot: what is there now and is not named until its
	 * {@linkplain #endSnapshot() end} is removed then (SPEC M8).
	 */
	public void beginSnapshot() {
		RowMap[] before = this.base.collections();
		for (int i = 0; i < before.length; i++) {
			RowMap.Builder builder = this.builders[i];
			if (builder != null) {
				before[i] = builder.build();
				this.builders[i] = builder(before[i]);
			}
		}
		this.window = new SnapshotWindow(before, new BitSet());
	}

	/**
	 * Notes that a snapshot names a key without a value that could be stored.
	 * @param type the event type of a collection of the schema
	 * @param key the key
	 * @return whether a snapshot is being read
	 */
	public boolean name(String type, String key) {
		SnapshotWindow open = this.window;
		if (open == null) {
			return false;
		}
		int target = ordinal(type);
		open.seen().set(target);
		RowMap.Builder builder = builder(target);
		RowKey rowKey = new RowKey(key);
		RowCell<?> row = builder.get(rowKey);
		if (row != null && row == open.before()[target].get(rowKey)) {
			builder.put(row.copy());
		}
		return true;
	}

	/**
	 * Ends a snapshot. Without its beginning it means nothing.
	 */
	public void endSnapshot() {
		SnapshotWindow open = this.window;
		this.window = null;
		if (open == null) {
			return;
		}
		WrittenOrigin writer = WrittenOrigin.of(this.offset, new EventHeaders(Operation.DELETE));
		open.seen().stream().forEach((target) -> {
			RowMap.Builder builder = builder(target);
			for (RowCell<?> row : open.before()[target]) {
				if (builder.get(row) == row) {
					builder.remove(row);
					if (this.touched != null) {
						this.touched.add(target, row.key(), row, null, writer);
					}
				}
			}
		});
	}

	/**
	 * Returns whether the result replaces the visible state instead of following it.
	 * @return whether there was a {@link #reset()}, or the batch continues a load
	 */
	public boolean isReplacing() {
		return this.replacing;
	}

	/**
	 * Ends the batch.
	 * @param endOffset its end offset
	 * @return the commit, to be published or carried aside
	 */
	public SyncedCommit seal(String endOffset) {
		return seal(endOffset, endOffset);
	}

	/**
	 * Ends the batch without its last events, which are not applied yet.
	 * @param endOffset its end offset, for the rows that it wrote
	 * @param completeOffset up to where nothing is missing in the state after it
	 * @return the commit, to be published or carried aside
	 */
	public SyncedCommit seal(String endOffset, String completeOffset) {
		this.offset.set(endOffset);
		RowMap[] collections = this.base.collections();
		for (int i = 0; i < collections.length; i++) {
			RowMap.Builder builder = this.builders[i];
			if (builder != null) {
				collections[i] = builder.build();
				this.builders[i] = null;
			}
		}
		SyncedState state = new SyncedState(completeOffset, collections, this.nextSequence, this.window);
		return new SyncedCommit(this.layout, state, this.touched);
	}

	private RowMap.Builder builder(int target) {
		RowMap.Builder builder = this.builders[target];
		if (builder == null) {
			builder = builder(this.base.collection(target));
			this.builders[target] = builder;
		}
		return builder;
	}

	private RowMap.Builder builder(RowMap rows) {
		RowMap.Builder builder = rows.builder();
		return (this.touched == null) ? new RowLoad(builder) : builder;
	}

	private int ordinal(String eventType) {
		if (!eventType.equals(this.type) || this.ordinal < 0) {
			this.ordinal = this.layout.ordinalOfType(eventType);
			this.type = eventType;
		}
		return this.ordinal;
	}

	private WrittenOrigin origin(ChangeEvent<?> event) {
		WrittenOrigin current = this.origin;
		EventHeaders headers = event.headers();
		if (current == null || !isSameWriter(headers)) {
			current = WrittenOrigin.of(this.offset, headers);
			this.origin = current;
			this.originHeaders = headers;
		}
		return current;
	}

	private boolean isSameWriter(EventHeaders headers) {
		EventHeaders known = this.originHeaders;
		return known != null && Objects.equals(known.txid(), headers.txid())
				&& Objects.equals(known.timestamp(), headers.timestamp()) && known.custom().equals(headers.custom());
	}

	/**
	 * The keys that a batch wrote, in the order of their first event, each with its row
	 * before and after.
	 */
	static final class TouchedKeys {

		private final List<TouchedKey> inOrder = new ArrayList<>();

		private final List<Map<String, TouchedKey>> byKey;

		TouchedKeys(int collections) {
			this.byKey = new ArrayList<>(Collections.nCopies(collections, Map.of()));
		}

		void add(int collection, String key, @Nullable RowCell<?> previous, @Nullable RowCell<?> row, Origin writer) {
			Map<String, TouchedKey> keys = this.byKey.get(collection);
			if (keys.isEmpty()) {
				keys = new HashMap<>();
				this.byKey.set(collection, keys);
			}
			TouchedKey known = keys.get(key);
			if (known == null) {
				known = new TouchedKey(collection, key, previous, row, writer);
				keys.put(key, known);
				this.inOrder.add(known);
			}
			else {
				known.row = row;
				known.writer = writer;
			}
		}

		List<TouchedKey> inOrder() {
			return this.inOrder;
		}

		@Nullable TouchedKey get(int collection, String key) {
			return this.byKey.get(collection).get(key);
		}

		boolean contains(int collection, String key) {
			return this.byKey.get(collection).containsKey(key);
		}

	}

	/**
	 * A key that a batch wrote.
	 */
	static final class TouchedKey {

		private final int collection;

		private final String key;

		private final @Nullable RowCell<?> previous;

		private @Nullable RowCell<?> row;

		private Origin writer;

		private TouchedKey(int collection, String key, @Nullable RowCell<?> previous, @Nullable RowCell<?> row,
				Origin writer) {
			this.collection = collection;
			this.key = key;
			this.previous = previous;
			this.row = row;
			this.writer = writer;
		}

		int collection() {
			return this.collection;
		}

		String key() {
			return this.key;
		}

		@Nullable RowCell<?> previous() {
			return this.previous;
		}

		@Nullable RowCell<?> row() {
			return this.row;
		}

		Origin writer() {
			return this.writer;
		}

	}

}
