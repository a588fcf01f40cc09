package io.streamdb.store;

import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * A root, read with or without its overlay.
 */
final class RootSnapshot implements StateSnapshot {

	private final CollectionLayout layout;

	private final Root root;

	private final boolean visible;

	RootSnapshot(CollectionLayout layout, Root root, boolean visible) {
		this.layout = layout;
		this.root = root;
		this.visible = visible;
	}

	@Override
	public @Nullable String offset() {
		return this.root.synced().offset();
	}

	@Override
	public long version() {
		return this.root.version();
	}

	@Override
	public <T> CollectionSnapshot<T> collection(Class<T> entityClass) {
		return view(this.layout.definition(entityClass));
	}

	@Override
	public CollectionSnapshot<?> collection(String name) {
		return view(this.layout.definition(name));
	}

	<T> CollectionSnapshot<T> view(CollectionDefinition<T> definition) {
		int ordinal = this.layout.ordinal(definition);
		RowMap synced = this.root.synced().collection(ordinal);
		if (!this.visible) {
			return new CollectionView<>(definition, synced, RowMap.empty(), 0);
		}
		Overlay overlay = this.root.overlay();
		return new CollectionView<>(definition, synced, overlay.rows()[ordinal], overlay.countDeltas()[ordinal]);
	}

	@Override
	public String toString() {
		return (this.visible ? "visible" : "synced") + " state " + version() + " at offset " + offset();
	}

}
