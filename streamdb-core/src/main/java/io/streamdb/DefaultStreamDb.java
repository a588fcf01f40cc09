package io.streamdb;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

import io.streamdb.client.DurableStream;
import io.streamdb.event.InvalidEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.StateSnapshot;
import io.streamdb.store.StateStore;
import io.streamdb.store.Subscription;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionEnvironment;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionPipeline;
import io.streamdb.transaction.Transactions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires one stream to its state, transactions, waiters and subscribers, and ends them.
 */
final class DefaultStreamDb implements StreamDb {

	private static final Logger logger = LoggerFactory.getLogger(StreamDb.class);

	private final DurableStream stream;

	private final StateSchema schema;

	private final Duration txIdTimeout;

	private final Duration shutdownTimeout;

	private final StateStore store;

	private final Listeners listeners;

	private final EngineThreads threads;

	private final StatusMachine status;

	private final AccessGate gate;

	final TransactionPipeline pipeline;

	private final Transactions transactions;

	private final StateWaiters waiters;

	private final PreloadWaiters preloads;

	private final ChangeSubscriptions subscriptions;

	private final Quarantine quarantine;

	private final InvalidEventGuard guard;

	private final EngineCounters counters = new EngineCounters();

	final StreamConsumer consumer;

	private final Map<Class<?>, EntityCollection<?>> collections = new ConcurrentHashMap<>();

	private final AtomicBoolean closing = new AtomicBoolean();

	private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

	DefaultStreamDb(StreamDbBuilder builder) {
		this.stream = builder.stream;
		this.schema = builder.schema;
		this.txIdTimeout = builder.txIdTimeout;
		this.shutdownTimeout = builder.shutdownTimeout;
		String name = this.stream.url().toString();
		this.store = new StateStore(this.schema);
		this.listeners = new Listeners(builder.listeners);
		this.threads = new EngineThreads(name, builder.executor, builder.scheduling);
		this.status = new StatusMachine(builder.clock, name, this::offset,
				(next) -> this.listeners.tell((listener) -> listener.onStatusChange(next)));
		this.gate = new AccessGate(this.stream.url(), builder.live, builder.startTimeout, this.status::state,
				builder.scheduling, this.threads.completions()::checkRoom);
		this.pipeline = new TransactionPipeline(new TransactionEnvironment(this.store, this.schema, this.stream,
				this.gate, this.threads::run, this.threads::complete, this.threads.scheduler(), builder.scheduling,
				builder.clock, builder.random, builder.transactionTimeout, builder.txIdTimeout));
		this.transactions = new Transactions(this.pipeline);
		this.waiters = new StateWaiters(this.threads, this::place, BatchApplier.REMEMBERED_TXIDS);
		this.preloads = new PreloadWaiters(this.threads, name);
		this.subscriptions = new ChangeSubscriptions(this.store, this.pipeline, this.threads);
		this.quarantine = new Quarantine(name);
		this.guard = new InvalidEventGuard(builder.invalidEventPolicy, builder.clock);
		BatchApplier applier = new BatchApplier(this.stream.url(), this.schema, this.store, this.pipeline, this.waiters,
				this.subscriptions, this.quarantine, this.listeners, this.counters, builder.updateMode,
				builder.snapshotMode, this.guard, builder.clock, builder.heldRunLimit,
				new LoadThreads(this.threads, this.gate, builder.loadParallelism(), builder.loadPartBytes));
		this.consumer = new StreamConsumer(this.stream, builder.live, builder.createIfMissing, applier, this.status,
				this.gate, this.waiters, this.threads, this.counters, this.pipeline::progressChanged);
		this.pipeline.tell(this.consumer);
		this.pipeline.tell(this.subscriptions);
	}

	private String place() {
		StreamDbStatus now = status();
		return this.stream.url() + " (offset " + now.offset() + ", state " + now.state() + ", lag "
				+ ((now.lag() != null) ? now.lag() : "unknown, never up to date") + ")";
	}

	@Override
	public CompletableFuture<Void> preload() {
		if (this.closing.get()) {
			return CompletableFuture.failedFuture(this.gate.closedException());
		}
		return this.preloads.add(this.consumer.preload());
	}

	@Override
	public StreamDbStatus status() {
		return this.status.status();
	}

	@Override
	public StreamDbMetrics metrics() {
		return new StreamDbMetrics(this.counters.batches.sum(), this.counters.events.sum(),
				this.counters.unknownTypeEvents.sum(), this.counters.ignoredItems.sum(),
				this.counters.controlEvents.sum(), this.quarantine.count(), this.counters.resets.sum(),
				this.counters.retries.sum(), this.waiters.earlyEvictions(), this.pipeline.pendingCount(),
				this.pipeline.completedCount(), this.pipeline.failedCount(), this.pipeline.unknownCount(),
				this.waiters.count() + this.preloads.count(), this.subscriptions.count(),
				this.subscriptions.overflowCount(), this.subscriptions.backlog(), this.counters.heldBytes,
				this.counters.releasedRuns.sum(), this.pipeline.shownCount(), this.waiters.remembered(),
				this.guard.skippedAhead(), this.threads.completions().waiting(), this.threads.completions().threads(),
				this.threads.tasks().waiting(), this.threads.tasks().threads(), this.status.untold(),
				this.status.dropped(), this.listeners.size());
	}

