package io.streamdb.transaction;

import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.CollectionSnapshot;

/**
 * One collection of a {@link DefaultTransaction}.
 *
 * @param <T> the entity's type
 */
final class WorkingCollection<T> implements TransactionalCollection<T> {

	private final DefaultTransaction transaction;

	private final CollectionDefinition<T> definition;

	WorkingCollection(DefaultTransaction transaction, CollectionDefinition<T> definition) {
		this.transaction = transaction;
		this.definition = definition;
	}

	@Override
	public Optional<T> find(Object id) {
		return Optional.ofNullable(this.transaction.read(ref(this.definition.toKey(id))));
	}

	@Override
	public CollectionSnapshot<T> snapshot() {
		return this.transaction.snapshot(this.definition);
	}

	@Override
	public T insert(T entity) {
		this.transaction.insert(written(entity), entity);
		return entity;
	}

	@Override
	public T update(Object id, UnaryOperator<T> function) {
		Objects.requireNonNull(function, "An update needs a function");
		return this.transaction.update(ref(this.definition.toKey(id)), function);
	}

	@Override
	public T save(T entity) {
		this.transaction.save(written(entity), entity);
		return entity;
	}

	@Override
	public void delete(Object id) {
		this.transaction.delete(ref(this.definition.toKey(id)));
	}

	@Override
	public boolean deleteIfPresent(Object id) {
		return this.transaction.deleteIfPresent(ref(this.definition.toKey(id)));
	}

	private KeyRef<T> written(T entity) {
		Objects.requireNonNull(entity, "There is no entity to write");
		return ref(EntityChecks.written(this.definition, entity));
	}

	private KeyRef<T> ref(String key) {
		return new KeyRef<>(this.definition, key);
	}

}
