package io.streamdb.store;

import java.util.LinkedHashSet;
import java.util.Set;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.VisibleDifference.EditedKey;
import org.jspecify.annotations.Nullable;

/**
 * Changes the overlay of pending transactions, key by key, on top of a synced state. Not
 * safe for use by many threads. Part of the engine.
 */
public final class OverlayEdit {

	private final CollectionLayout layout;

	private final PendingSequence pendingSequence;

	private final Overlay base;

	private final SyncedState synced;

	private final RowMap.@Nullable Builder[] builders;

	private final int[] countDeltas;

	private @Nullable Set<EditedKey> edited;

	OverlayEdit(CollectionLayout layout, PendingSequence pendingSequence, Overlay base, SyncedState synced) {
		this.layout = layout;
		this.pendingSequence = pendingSequence;
		this.base = base;
		this.synced = synced;
		this.builders = new RowMap.Builder[layout.size()];
		this.countDeltas = base.countDeltas().clone();
	}

	/**
	 * Returns the synced row of a key.
	 * @param definition the collection
	 * @param key the key
	 * @return the row under the overlay, or {@code null}
	 */
	public @Nullable Row<?> syncedRow(CollectionDefinition<?> definition, String key) {
		return this.synced.collection(this.layout.ordinal(definition)).get(new RowKey(key));
	}

	/**
	 * Returns the visible row of a key, as edited so far.
	 * @param definition the collection
	 * @param key the key
	 * @return the row, or {@code null}
	 */
	public @Nullable Row<?> visibleRow(CollectionDefinition<?> definition, String key) {
		int ordinal = this.layout.ordinal(definition);
		RowKey rowKey = new RowKey(key);
		PendingCell<?> shown = shown(ordinal, rowKey);
		if (shown != null) {
			return shown.isTombstone() ? null : shown;
		}
		return this.synced.collection(ordinal).get(rowKey);
	}

	/**
	 * Shows a value in place of what is synced.
	 * @param definition the collection
	 * @param key the key
	 * @param value the value
	 * @param renewed whether the key was deleted and inserted again on the way, so that
	 * its row sorts after the others
	 * @param txid the transaction that wrote it
	 */
	public void show(CollectionDefinition<?> definition, String key, Object value, boolean renewed, String txid) {
		int ordinal = this.layout.ordinal(definition);
		RowKey rowKey = new RowKey(key);
		RowCell<?> under = this.synced.collection(ordinal).get(rowKey);
		PendingCell<?> shown = shown(ordinal, rowKey);
		long sequence;
		if (under != null && !renewed) {
			sequence = under.sequence();
		}
		else if (shown != null && PendingSequence.isPending(shown.sequence())) {
			sequence = shown.sequence();
		}
		else {
			sequence = this.pendingSequence.next();
		}
		int countDelta = (under != null) ? 0 : 1;
		if (shown == null || shown.isTombstone() || shown.value() != value || shown.sequence() != sequence
				|| shown.countDelta() != countDelta || !txid.equals(shown.origin().txid())) {
			put(ordinal, new PendingCell<>(key, value, sequence, new PendingOrigin(txid), countDelta));
		}
	}

	/**
	 * Hides what is synced.
	 * @param definition the collection
	 * @param key the key
	 * @param txid the transaction that deleted it
	 */
	public void hide(CollectionDefinition<?> definition, String key, String txid) {
		int ordinal = this.layout.ordinal(definition);
		if (this.synced.collection(ordinal).get(new RowKey(key)) == null) {
			clear(definition, key);
		}
		else {
			put(ordinal, new PendingCell<>(key, null, 0, new PendingOrigin(txid), -1));
		}
	}

	/**
	 * Shows what is synced again.
	 * @param definition the collection
	 * @param key the key
	 */
	public void clear(CollectionDefinition<?> definition, String key) {
		int ordinal = this.layout.ordinal(definition);
		RowKey rowKey = new RowKey(key);
		if (shown(ordinal, rowKey) != null) {
			edited(ordinal, rowKey);
			discount(ordinal, builder(ordinal).remove(rowKey));
		}
	}

	/**
	 * Returns one collection as edited so far, without publishing it.
	 * @param <T> the entity's type
	 * @param definition the collection
	 * @return an immutable snapshot; the edit must not be used after that
	 */
	public <T> CollectionSnapshot<T> snapshot(CollectionDefinition<T> definition) {
		int ordinal = this.layout.ordinal(definition);
		RowMap.Builder builder = this.builders[ordinal];
		RowMap rows = (builder != null) ? builder.build() : this.base.rows()[ordinal];
		return new CollectionView<>(definition, this.synced.collection(ordinal), rows, this.countDeltas[ordinal]);
	}

	/**
	 * Keeps the keys that are edited from now on, so that the publication can tell what
	 * it changes.
	 */
	public void track() {
		this.edited = new LinkedHashSet<>();
	}

	Set<EditedKey> edited() {
		return (this.edited != null) ? this.edited : Set.of();
	}

	SyncedState synced() {
		return this.synced;
	}

	Overlay base() {
		return this.base;
	}

	Overlay build() {
		RowMap[] rows = this.base.rows().clone();
		for (int i = 0; i < this.builders.length; i++) {
			RowMap.Builder builder = this.builders[i];
			if (builder != null) {
				rows[i] = builder.build();
				this.builders[i] = null;
			}
		}
		return new Overlay(rows, this.countDeltas);
	}

	private void edited(int ordinal, RowKey key) {
		if (this.edited != null) {
			this.edited.add(new EditedKey(ordinal, key));
		}
	}

	private void put(int ordinal, PendingCell<?> row) {
		edited(ordinal, row);
		discount(ordinal, builder(ordinal).put(row));
		this.countDeltas[ordinal] += row.countDelta();
	}

	private void discount(int ordinal, @Nullable RowCell<?> removed) {
		if (removed instanceof PendingCell<?> pending) {
			this.countDeltas[ordinal] -= pending.countDelta();
		}
	}

	private @Nullable PendingCell<?> shown(int ordinal, RowKey key) {
		RowMap.Builder builder = this.builders[ordinal];
		return (PendingCell<?>) ((builder != null) ? builder.get(key) : this.base.rows()[ordinal].get(key));
	}

	private RowMap.Builder builder(int ordinal) {
		RowMap.Builder builder = this.builders[ordinal];
		if (builder == null) {
			builder = this.base.rows()[ordinal].builder();
			this.builders[ordinal] = builder;
		}
		return builder;
	}

}
