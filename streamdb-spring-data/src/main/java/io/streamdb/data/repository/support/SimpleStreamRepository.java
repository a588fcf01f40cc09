package io.streamdb.data.repository.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionalCollection;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.repository.core.EntityInformation;
import org.springframework.util.Assert;

/**
 * The implementation of {@link StreamRepository}.
 *
 * @param <T> the entity's type
 * @param <ID> the id's type
 */
public class SimpleStreamRepository<T, ID> implements StreamRepository<T, ID> {

	private final EntityInformation<T, ID> entity;

	private final StreamDbOperations operations;

	/**
	 * Creates a repository.
	 * @param entity what is known of the entity
	 * @param operations the operations
	 */
	public SimpleStreamRepository(EntityInformation<T, ID> entity, StreamDbOperations operations) {
		this.entity = entity;
		this.operations = operations;
	}

	@Override
	public <S extends T> S save(S entity) {
		Assert.notNull(entity, "'entity' must not be null");
		return this.operations.execute((transaction) -> save(entity, transaction));
	}

	@Override
	public <S extends T> List<S> saveAll(Iterable<S> entities) {
		Assert.notNull(entities, "'entities' must not be null");
		return this.operations.execute((transaction) -> {
			List<S> saved = new ArrayList<>();
			for (S entity : entities) {
				saved.add(save(entity, transaction));
			}
			return saved;
		});
	}

	@Override
	public <S extends T> S insert(S entity) {
		Assert.notNull(entity, "'entity' must not be null");
		return this.operations.execute((transaction) -> insert(entity, transaction));
	}

	@Override
	public T update(ID id, UnaryOperator<T> function) {
		Assert.notNull(id, "'id' must not be null");
		Assert.notNull(function, "'function' must not be null");
		return this.operations.update(this.entity.getJavaType(), id, function);
	}

	@Override
	public Optional<T> findById(ID id) {
		Assert.notNull(id, "'id' must not be null");
		return this.operations.findById(this.entity.getJavaType(), id);
	}

	@Override
	public boolean existsById(ID id) {
		return findById(id).isPresent();
	}

	@Override
	public List<T> findAll() {
		return findMatching(null, Sort.unsorted());
	}

	@Override
	public List<T> findAll(Sort sort) {
		Assert.notNull(sort, "'sort' must not be null");
		return findMatching(null, sort);
	}

	@Override
	public Page<T> findAll(Pageable pageable) {
		Assert.notNull(pageable, "'pageable' must not be null");
		return this.operations.findAll(this.entity.getJavaType(), null, pageable);
	}

	@Override
	public List<T> findAll(Predicate<? super T> filter) {
		Assert.notNull(filter, "'filter' must not be null");
		return findMatching(filter, Sort.unsorted());
	}

	@Override
	public List<T> findAll(Predicate<? super T> filter, Sort sort) {
		Assert.notNull(filter, "'filter' must not be null");
		Assert.notNull(sort, "'sort' must not be null");
		return findMatching(filter, sort);
	}

	@Override
	public Page<T> findAll(Predicate<? super T> filter, Pageable pageable) {
		Assert.notNull(filter, "'filter' must not be null");
		Assert.notNull(pageable, "'pageable' must not be null");
		return this.operations.findAll(this.entity.getJavaType(), filter, pageable);
	}

	@Override
	public List<T> findAllById(Iterable<ID> ids) {
		Assert.notNull(ids, "'ids' must not be null");
		return this.operations.findAllById(this.entity.getJavaType(), toList(ids));
	}

	@Override
	public long count() {
		return this.operations.count(this.entity.getJavaType(), null);
	}

	@Override
	public long count(Predicate<? super T> filter) {
		Assert.notNull(filter, "'filter' must not be null");
		return this.operations.count(this.entity.getJavaType(), filter);
	}

	@Override
	public void deleteById(ID id) {
		Assert.notNull(id, "'id' must not be null");
		this.operations.deleteAllById(this.entity.getJavaType(), List.of(id));
	}

	@Override
	public void delete(T entity) {
		Assert.notNull(entity, "'entity' must not be null");
		deleteAll(List.of(entity));
	}

	@Override
	public void deleteAllById(Iterable<? extends ID> ids) {
		Assert.notNull(ids, "'ids' must not be null");
		this.operations.deleteAllById(this.entity.getJavaType(), toList(ids));
	}

	@Override
	public void deleteAll(Iterable<? extends T> entities) {
		Assert.notNull(entities, "'entities' must not be null");
		List<ID> ids = new ArrayList<>();
		for (T entity : entities) {
			ids.add(this.entity.getRequiredId(entity));
		}
		this.operations.deleteAllById(this.entity.getJavaType(), ids);
	}

	@Override
	public void deleteAll() {
		this.operations.deleteAll(this.entity.getJavaType());
	}

	@Override
	public <S extends T> CompletableFuture<S> saveAsync(S entity) {
		Assert.notNull(entity, "'entity' must not be null");
		return this.operations.executeAsync((transaction) -> save(entity, transaction));
	}

	@Override
	public <S extends T> CompletableFuture<S> insertAsync(S entity) {
		Assert.notNull(entity, "'entity' must not be null");
		return this.operations.executeAsync((transaction) -> insert(entity, transaction));
	}

	@Override
	public CompletableFuture<T> updateAsync(ID id, UnaryOperator<T> function) {
		Assert.notNull(id, "'id' must not be null");
		Assert.notNull(function, "'function' must not be null");
		return this.operations.executeAsync((transaction) -> collection(transaction).update(id, function));
	}

	@Override
	public CompletableFuture<Void> deleteByIdAsync(ID id) {
		Assert.notNull(id, "'id' must not be null");
		return this.operations.executeAsync((transaction) -> {
			collection(transaction).deleteIfPresent(id);
			return null;
		});
	}

	private static <E> List<E> toList(Iterable<? extends E> elements) {
		List<E> list = new ArrayList<>();
		elements.forEach(list::add);
		return list;
	}

	private List<T> findMatching(@Nullable Predicate<? super T> filter, Sort sort) {
		return this.operations.findAll(this.entity.getJavaType(), filter, sort);
	}

	@SuppressWarnings("unchecked")
	private <S extends T> S save(S entity, Transaction transaction) {
		return (S) collection(transaction).save(entity);
	}

	@SuppressWarnings("unchecked")
	private <S extends T> S insert(S entity, Transaction transaction) {
		return (S) collection(transaction).insert(entity);
	}

	private TransactionalCollection<T> collection(Transaction transaction) {
		return transaction.collection(this.entity.getJavaType());
	}

}
