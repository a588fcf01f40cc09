package io.streamdb.data.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.streamdb.StreamDb;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.Row;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionalCollection;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.support.DataAccessUtils;
import org.springframework.dao.support.PersistenceExceptionTranslator;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.support.PageableExecutionUtils;
import org.springframework.util.Assert;

/**
 * {@link StreamDbOperations} on a {@link StreamDb}. Safe for use by many threads.
 */
public class StreamDbTemplate implements StreamDbOperations {

	private static final String NO_ACTION = "none";

	private final StreamDb streamDb;

	private final StreamDbMappingContext mappingContext;

	private final EntityOrder order;

	private final PersistenceExceptionTranslator exceptionTranslator = new StreamDbExceptionTranslator();

	private ObservationRegistry observationRegistry = ObservationRegistry.NOOP;

	/**
	 * Creates a template.
	 * @param streamDb the database
	 * @param mappingContext knows its entities
	 */
	public StreamDbTemplate(StreamDb streamDb, StreamDbMappingContext mappingContext) {
		Assert.notNull(streamDb, "'streamDb' must not be null");
		Assert.notNull(mappingContext, "'mappingContext' must not be null");
		this.streamDb = streamDb;
		this.mappingContext = mappingContext;
		this.order = new EntityOrder(mappingContext);
	}

	/**
	 * Sets what is told of transactions and actions; see {@link StreamDbObservation}.
	 * @param observationRegistry the registry
	 */
	public void setObservationRegistry(ObservationRegistry observationRegistry) {
		this.observationRegistry = observationRegistry;
	}

	@Override
	public StreamDb streamDb() {
		return this.streamDb;
	}

	@Override
	public StreamDbMappingContext mappingContext() {
		return this.mappingContext;
	}

	@Override
	public <T> Optional<T> findById(Class<T> entityClass, Object id) {
		return translating(() -> this.streamDb.collection(entityClass).find(id));
	}

	@Override
	public <T> List<T> findAllById(Class<T> entityClass, Collection<?> ids) {
		return translating(() -> {
			CollectionSnapshot<T> snapshot = this.streamDb.collection(entityClass).snapshot();
			return ids.stream().flatMap((id) -> snapshot.find(id).stream()).toList();
		});
	}

	@Override
	public <T> List<T> findAll(Class<T> entityClass, @Nullable Predicate<? super T> filter, Sort sort) {
		Comparator<Object> comparator = this.order.comparator(entityClass, sort);
		return translating(() -> this.streamDb.collection(entityClass).find(filter, comparator, 0, -1));
	}

	@Override
	public <T> Page<T> findAll(Class<T> entityClass, @Nullable Predicate<? super T> filter, Pageable pageable) {
		Comparator<Object> comparator = this.order.comparator(entityClass, pageable.getSort());
		long offset = pageable.isPaged() ? pageable.getOffset() : 0;
		int limit = pageable.isPaged() ? pageable.getPageSize() : -1;
		return translating(() -> {
			CollectionSnapshot<T> snapshot = this.streamDb.collection(entityClass).snapshot();
			List<T> content = snapshot.find(filter, comparator, offset, limit);
			return PageableExecutionUtils.getPage(content, pageable, () -> count(snapshot, filter));
		});
	}

	@Override
	public <T> long count(Class<T> entityClass, @Nullable Predicate<? super T> filter) {
		return translating(() -> count(this.streamDb.collection(entityClass).snapshot(), filter));
	}

	private static <T> long count(CollectionSnapshot<T> snapshot, @Nullable Predicate<? super T> filter) {
		return (filter != null) ? snapshot.count(filter) : snapshot.count();
	}

	@Override
	public <T> T save(T entity) {
		return execute((transaction) -> collectionOf(entity, transaction).save(entity));
	}

	@Override
	public <T> List<T> saveAll(Collection<T> entities) {
		return execute((transaction) -> {
			List<T> saved = new ArrayList<>(entities.size());
			for (T entity : entities) {
				saved.add(collectionOf(entity, transaction).save(entity));
			}
			return saved;
		});
	}

