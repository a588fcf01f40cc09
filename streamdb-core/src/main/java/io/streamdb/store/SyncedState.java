package io.streamdb.store;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * What the stream says up to one offset: immutable. Part of the engine; applications read
 * it as a {@link StateSnapshot}.
 */
public final class SyncedState {

	private final @Nullable String offset;

	private final RowMap[] collections;

	private final long nextSequence;

	private final @Nullable SnapshotWindow window;

	SyncedState(@Nullable String offset, RowMap[] collections, long nextSequence, @Nullable SnapshotWindow window) {
		this.offset = offset;
		this.collections = collections;
		this.nextSequence = nextSequence;
		this.window = window;
	}

	static SyncedState empty(int collections) {
		RowMap[] maps = new RowMap[collections];
		Arrays.fill(maps, RowMap.empty());
		return new SyncedState(null, maps, 0, null);
	}

	/**
	 * Returns the offset up to which this state is complete.
	 * @return the offset, or {@code null} for the state before the first batch
	 */
	public @Nullable String offset() {
		return this.offset;
	}

	RowMap collection(int ordinal) {
		return this.collections[ordinal];
	}

	RowMap[] collections() {
		return this.collections.clone();
	}

	long nextSequence() {
		return this.nextSequence;
	}

	/**
	 * Returns the snapshot whose end is still to come.
	 */
	@Nullable SnapshotWindow window() {
		return this.window;
	}

}
