package io.streamdb.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.SyncedBatch.TouchedKey;
import io.streamdb.store.SyncedBatch.TouchedKeys;
import org.jspecify.annotations.Nullable;

/**
 * What a publication changes in the visible state (SPEC M12): the keys that a commit and
 * the overlay have touched, as they were before and as they are after it. A pending value
 * that the stream confirms has not changed.
 */
final class VisibleDifference {

	private final CollectionLayout layout;

	private final Root before;

	private final Root after;

	private final @Nullable TouchedKeys written;

	private final Set<String> sent;

	/**
	 * Creates a difference.
	 * @param layout the collections
	 * @param before what was visible
	 * @param after what is visible
	 * @param written the keys that the commit between them has written, or {@code null}
	 * when there is none, or one that replaces the synced state
	 * @param sent the txids of the transactions that have left between them and whose
	 * values were sent as they were shown
	 */
	VisibleDifference(CollectionLayout layout, Root before, Root after, @Nullable TouchedKeys written,
			Set<String> sent) {
		this.layout = layout;
		this.before = before;
		this.after = after;
		this.written = written;
		this.sent = sent;
	}

	/**
	 * Compares some keys.
	 * @param edited those of the overlay
	 * @return the changes: those of the stream in its order, then the others
	 */
	List<Change<?>> of(Collection<EditedKey> edited) {
		Set<EditedKey> keys = new LinkedHashSet<>();
		if (this.written != null) {
			for (TouchedKey key : this.written.inOrder()) {
				keys.add(new EditedKey(key.collection(), new RowKey(key.key())));
			}
		}
		keys.addAll(edited);
		List<Change<?>> changes = new ArrayList<>(keys.size());
		for (EditedKey key : keys) {
			Change<?> change = change(key);
			if (change != null) {
				changes.add(change);
			}
		}
		return changes;
	}

	/**
	 * Compares all keys, since the synced state was replaced.
	 * @return the changes, deletes first
	 */
	List<Change<?>> ofAll() {
		List<EditedKey> keys = new ArrayList<>();
		for (int collection = 0; collection < this.layout.size(); collection++) {
			for (RowCell<?> row : inOrder(this.before, collection)) {
				if (row(this.after, collection, row) == null) {
					keys.add(new EditedKey(collection, row));
				}
			}
		}
		for (int collection = 0; collection < this.layout.size(); collection++) {
			for (RowCell<?> row : inOrder(this.after, collection)) {
				keys.add(new EditedKey(collection, row));
			}
		}
		return of(keys);
	}

	/**
	 * Returns the visible state as inserts, in the order of first insertion.
	 */
	static List<Change<?>> asInserts(CollectionLayout layout, Root root) {
		Root nothing = new Root(0, SyncedState.empty(layout.size()), Overlay.empty(layout.size()));
		return new VisibleDifference(layout, nothing, root, null, Set.of()).ofAll();
	}

	@SuppressWarnings("unchecked")
	private @Nullable Change<?> change(EditedKey edited) {
		RowCell<?> was = row(this.before, edited.collection(), edited.key());
		RowCell<?> is = row(this.after, edited.collection(), edited.key());
		if (was == is || (was != null && is != null && isSame(was, is))) {
			return null;
		}
		CollectionDefinition<Object> definition = (CollectionDefinition<Object>) this.layout
			.definition(edited.collection());
		if (is != null) {
			return new Change<>(definition, (was != null) ? Operation.UPDATE : Operation.INSERT, is.key(), is.value(),
					(was != null) ? was.value() : null, is.origin());
		}
		Objects.requireNonNull(was);
		return new Change<>(definition, Operation.DELETE, was.key(), null, was.value(), remover(edited, was));
	}

	/**
	 * Returns whether a row shows what was visible. What comes back of a transaction that
	 * was sent as it was shown is that, even where the class of the entity has no
	 * equality. What another system has written for an action need not be, nor what was
	 * merged with what was there.
	 */
	private boolean isSame(RowCell<?> was, RowCell<?> is) {
		String txid = was.origin().txid();
		boolean confirmed = was instanceof PendingCell<?> && !(is instanceof PendingCell<?>)
				&& !(is instanceof JsonCell<?>) && txid != null && txid.equals(is.origin().txid())
				&& this.sent.contains(txid);
		return confirmed || EntityEquality.areEqual(was.value(), is.value());
	}

	/**
	 * Returns what has removed a row: a pending delete, an event, the end of the
	 * transaction that has shown it, or else the load that replaces the state.
	 */
	private Origin remover(EditedKey edited, RowCell<?> was) {
		RowCell<?> tombstone = this.after.overlay().rows()[edited.collection()].get(edited.key());
		if (tombstone != null) {
			return tombstone.origin();
		}
		TouchedKey event = (this.written != null) ? this.written.get(edited.collection(), edited.key().key()) : null;
		if (event != null) {
			return event.writer();
		}
		return (was instanceof PendingCell<?>) ? was.origin() : new ReplacedOrigin(this.after.synced().offset());
	}

	private static @Nullable RowCell<?> row(Root root, int collection, RowKey key) {
		RowCell<?> shown = root.overlay().rows()[collection].get(key);
		if (shown != null) {
			return shown.isTombstone() ? null : shown;
		}
		return root.synced().collection(collection).get(key);
	}

	private static List<RowCell<?>> inOrder(Root root, int collection) {
		List<RowCell<?>> rows = new ArrayList<>();
		RowMap overlay = root.overlay().rows()[collection];
		for (RowCell<?> row : root.synced().collection(collection)) {
			if (overlay.size() == 0 || overlay.get(row) == null) {
				rows.add(row);
			}
		}
		for (RowCell<?> row : overlay) {
			if (!row.isTombstone()) {
				rows.add(row);
			}
		}
		rows.sort(Comparator.comparingLong(RowCell::sequence));
		return rows;
	}

	/**
	 * A key that may have changed.
	 *
	 * @param collection its collection
	 * @param key the key
	 */
	record EditedKey(int collection, RowKey key) {
	}

}
