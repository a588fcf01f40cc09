package io.streamdb.store;

import org.jspecify.annotations.Nullable;

/**
 * An immutable, consistent view of all collections (SPEC M6), taken in O(1).
 */
public interface StateSnapshot {

	/**
	 * Returns the offset up to which the synced part of this state is complete.
	 * @return the offset, or {@code null} before the first commit
	 */
	@Nullable String offset();

	/**
	 * Returns the number of this state: each published state has a greater one.
	 * @return the version
	 */
	long version();

	/**
	 * Returns a collection by its entity class.
	 * @param <T> the entity's type
	 * @param entityClass the class
	 * @return the collection as of this snapshot
	 * @throws IllegalArgumentException when no collection holds that class
	 */
	<T> CollectionSnapshot<T> collection(Class<T> entityClass);

	/**
	 * Returns a collection by its name.
	 * @param name the collection's name
	 * @return the collection as of this snapshot
	 * @throws IllegalArgumentException when there is none of that name
	 */
	CollectionSnapshot<?> collection(String name);

}
