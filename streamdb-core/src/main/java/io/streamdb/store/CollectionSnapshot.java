package io.streamdb.store;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * An immutable view of one collection (SPEC M6, Q1). Iteration of one snapshot always has
 * the same order. Safe for use by many threads; no method blocks.
 *
 * @param <T> the entity's type
 */
public interface CollectionSnapshot<T> {

	/**
	 * Returns the definition of the collection.
	 * @return the definition
	 */
	CollectionDefinition<T> definition();

	/**
	 * Finds an entity by its id.
	 * @param id the id, or its string key
	 * @return the entity
	 */
	Optional<T> find(Object id);

	/**
	 * Finds a row by its key.
	 * @param key the string key
	 * @return the row, or {@code null}
	 */
	@Nullable Row<T> row(String key);

	/**
	 * Returns the number of entities.
	 * @return the count
	 */
	int count();

	/**
	 * Returns all entities.
	 * @return a stream in the order of iteration
	 */
	Stream<T> stream();

	/**
	 * Returns all rows.
	 * @return a stream in the order of iteration
	 */
	Stream<Row<T>> rows();

	/**
	 * Returns all rows in the order of first insertion.
	 * @return a sorted stream
	 */
	Stream<Row<T>> rowsInInsertionOrder();

	/**
	 * Finds entities (SPEC Q1).
	 * @param filter which, or {@code null} for all
	 * @param order in which order, or {@code null} for the order of first insertion; ties
	 * keep the order of first insertion, so that pages of one snapshot never overlap
	 * @param offset how many to leave out, 0 or more
	 * @param limit how many to return at most, or -1 for all
	 * @return the entities
	 */
	List<T> find(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset, int limit);

	/**
	 * Counts entities.
	 * @param filter which
	 * @return how many
	 */
	long count(Predicate<? super T> filter);

}
