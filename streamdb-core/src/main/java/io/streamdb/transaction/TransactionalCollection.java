package io.streamdb.transaction;

import java.util.Optional;
import java.util.function.UnaryOperator;

import io.streamdb.store.CollectionSnapshot;

/**
 * One collection as a transaction sees and changes it. Reads see the visible state with
 * the transaction's own mutations; what is read by key is remembered as read. Errors
 * leave no trace in the transaction (SPEC T3).
 *
 * @param <T> the entity's type
 */
public interface TransactionalCollection<T> {

	/**
	 * Finds an entity by its id.
	 * @param id the id, or its string key
	 * @return the entity as this transaction sees it
	 */
	Optional<T> find(Object id);

	/**
	 * Returns the whole collection as this transaction sees it now.
	 * @return an immutable snapshot
	 */
	CollectionSnapshot<T> snapshot();

	/**
	 * Inserts an entity.
	 * @param entity the entity
	 * @return the entity
	 * @throws DuplicateKeyException when its key is there
	 * @throws MissingKeyException when it has no key
	 * @throws io.streamdb.schema.EntityValidationException when it is not valid
	 */
	T insert(T entity);

	/**
	 * Updates an entity with a pure function of its current value, which may be applied
	 * again on newer values until the transaction is sent (SPEC T2).
	 * @param id the id, or its string key
	 * @param function the function; it keeps the key
	 * @return the new value as of now
	 * @throws UnknownKeyException when the key is not there
	 * @throws KeyChangedException when the function changes the key
	 * @throws io.streamdb.schema.EntityValidationException when the result is not valid
	 */
	T update(Object id, UnaryOperator<T> function);

	/**
	 * Inserts the entity, or replaces the one with its key as a whole.
	 * @param entity the entity
	 * @return the entity
	 * @throws MissingKeyException when it has no key
	 * @throws io.streamdb.schema.EntityValidationException when it is not valid
	 */
	T save(T entity);

	/**
	 * Deletes an entity. When another writer deletes it first, the transaction fails with
	 * {@link ConflictException}.
	 * @param id the id, or its string key
	 * @throws UnknownKeyException when the key is not there
	 */
	void delete(Object id);

	/**
	 * Deletes an entity if it is there. When another writer deletes it first, nothing is
	 * left to do, and the transaction goes on without it.
	 * @param id the id, or its string key
	 * @return whether it is there now; when it is not, the transaction does nothing to
	 * the key, whatever another writer makes of it
	 */
	boolean deleteIfPresent(Object id);

}
