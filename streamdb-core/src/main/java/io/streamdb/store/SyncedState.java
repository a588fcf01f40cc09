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

	SyncedState(@Nullable String offset, RowMap[] collections, long nextSequence) {
		this.offset = offset;
		this.collections = collections;
		this.nextSequence = nextSequence;
	}

	static SyncedState empty(int collections) {
		RowMap[] maps = new RowMap[collections];
		Arrays.fill(maps, RowMap.empty());
		return new SyncedState(null, maps, 0);
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

}
