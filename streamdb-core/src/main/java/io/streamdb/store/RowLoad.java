package io.streamdb.store;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Builds the rows of a load. Nobody asks what an event replaces while a collection is
 * filled, so rows are only noted at first, by the upper bits of their hash, and stored
 * when a quarter as many are noted as there are. Stored in this order, they fall into a
 * few neighbouring leaves at a time: the caches of the processor keep up, and the garbage
 * collector has fewer old arrays to look through than if every row fell somewhere else
 * (radix partitioning, as in hash joins: Shatdal, Kant and Naughton, 1994).
 * <p>
 * What is asked for all the same is stored first.
 */
final class RowLoad implements RowMap.Builder {

	/** How many bits of the hash rows are noted by. */
	private static final int BITS = 8;

	/** How many rows have to be there before it pays. */
	static final int FEW = 4096;

	/** One row is noted for so many that are there. */
	private static final int PART = 4;

	private static final int FIRST_LENGTH = 8;

	private final RowMap.Builder rows;

	/** Rows to be stored and keys to be removed, in the order of the stream. */
	private @Nullable RowKey @Nullable [] @Nullable [] entries;

	private final int[] counts = new int[1 << BITS];

	private int count;

	RowLoad(RowMap.Builder rows) {
		this.rows = rows;
	}

	/**
	 * Stores a row sooner or later. It takes over the sequence of the row that it
	 * replaces.
	 * @param row the row
	 */
	void store(RowCell<?> row) {
		note(row);
	}

	/**
	 * Removes a row sooner or later.
	 * @param key its key
	 */
	void drop(RowKey key) {
		note(key);
	}

	/**
	 * Returns how many rows and keys wait.
	 */
	int noted() {
		return this.count;
	}

	private void note(RowKey entry) {
		if (this.count == 0 && this.rows.size() < FEW) {
			settle(entry);
			return;
		}
		int partition = entry.hashCode() >>> (Integer.SIZE - BITS);
		int index = this.counts[partition]++;
		room(partition, index)[index] = entry;
		this.count++;
		if (this.count >= this.rows.size() / PART) {
			settle();
		}
	}

	private @Nullable RowKey[] room(int partition, int index) {
		if (this.entries == null) {
			this.entries = new RowKey[1 << BITS][];
		}
		@Nullable RowKey @Nullable [] room = this.entries[partition];
		if (room == null) {
			room = new RowKey[FIRST_LENGTH];
			this.entries[partition] = room;
		}
		else if (index == room.length) {
			room = Arrays.copyOf(room, index * 2);
			this.entries[partition] = room;
		}
		return room;
	}

	private void settle() {
		if (this.count == 0 || this.entries == null) {
			return;
		}
		this.count = 0;
		for (int partition = 0; partition < this.counts.length; partition++) {
			@Nullable RowKey @Nullable [] noted = this.entries[partition];
			for (int i = 0; noted != null && i < this.counts[partition]; i++) {
				RowKey entry = noted[i];
				if (entry != null) {
					settle(entry);
				}
				noted[i] = null;
			}
			this.counts[partition] = 0;
		}
	}

	private void settle(RowKey entry) {
		if (entry instanceof RowCell<?> row) {
			RowCell<?> previous = this.rows.put(row);
			if (previous != null) {
				row.sequence(previous.sequence());
			}
		}
		else {
			this.rows.remove(entry);
		}
	}

	@Override
	public int size() {
		settle();
		return this.rows.size();
	}

	@Override
	public @Nullable RowCell<?> get(RowKey key) {
		settle();
		return this.rows.get(key);
	}

	@Override
	public @Nullable RowCell<?> put(RowCell<?> row) {
		settle();
		return this.rows.put(row);
	}

	@Override
	public @Nullable RowCell<?> remove(RowKey key) {
		settle();
		return this.rows.remove(key);
	}

	@Override
	public RowMap build() {
		settle();
		return this.rows.build();
	}

}