	@Override
	public <T> T insert(T entity) {
		return execute((transaction) -> collectionOf(entity, transaction).insert(entity));
	}

	@Override
	public <T> T update(Class<T> entityClass, Object id, UnaryOperator<T> function) {
		return execute((transaction) -> transaction.collection(entityClass).update(id, function));
	}

	@Override
	public void deleteAllById(Class<?> entityClass, Collection<?> ids) {
		this.<@Nullable Void>execute((transaction) -> {
			TransactionalCollection<?> collection = transaction.collection(entityClass);
			ids.forEach(collection::deleteIfPresent);
			return null;
		});
	}

	@Override
	public void deleteAll(Class<?> entityClass) {
		this.<@Nullable Void>execute((transaction) -> {
			TransactionalCollection<?> collection = transaction.collection(entityClass);
			collection.snapshot().rows().map(Row::key).toList().forEach(collection::deleteIfPresent);
			return null;
		});
	}

	@Override
	public <R extends @Nullable Object> R execute(Function<Transaction, R> work) {
		return translating(() -> awaitUntranslated(observing(NO_ACTION, () -> this.streamDb.transact(work))));
	}

	@Override
	public <R extends @Nullable Object> CompletableFuture<R> executeAsync(Function<Transaction, R> work) {
		TransactionHandle<R> handle = translating(() -> observing(NO_ACTION, () -> this.streamDb.transact(work)));
		return handle.persisted().exceptionallyCompose((failure) -> CompletableFuture.failedFuture(translate(failure)));
	}

	@Override
	public <P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(String name,
			OptimisticAction<P, R> action, P params) {
		return translating(() -> observing(name, () -> this.streamDb.invoke(action, params)));
	}

	@Override
	public <R extends @Nullable Object> R await(TransactionHandle<R> handle) {
		return translating(() -> awaitUntranslated(handle));
	}

	private <R extends @Nullable Object> R awaitUntranslated(TransactionHandle<R> handle) {
		return this.streamDb.currentTransaction().isPresent() ? handle.result() : handle.await();
	}

	@SuppressWarnings("unchecked")
	private <T> TransactionalCollection<T> collectionOf(T entity, Transaction transaction) {
		return (TransactionalCollection<T>) transaction.collection(entityClass(entity.getClass()));
	}

	private Class<?> entityClass(Class<?> type) {
		for (Class<?> candidate = type; candidate != null; candidate = candidate.getSuperclass()) {
			if (this.streamDb.schema().byClass(candidate) != null) {
				return candidate;
			}
		}
		return type;
	}

	private <R extends @Nullable Object> TransactionHandle<R> observing(String action,
			Supplier<TransactionHandle<R>> work) {
		if (this.observationRegistry.isNoop() || this.streamDb.currentTransaction().isPresent()) {
			return work.get();
		}
		Observation observation = StreamDbObservation.TRANSACTION.observation(this.observationRegistry)
			.lowCardinalityKeyValue(StreamDbObservation.LowCardinalityKeyNames.ACTION.withValue(action))
			.start();
		try {
			TransactionHandle<R> handle = observation.scoped(work);
			observation
				.highCardinalityKeyValue(StreamDbObservation.HighCardinalityKeyNames.TXID.withValue(handle.txid()));
			handle.persisted().whenComplete((result, failure) -> stop(observation, failure));
			return handle;
		}
		catch (RuntimeException | Error ex) {
			// The scope has noted the error.
			observation.stop();
			throw ex;
		}
	}

	private static void stop(Observation observation, @Nullable Throwable failure) {
		if (failure != null) {
			observation.error(failure);
		}
		observation.stop();
	}

	private <R extends @Nullable Object> R translating(Supplier<R> work) {
		try {
			return work.get();
		}
		catch (RuntimeException ex) {
			throw DataAccessUtils.translateIfNecessary(ex, this.exceptionTranslator);
		}
	}

	private Throwable translate(Throwable failure) {
		Throwable cause = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		if (cause instanceof RuntimeException runtimeException) {
			DataAccessException translated = this.exceptionTranslator.translateExceptionIfPossible(runtimeException);
			return (translated != null) ? translated : cause;
		}
		return cause;
	}

}