	@Override
	public List<QuarantinedEvent> quarantinedEvents() {
		return this.quarantine.last();
	}

	@Override
	public QuarantinedEvent skipInvalidEvent() {
		if (this.closing.get()) {
			throw this.gate.closedException();
		}
		QuarantinedEvent skipped = this.guard.skip();
		InvalidEvent event = skipped.event();
		logger.warn("StreamDB on {} skips the invalid event that it has failed on: {} '{}': {} ({})", this.stream.url(),
				event.type(), event.key(), event.reason(), event.kind());
		this.consumer.preload();
		return skipped;
	}

	@Override
	public StateSchema schema() {
		return this.schema;
	}

	@Override
	public DurableStream stream() {
		return this.stream;
	}

	@Override
	public @Nullable String offset() {
		return this.store.synced().offset();
	}

	@Override
	public StateSnapshot snapshot() {
		return this.store.visible();
	}

	@Override
	public StateSnapshot syncedSnapshot() {
		return this.store.syncedSnapshot();
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T> EntityCollection<T> collection(Class<T> entityClass) {
		return (EntityCollection<T>) this.collections.computeIfAbsent(entityClass,
				(type) -> new DefaultEntityCollection<>(this, snapshot().collection(entityClass).definition()));
	}

	<T> CollectionSnapshot<T> visible(CollectionDefinition<T> definition) {
		return this.store.visible(definition);
	}

	void awaitReadable() {
		this.gate.awaitReadable();
	}

	@Override
	public Transaction beginTransaction() {
		return this.transactions.begin();
	}

	@Override
	public Optional<Transaction> currentTransaction() {
		return this.transactions.current();
	}

	@Override
	public <R extends @Nullable Object> TransactionHandle<R> transact(Function<Transaction, R> work) {
		return this.transactions.transact(work);
	}

	@Override
	public <P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(
			OptimisticAction<P, R> action, P params) {
		return this.transactions.invoke(action, params);
	}

	@Override
	public CompletableFuture<Void> awaitTxId(String txid) {
		return awaitTxId(txid, this.txIdTimeout);
	}

	@Override
	public CompletableFuture<Void> awaitTxId(String txid, Duration timeout) {
		return this.waiters.awaitTxId(txid, timeout);
	}

	@Override
	public CompletableFuture<Void> awaitOffset(String offset, Duration timeout) {
		return this.waiters.awaitOffset(offset, timeout);
	}

	@Override
	public Subscription subscribe(SubscriptionOptions options, Consumer<ChangeSet> subscriber) {
		return subscribe(options, null, subscriber);
	}

	Subscription subscribe(SubscriptionOptions options, @Nullable CollectionDefinition<?> definition,
			Consumer<ChangeSet> subscriber) {
		return this.subscriptions.subscribe(options, definition, subscriber);
	}

	@Override
	public void addListener(StreamDbListener listener) {
		this.listeners.add(listener);
	}

	@Override
	public void close() {
		boolean mayWait = !this.gate.isApplyThread();
		if (!this.closing.compareAndSet(false, true)) {
			awaitClosed(mayWait && !this.threads.isInside());
			return;
		}
		try {
			this.gate.beginClose();
			if (mayWait) {
				this.pipeline.drain(this.shutdownTimeout, this::canProgress);
			}
			StreamDbUnavailableException reason = new StreamDbUnavailableException(
					"StreamDB closed: nothing more is read of " + place(), null);
			CompletableFuture<@Nullable Void> read = this.consumer.close();
			CompletableFuture<Void> sent = this.pipeline.close();
			this.status.enter(StreamDbState.CLOSED);
			this.gate.close();
			this.waiters.refuse(reason);
			this.subscriptions.close();
			this.threads.shutDown();
			if (mayWait) {
				await(CompletableFuture.allOf(read, sent));
				this.threads.awaitEnd(this.shutdownTimeout);
			}
		}
		finally {
			this.closed.complete(null);
		}
	}

	private boolean canProgress() {
		return switch (this.status.state()) {
			case CATCHING_UP, LIVE, RETRYING -> true;
			default -> false;
		};
	}

	private void await(CompletableFuture<Void> ended) {
		try {
			this.threads.scheduling().await(ended, this.shutdownTimeout);
		}
		catch (TimeoutException | ExecutionException ex) {
			logger.warn("The reader and the writer of {} have not ended within {}", this.stream.url(),
					this.shutdownTimeout, ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void awaitClosed(boolean mayWait) {
		if (!mayWait) {
			return;
		}
		try {
			this.threads.scheduling().await(this.closed);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException("Nothing fails this future", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public String toString() {
		return "StreamDB on " + place();
	}

}
