package io.streamdb.store;

/**
 * A row of a snapshot: immutable, and the same object in every snapshot until its key is
 * written again.
 *
 * @param <T> the entity's type
 */
public interface Row<T> {

	/**
	 * Returns the key.
	 * @return the string key
	 */
	String key();

	/**
	 * Returns the entity.
	 * @return the value, to be treated as immutable
	 */
	T value();

	/**
	 * Returns the place of the row in the order of first insertion (SPEC M6). Updates
	 * keep it; a delete followed by an insert gives a new one; rows of pending inserts
	 * sort after all others.
	 * @return the sequence
	 */
	long sequence();

	/**
	 * Returns what wrote the row.
	 * @return its origin
	 */
	Origin origin();

}
