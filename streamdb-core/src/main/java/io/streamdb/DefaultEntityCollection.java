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
import io.streamdb.transaction.TransactionalCollection;
import org.jspecify.annotations.Nullable;

/**
 * Reads one collection from the newest visible state, or from the ambient transaction.
 *
 * @param <T> the entity's type
 */
final class DefaultEntityCollection<T> implements EntityCollection<T> {

	private final DefaultStreamDb db;

	private final CollectionDefinition<T> definition;

	DefaultEntityCollection(DefaultStreamDb db, CollectionDefinition<T> definition) {
		this.db = db;
		this.definition = definition;
	}

	@Override
	public CollectionDefinition<T> definition() {
		return this.definition;
	}

	@Override
	public CollectionSnapshot<T> snapshot() {
		this.db.awaitReadable();
		return ambient().map(TransactionalCollection::snapshot).orElseGet(() -> this.db.visible(this.definition));
	}

	@Override
	public Optional<T> find(Object id) {
		this.db.awaitReadable();
		Optional<TransactionalCollection<T>> ambient = ambient();
		return ambient.isPresent() ? ambient.get().find(id) : this.db.visible(this.definition).find(id);
	}

	@Override
	public List<T> findAll() {
		return find(null, null, 0, -1);
	}

	@Override
	public List<T> find(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset,
			int limit) {
		return snapshot().find(filter, order, offset, limit);
	}

	@Override
	public int count() {
		return snapshot().count();
	}

	@Override
	public Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber) {
		return this.db.subscribe(options, this.definition, subscriber);
	}

	private Optional<TransactionalCollection<T>> ambient() {
		return this.db.currentTransaction().map((transaction) -> transaction.collection(this.definition.entityClass()));
	}

	@Override
	public String toString() {
		return this.definition.toString();
	}

}
