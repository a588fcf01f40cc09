package io.streamdb.store;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import org.jspecify.annotations.Nullable;

/**
 * Holds the state of a database: one immutable root, replaced as a whole with one
 * volatile write. Readers take the root and never lock; whoever publishes holds the
 * commit lock of the database. Part of the engine.
 */
public final class StateStore {

	private final CollectionLayout layout;

	private final PendingSequence pendingSequence = new PendingSequence();

	private final SyncedState empty;

	private volatile Root root;

	/**
	 * Creates an empty store.
	 * @param schema the collections
	 */
	public StateStore(StateSchema schema) {
		this.layout = new CollectionLayout(schema);
		this.empty = SyncedState.empty(this.layout.size());
		this.root = new Root(0, this.empty, Overlay.empty(this.layout.size()));
	}

	/**
	 * Returns the visible state.
	 * @return a snapshot, in O(1)
	 */
	public StateSnapshot visible() {
		return new RootSnapshot(this.layout, this.root, true);
	}

	/**
	 * Returns the visible state of one collection.
	 * @param <T> the entity's type
	 * @param definition the collection
	 * @return a snapshot, in O(1)
	 */
	public <T> CollectionSnapshot<T> visible(CollectionDefinition<T> definition) {
		return new RootSnapshot(this.layout, this.root, true).view(definition);
	}

	/**
	 * Returns the synced state.
	 * @return a snapshot, in O(1)
	 */
	public StateSnapshot syncedSnapshot() {
		return new RootSnapshot(this.layout, this.root, false);
	}

	/**
	 * Returns the synced state as batches build on it.
	 * @return the state
	 */
	public SyncedState synced() {
		return this.root.synced();
	}

	/**
	 * Returns the state without rows, where a load begins.
	 * @return the state before the first batch
	 */
	public SyncedState empty() {
		return this.empty;
	}

	/**
	 * Begins a batch.
	 * @param base the state it follows
	 * @param replacing whether it is part of a load, which replaces the published state
	 * when it is complete
	 * @return the batch
	 */
	public SyncedBatch batch(SyncedState base, boolean replacing) {
		return new SyncedBatch(this.layout, base, replacing);
	}

	/**
	 * Begins to change the overlay.
	 * @return an edit on the published state
	 */
	public OverlayEdit edit() {
		Root current = this.root;
		return new OverlayEdit(this.layout, this.pendingSequence, current.overlay(), current.synced());
	}

	/**
	 * Begins to change the overlay for a commit. The caller edits every key of the
	 * overlay that the commit touches.
	 * @param commit the commit
	 * @return an edit on the state after the commit
	 */
	public OverlayEdit edit(SyncedCommit commit) {
		return new OverlayEdit(this.layout, this.pendingSequence, this.root.overlay(), commit.state());
	}

	/**
	 * Publishes an edit, and with it the synced state that it was made for.
	 * @param edit the edit, begun on the published root
	 * @return the version that it has now
	 */
	public long publish(OverlayEdit edit) {
		Root current = this.root;
		if (edit.base() != current.overlay()) {
			throw new IllegalStateException("The overlay was published by another thread since the edit began");
		}
		Root next = new Root(current.version() + 1, edit.synced(), edit.build());
		this.root = next;
		return next.version();
	}

	/**
	 * Publishes an edit, and tells what that changes in the visible state. Costs as much
	 * as the edit and the commit, and where the commit replaces the synced state, as much
	 * as that.
	 * @param edit the edit, which {@linkplain OverlayEdit#track() was tracked}
	 * @param commit the commit that it was made for, or {@code null}
	 * @param sent the txids of the transactions that the edit takes out and whose values
	 * were sent as they were shown
	 * @return the changes, at most one of each key
	 */
	public List<Change<?>> publishTelling(OverlayEdit edit, @Nullable SyncedCommit commit, Set<String> sent) {
		Root before = this.root;
		publish(edit);
		VisibleDifference difference = new VisibleDifference(this.layout, before, this.root,
				(commit != null) ? commit.touched() : null, sent);
		return (commit != null && commit.isReplacing()) ? difference.ofAll() : difference.of(edit.edited());
	}

	/**
	 * Returns the visible state as inserts, for a subscriber that wants the state first.
	 * @return gives one insert per row, in the order of first insertion, as of now
	 */
	public Supplier<List<Change<?>>> visibleAsInserts() {
		Root current = this.root;
		return () -> VisibleDifference.asInserts(this.layout, current);
	}

	/**
	 * Returns a state as inserts, for a subscriber that wants the state first (SPEC M12).
	 * @param state the state
	 * @return one insert per row, in the order of first insertion
	 */
	public List<Change<?>> asInserts(SyncedState state) {
		return SyncedCommit.asInserts(state, this.layout);
	}

}
