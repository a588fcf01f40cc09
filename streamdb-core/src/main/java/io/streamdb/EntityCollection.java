package io.streamdb;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * One collection of a {@link StreamDb}, as it is visible now. Every read is of the newest
 * snapshot, or of the ambient transaction of the calling thread where there is one.
 * Before {@code preload()} reads throw {@link IllegalStateException}; while it runs they
 * wait up to the start timeout (SPEC M4). Writes go through {@link StreamDb#transact
 * transactions}.
 *
 * @param <T> the entity's type
 */
public interface EntityCollection<T> {

	/**
	 * Returns the definition.
	 * @return the definition of this collection
	 */
	CollectionDefinition<T> definition();

	/**
	 * Returns the visible state of the collection.
	 * @return an immutable snapshot
	 */
	CollectionSnapshot<T> snapshot();

	/**
	 * Finds an entity by its id.
	 * @param id the id, or its string key
	 * @return the entity
	 */
	Optional<T> find(Object id);

	/**
	 * Returns all entities in the order of first insertion.
	 * @return an immutable list
	 */
	List<T> findAll();

	/**
	 * Finds entities (SPEC Q1).
	 * @param filter which, or {@code null} for all
	 * @param order in which order, or {@code null} for the order of first insertion
	 * @param offset how many to leave out
	 * @param limit how many at most, or -1 for all
	 * @return an immutable list
	 */
	List<T> find(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset, int limit);

	/**
	 * Returns the number of entities.
	 * @return the count
	 */
	int count();

	/**
	 * Subscribes to the changes of this collection (SPEC M12), as
	 * {@link StreamDb#subscribe} does to those of all.
	 * @param options what to deliver
	 * @param subscriber receives the change sets one after the other, in the order of the
	 * commits, off the apply thread
	 * @return the open subscription
	 */
	Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber);

}
