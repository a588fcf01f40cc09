package io.streamdb.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the overlay: what pending transactions make of one key. Without a value it is
 * a tombstone.
 *
 * @param <T> the entity's type
 */
final class PendingCell<T> extends RowCell<T> {

	private final int countDelta;

	PendingCell(String key, @Nullable T value, long sequence, Origin origin, int countDelta) {
		super(key, value, sequence, origin);
		this.countDelta = countDelta;
	}

	/**
	 * Returns by how much this row changes the count of its collection.
	 * @return 1 for a key that is not synced, -1 for one that is hidden, else 0
	 */
	int countDelta() {
		return this.countDelta;
	}

}
