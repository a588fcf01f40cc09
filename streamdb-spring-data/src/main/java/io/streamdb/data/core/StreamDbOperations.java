package io.streamdb.data.core;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.streamdb.StreamDb;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;

/**
 * Operations on the entities of one database, by entity class (SPEC B2, B3). Reads are of
 * the newest visible state, or of the ambient transaction. Writes wait until they are
 * durable and visible; inside an ambient transaction they join it and return at once.
 * Failures are {@link org.springframework.dao.DataAccessException}s; see
 * {@link StreamDbExceptionTranslator}.
 */
public interface StreamDbOperations {

	/**
	 * Returns the database.
	 * @return the database, whose exceptions are not translated
	 */
	StreamDb streamDb();

	/**
	 * Returns the mapping context.
	 * @return the context
	 */
	StreamDbMappingContext mappingContext();

	/**
	 * Finds an entity by its id.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param id the id
	 * @return the entity
	 */
	<T> Optional<T> findById(Class<T> entityClass, Object id);

	/**
	 * Finds entities by their ids, all of one state.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param ids the ids
	 * @return those that are there, in the order of the ids
	 */
	<T> List<T> findAllById(Class<T> entityClass, Collection<?> ids);

	/**
	 * Finds entities in the order of first insertion.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param filter which, or {@code null} for all
	 * @param sort in which order
	 * @return the entities
	 * @throws org.springframework.data.core.PropertyReferenceException for an order by a
	 * property that the entity does not have
	 */
	<T> List<T> findAll(Class<T> entityClass, @Nullable Predicate<? super T> filter, Sort sort);

	/**
	 * Finds a page of entities. Content and total are of one state.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param filter which, or {@code null} for all
	 * @param pageable which page, in which order
	 * @return the page
	 * @throws org.springframework.data.core.PropertyReferenceException for an order by a
	 * property that the entity does not have
	 */
	<T> Page<T> findAll(Class<T> entityClass, @Nullable Predicate<? super T> filter, Pageable pageable);

	/**
	 * Counts entities.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param filter which, or {@code null} for all
	 * @return how many
	 */
	<T> long count(Class<T> entityClass, @Nullable Predicate<? super T> filter);

	/**
	 * Inserts the entity, or replaces the one with its id as a whole.
	 * @param <T> the entity's type
	 * @param entity the entity
	 * @return the entity as it was written
	 */
	<T> T save(T entity);

	/**
	 * Saves entities in one atomic append.
	 * @param <T> the entities' type
	 * @param entities the entities, of any collections
	 * @return the entities as they were written, in the same order
	 */
	<T> List<T> saveAll(Collection<T> entities);

	/**
	 * Inserts an entity.
	 * @param <T> the entity's type
	 * @param entity the entity
	 * @return the entity as it was written
	 * @throws org.springframework.dao.DuplicateKeyException when there is one with its id
	 */
	<T> T insert(T entity);

	/**
	 * Updates an entity with a pure function of its current value, which may be applied
	 * again on newer values until the change is sent (SPEC T2).
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @param id the id
	 * @param function gives the new value, with the same id
	 * @return the entity as it was written
	 * @throws org.springframework.dao.EmptyResultDataAccessException when there is none
	 * with that id
	 */
	<T> T update(Class<T> entityClass, Object id, UnaryOperator<T> function);

	/**
	 * Deletes entities in one atomic append; an id that is not there, or that another
	 * writer deletes first, is ignored.
	 * @param entityClass the entity class
	 * @param ids the ids
	 */
	void deleteAllById(Class<?> entityClass, Collection<?> ids);

	/**
	 * Deletes all entities of a collection in one atomic append; those that another
	 * writer deletes first are ignored.
	 * @param entityClass the entity class
	 */
	void deleteAll(Class<?> entityClass);

	/**
	 * Runs work in a transaction, ambient while it runs, commits it and waits until it is
	 * durable and visible. Inside an ambient transaction the work joins that one and
	 * nothing is waited for.
	 * @param <R> the result
	 * @param work the work
	 * @return its result; where that is an entity which the transaction wrote, as it was
	 * written
	 */
	<R extends @Nullable Object> R execute(Function<Transaction, R> work);

	/**
	 * Runs work in a transaction as {@link #execute} does, without waiting. What the work
	 * throws is thrown at once.
	 * @param <R> the result
	 * @param work the work
	 * @return completes when the transaction is durable and visible; fails with a
	 * {@link org.springframework.dao.DataAccessException}
	 */
	<R extends @Nullable Object> CompletableFuture<R> executeAsync(Function<Transaction, R> work);

	/**
	 * Runs an action (SPEC T6) and returns at once. What {@code onMutate} throws is
	 * thrown; inside an ambient transaction the action joins it.
	 * @param <P> the parameters
	 * @param <R> the result
	 * @param name the action's name, for observations
	 * @param action the action
	 * @param params the parameters
	 * @return the handle, whose failures are not translated
	 */
	<P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(String name,
			OptimisticAction<P, R> action, P params);

	/**
	 * Waits for a transaction, or returns at once inside an ambient one.
	 * @param <R> the result
	 * @param handle the transaction's handle
	 * @return the persisted result, the optimistic one inside an ambient transaction
	 */
	<R extends @Nullable Object> R await(TransactionHandle<R> handle);

}
