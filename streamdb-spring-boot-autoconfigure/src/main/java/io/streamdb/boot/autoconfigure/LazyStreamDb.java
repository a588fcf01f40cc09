package io.streamdb.boot.autoconfigure;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

import io.streamdb.EntityCollection;
import io.streamdb.QuarantinedEvent;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbListener;
import io.streamdb.StreamDbMetrics;
import io.streamdb.StreamDbStatus;
import io.streamdb.SubscriptionOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.Subscription;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StreamDb} whose first access preloads it (SPEC B6). Whoever accesses it while
 * it is loading waits as the database says (SPEC M4); a load that failed is tried again
 * by the next access. Asking for status, counters, schema or snapshots is no access, so
 * that health and metrics load nothing.
 */
final class LazyStreamDb implements StreamDb {

	private final StreamDb delegate;

	private volatile boolean loaded;

	LazyStreamDb(StreamDb delegate) {
		this.delegate = delegate;
	}

	private StreamDb accessed() {
		if (!this.loaded) {
			preload();
		}
		return this.delegate;
	}

	@Override
	public CompletableFuture<Void> preload() {
		return this.delegate.preload().thenRun(() -> this.loaded = true);
	}

	@Override
	public StreamDbStatus status() {
		return this.delegate.status();
	}

	@Override
	public StreamDbMetrics metrics() {
		return this.delegate.metrics();
	}

	@Override
	public List<QuarantinedEvent> quarantinedEvents() {
		return this.delegate.quarantinedEvents();
	}

	@Override
	public QuarantinedEvent skipInvalidEvent() {
		return this.delegate.skipInvalidEvent();
	}

	@Override
	public StateSchema schema() {
		return this.delegate.schema();
	}

	@Override
	public DurableStream stream() {
		return this.delegate.stream();
	}

	@Override
	public @Nullable String offset() {
		return this.delegate.offset();
	}

	@Override
	public StateSnapshot snapshot() {
		return this.delegate.snapshot();
	}

	@Override
	public StateSnapshot syncedSnapshot() {
		return this.delegate.syncedSnapshot();
	}

	@Override
	public <T> EntityCollection<T> collection(Class<T> entityClass) {
		return new LazyCollection<>(this.delegate.collection(entityClass));
	}

	@Override
	public Transaction beginTransaction() {
		return accessed().beginTransaction();
	}

	@Override
	public Optional<Transaction> currentTransaction() {
		return this.delegate.currentTransaction();
	}

	@Override
	public <R extends @Nullable Object> TransactionHandle<R> transact(Function<Transaction, R> work) {
		return accessed().transact(work);
	}

	@Override
	public <P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(
			OptimisticAction<P, R> action, P params) {
		return accessed().invoke(action, params);
	}

	@Override
	public CompletableFuture<Void> awaitTxId(String txid) {
		return accessed().awaitTxId(txid);
	}

	@Override
	public CompletableFuture<Void> awaitTxId(String txid, Duration timeout) {
		return accessed().awaitTxId(txid, timeout);
	}

	@Override
	public CompletableFuture<Void> awaitOffset(String offset, Duration timeout) {
		return accessed().awaitOffset(offset, timeout);
	}

	@Override
	public Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber) {
		return accessed().subscribe(options, subscriber);
	}

	@Override
	public void addListener(StreamDbListener listener) {
		this.delegate.addListener(listener);
	}

	@Override
	public void close() {
		this.delegate.close();
	}

	/**
	 * A collection of the database.
	 */
	private final class LazyCollection<T> implements EntityCollection<T> {

		private final EntityCollection<T> collection;

		private LazyCollection(EntityCollection<T> collection) {
			this.collection = collection;
		}

		private EntityCollection<T> accessedCollection() {
			accessed();
			return this.collection;
		}

		@Override
		public CollectionDefinition<T> definition() {
			return this.collection.definition();
		}

		@Override
		public CollectionSnapshot<T> snapshot() {
			return accessedCollection().snapshot();
		}

		@Override
		public Optional<T> find(Object id) {
			return accessedCollection().find(id);
		}

		@Override
		public List<T> findAll() {
			return accessedCollection().findAll();
		}

		@Override
		public List<T> find(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset,
				int limit) {
			return accessedCollection().find(filter, order, offset, limit);
		}

		@Override
		public int count() {
			return accessedCollection().count();
		}

		@Override
		public Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber) {
			return accessedCollection().subscribe(options, subscriber);
		}

	}

}
