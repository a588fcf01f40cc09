package io.streamdb.data.repository;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.repository.ListCrudRepository;
import org.springframework.data.repository.ListPagingAndSortingRepository;
import org.springframework.data.repository.NoRepositoryBean;

/**
 * Repository of the entities of one collection (SPEC B2, B3). It can be injected by its
 * full generic type with no interface written, or be extended by an interface.
 * <p>
 * Reads are of the newest visible state, or of the ambient transaction, and never go to
 * the network. An order of a {@link Sort} names a property of the entity, nested ones
 * with dots; without an order entities come in the order of first insertion, which also
 * decides between equals, so that pages of one state never overlap. Nulls come last
 * unless the order says otherwise.
 * <p>
 * Writes wait until they are durable and visible. Inside an ambient transaction, which
 * includes the {@code onMutate} of an action, they join it and return at once, and what
 * comes of them is told by that transaction. Each method writes one atomic append.
 * Failures are {@link org.springframework.dao.DataAccessException}s; see
 * {@link io.streamdb.data.core.StreamDbExceptionTranslator}.
 *
 * @param <T> the entity's type
 * @param <ID> the id's type
 */
@NoRepositoryBean
public interface StreamRepository<T, ID> extends ListCrudRepository<T, ID>, ListPagingAndSortingRepository<T, ID> {

	/**
	 * Inserts the entity, or replaces the one with its id as a whole.
	 * @param entity the entity
	 * @return the entity as it was written
	 */
	@Override
	<S extends T> S save(S entity);

	/**
	 * Saves all entities in one atomic append.
	 * @param entities the entities
	 * @return the entities as they were written, in the same order
	 */
	@Override
	<S extends T> List<S> saveAll(Iterable<S> entities);

	/**
	 * Inserts an entity.
	 * @param <S> the entity's type
	 * @param entity the entity
	 * @return the entity as it was written
	 * @throws org.springframework.dao.DuplicateKeyException when there is one with its id
	 */
	<S extends T> S insert(S entity);

	/**
	 * Updates an entity with a pure function of its current value, which may be applied
	 * again on newer values until the change is sent (SPEC T2).
	 * @param id the id
	 * @param function gives the new value, with the same id
	 * @return the entity as it was written
	 * @throws org.springframework.dao.EmptyResultDataAccessException when there is none
	 * with that id
	 * @throws org.springframework.dao.OptimisticLockingFailureException when another
	 * writer made the update impossible
	 */
	T update(ID id, UnaryOperator<T> function);

	/**
	 * Finds the entities that match.
	 * @param filter which; pure and quick
	 * @return the entities in the order of first insertion
	 */
	List<T> findAll(Predicate<? super T> filter);

	/**
	 * Finds the entities that match, sorted.
	 * @param filter which; pure and quick
	 * @param sort in which order
	 * @return the entities
	 * @throws org.springframework.data.core.PropertyReferenceException for an order by a
	 * property that the entity does not have
	 */
	List<T> findAll(Predicate<? super T> filter, Sort sort);

	/**
	 * Finds a page of the entities that match. Content and total are of one state.
	 * @param filter which; pure and quick
	 * @param pageable which page, in which order
	 * @return the page
	 * @throws org.springframework.data.core.PropertyReferenceException for an order by a
	 * property that the entity does not have
	 */
	Page<T> findAll(Predicate<? super T> filter, Pageable pageable);

	/**
	 * Counts the entities that match.
	 * @param filter which; pure and quick
	 * @return how many
	 */
	long count(Predicate<? super T> filter);

	/**
	 * Saves without waiting. What is wrong with the entity itself is thrown at once.
	 * @param <S> the entity's type
	 * @param entity the entity
	 * @return completes when it is durable and visible, with the entity as it was
	 * written; fails with a {@link org.springframework.dao.DataAccessException}
	 */
	<S extends T> CompletableFuture<S> saveAsync(S entity);

	/**
	 * Inserts without waiting. What is wrong with the entity itself, and an id that is
	 * there, is thrown at once.
	 * @param <S> the entity's type
	 * @param entity the entity
	 * @return as {@link #saveAsync}
	 */
	<S extends T> CompletableFuture<S> insertAsync(S entity);

	/**
	 * Updates without waiting. An id that is not there, and what is wrong with the new
	 * value, is thrown at once.
	 * @param id the id
	 * @param function gives the new value, with the same id
	 * @return as {@link #saveAsync}
	 */
	CompletableFuture<T> updateAsync(ID id, UnaryOperator<T> function);

	/**
	 * Deletes without waiting; an id that is not there, or that another writer deletes
	 * first, is ignored.
	 * @param id the id
	 * @return completes when the entity is gone; fails with a
	 * {@link org.springframework.dao.DataAccessException}
	 */
	CompletableFuture<Void> deleteByIdAsync(ID id);

}
