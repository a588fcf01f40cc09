package io.streamdb.store;

import java.util.Iterator;

import org.jspecify.annotations.Nullable;

/**
 * An immutable map of rows by key. What the store needs of a persistent map, and no more,
 * so that another one can take its place.
 */
interface RowMap extends Iterable<RowCell<?>> {

	/**
	 * Returns the empty map.
	 * @return the map
	 */
	static RowMap empty() {
		return RowTable.EMPTY;
	}

	int size();

	@Nullable RowCell<?> get(RowKey key);

	/**
	 * Returns the rows, in the same order each time.
	 * @return an iterator without {@code remove}
	 */
	@Override
	Iterator<RowCell<?>> iterator();

	/**
	 * Starts a changed copy.
	 * @return a builder that shares what does not change with this map
	 */
	Builder builder();

	/**
	 * Builds a {@link RowMap}. For one thread, and dropped after {@link #build()}.
	 */
	interface Builder {

		int size();

		@Nullable RowCell<?> get(RowKey key);

		/**
		 * Stores a row.
		 * @param row the row
		 * @return the row of the same key that it replaced, or {@code null}
		 */
		@Nullable RowCell<?> put(RowCell<?> row);

		/**
		 * Removes a row.
		 * @param key its key
		 * @return the row, or {@code null} when there was none
		 */
		@Nullable RowCell<?> remove(RowKey key);

		RowMap build();

	}

}
