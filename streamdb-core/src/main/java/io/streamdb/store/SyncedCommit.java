package io.streamdb.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;

import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.SyncedBatch.TouchedKey;
import io.streamdb.store.SyncedBatch.TouchedKeys;
import org.jspecify.annotations.Nullable;

/**
 * A batch that is complete: the state after it and what it did to the state before. Part
 * of the engine.
 */
public final class SyncedCommit {

	private final CollectionLayout layout;

	private final SyncedState state;

	private final @Nullable TouchedKeys touched;

	SyncedCommit(CollectionLayout layout, SyncedState state, @Nullable TouchedKeys touched) {
		this.layout = layout;
		this.state = state;
		this.touched = touched;
	}

	/**
	 * Returns the state after the batch.
	 * @return the state
	 */
	public SyncedState state() {
		return this.state;
	}

	@Nullable TouchedKeys touched() {
		return this.touched;
	}

	/**
	 * Returns whether the state replaces the one before instead of following it, so that
	 * every key may have changed.
	 * @return whether it is the result of a load
	 */
	public boolean isReplacing() {
		return this.touched == null;
	}

	/**
	 * Returns whether the batch wrote a key.
	 * @param definition the collection
	 * @param key the key
	 * @return whether it may differ from the state before
	 */
	public boolean touches(CollectionDefinition<?> definition, String key) {
		return this.touched == null || this.touched.contains(this.layout.ordinal(definition), key);
	}

	/**
	 * Returns how many keys the batch wrote.
	 * @return the number of keys, or {@link Integer#MAX_VALUE} when the state was
	 * replaced
	 */
	public int touchedCount() {
		return (this.touched != null) ? this.touched.inOrder().size() : Integer.MAX_VALUE;
	}

	/**
	 * Tells every key that the batch wrote; none when the state was replaced.
	 * @param visitor receives the collection and the key
	 */
	public void forEachTouched(BiConsumer<CollectionDefinition<?>, String> visitor) {
		if (this.touched != null) {
			for (TouchedKey key : this.touched.inOrder()) {
				visitor.accept(this.layout.definition(key.collection()), key.key());
			}
		}
	}

	/**
	 * Returns what changed, at most once per key (SPEC M12), in the order of the stream;
	 * when the state was replaced, the deletes come first (SPEC M8).
	 * @param before the state before
	 * @return the changes
	 */
	public List<Change<?>> changesSince(SyncedState before) {
		return (this.touched != null) ? written(this.touched) : difference(before);
	}

	/**
	 * Returns the whole state as inserts, in the order of first insertion.
	 * @param state the state
	 * @param layout its layout
	 * @return one insert per row
	 */
	static List<Change<?>> asInserts(SyncedState state, CollectionLayout layout) {
		return new SyncedCommit(layout, state, null).difference(SyncedState.empty(layout.size()));
	}

	private List<Change<?>> written(TouchedKeys keys) {
		List<Change<?>> changes = new ArrayList<>(keys.inOrder().size());
		for (TouchedKey key : keys.inOrder()) {
			if (key.previous() != null || key.row() != null) {
				changes.add(change(key.collection(), key.previous(), key.row(), key.writer()));
			}
		}
		return changes;
	}

	private List<Change<?>> difference(SyncedState before) {
		List<Ordered> removed = new ArrayList<>();
		List<Ordered> stored = new ArrayList<>();
		Origin writer = new ReplacedOrigin(this.state.offset());
		for (int collection = 0; collection < this.layout.size(); collection++) {
			RowMap old = before.collection(collection);
			RowMap now = this.state.collection(collection);
			for (RowCell<?> row : old) {
				if (now.get(row) == null) {
					removed.add(new Ordered(row.sequence(), change(collection, row, null, writer)));
				}
			}
			for (RowCell<?> row : now) {
				RowCell<?> previous = old.get(row);
				if (previous == null || !EntityEquality.areEqual(previous.value(), row.value())) {
					stored.add(new Ordered(row.sequence(), change(collection, previous, row, row.origin())));
				}
			}
		}
		removed.sort(Comparator.comparingLong(Ordered::sequence));
		stored.sort(Comparator.comparingLong(Ordered::sequence));
		List<Change<?>> changes = new ArrayList<>(removed.size() + stored.size());
		removed.forEach((ordered) -> changes.add(ordered.change()));
		stored.forEach((ordered) -> changes.add(ordered.change()));
		return changes;
	}

	@SuppressWarnings("unchecked")
	private Change<?> change(int collection, @Nullable RowCell<?> previous, @Nullable RowCell<?> row, Origin writer) {
		Operation operation = (row == null) ? Operation.DELETE
				: (previous == null) ? Operation.INSERT : Operation.UPDATE;
		return new Change<>((CollectionDefinition<Object>) this.layout.definition(collection), operation,
				(row != null) ? row.key() : keyOf(previous), (row != null) ? row.value() : null,
				(previous != null) ? previous.value() : null, writer);
	}

	private static String keyOf(@Nullable RowCell<?> row) {
		if (row == null) {
			throw new IllegalStateException("A change needs a row before or after it");
		}
		return row.key();
	}

	private record Ordered(long sequence, Change<?> change) {
	}

}
