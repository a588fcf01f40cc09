package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.streamdb.client.Scheduling;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.Row;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that collects mutations, until it is handed to {@link Transactions} as a
 * whole. Errors leave no trace: a mutation is entered only when it has been checked.
 */
final class DefaultTransaction implements Transaction {

	private final TransactionPipeline pipeline;

	private final Settlement settlement;

	private final ReentrantLock lock;

	private final Map<KeyRef<?>, Written<?>> written = new LinkedHashMap<>();

	private final ReadLog reads = new ReadLog();

	private boolean open = true;

	private boolean updating;

	private @Nullable PendingTransaction pending;

	private @Nullable TransactionHandle<Void> handle;

	DefaultTransaction(TransactionPipeline pipeline, String txid) {
		this.pipeline = pipeline;
		this.lock = pipeline.environment().scheduling().newLock();
		this.settlement = new Settlement(txid);
	}

	Settlement settlement() {
		return this.settlement;
	}

	Scheduling scheduling() {
		return this.pipeline.environment().scheduling();
	}

	Executor callbacks() {
		return this.pipeline.environment().callbacks();
	}

	@Override
	public String txid() {
		return this.settlement.txid();
	}

	@Override
	public TransactionState state() {
		return this.settlement.state();
	}

	@Override
	public <T> TransactionalCollection<T> collection(Class<T> entityClass) {
		return new WorkingCollection<>(this,
				this.pipeline.environment().store().visible().collection(entityClass).definition());
	}

	@Override
	public List<Mutation<?>> mutations() {
		return mutations(false);
	}

	/**
	 * Returns the mutations.
	 * @param handedOut whether a custom {@code mutate} asks for them, so that they have
	 * to stay like that
	 */
	List<Mutation<?>> mutations(boolean handedOut) {
		PendingTransaction committed;
		List<Mutation<?>> collected = new ArrayList<>();
		this.lock.lock();
		try {
			committed = this.pending;
			for (Written<?> entry : this.written.values()) {
				Mutation<?> mutation = entry.describe();
				if (mutation != null) {
					collected.add(mutation);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		// Not under our lock: update functions run under the commit lock, and may read
		// here.
		if (committed == null) {
			return List.copyOf(collected);
		}
		return handedOut ? this.pipeline.handOut(committed, collected)
				: this.pipeline.locked(() -> committed.describe(collected));
	}

	@Override
	public <R> R call(Supplier<R> work) {
		return this.pipeline.ambient().call(this, work, false);
	}

	@Override
	public TransactionHandle<Void> commit() {
		handOver();
		this.lock.lock();
		try {
			TransactionHandle<Void> known = this.handle;
			if (known == null) {
				known = SettlementHandle.withoutResult(this);
				this.handle = known;
			}
			return known;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Hands the mutations over to the default persister. Does nothing when the
	 * transaction is not open any more; stays open when it is refused.
	 */
	void handOver() {
		if (isOpen()) {
			this.pipeline.environment().gate().awaitWritable();
			handOver(this.pipeline::commit);
		}
	}

	/**
	 * Hands the mutations over to a custom {@code mutate}.
	 * @param action the action, for people
	 * @param mutate the custom method
	 */
	void handOver(String action, Supplier<? extends @Nullable CompletionStage<?>> mutate) {
		handOver((committed) -> {
			if (this.pipeline.commitCustom(committed, action)) {
				new CustomMutation(this.pipeline, committed).start(mutate);
			}
		});
	}

	private void handOver(Consumer<PendingTransaction> commit) {
		PendingTransaction committed = new PendingTransaction(this.settlement);
		this.lock.lock();
		try {
			if (!this.open) {
				return;
			}
			this.open = false;
			this.pending = committed;
			committed.mutations(this.written.values()
				.stream()
				.<PendingMutation<?>>map((entry) -> entry.pending(committed))
				.toList());
		}
		finally {
			this.lock.unlock();
		}
		boolean taken = false;
		try {
			commit.accept(committed);
			taken = true;
		}
		finally {
			if (!taken) {
				reopen();
			}
		}
	}

	private void reopen() {
		this.lock.lock();
		try {
			this.open = true;
			this.pending = null;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean rollback() {
		PendingTransaction sent;
		this.lock.lock();
		try {
			if (this.open) {
				this.open = false;
				this.written.clear();
				this.settlement.settle(TransactionOutcome.FAILED);
				this.settlement.wake(new RolledBackException(
						"The transaction " + txid() + " was rolled back before its commit", null));
				return true;
			}
			sent = this.pending;
		}
		finally {
			this.lock.unlock();
		}
		return sent != null && this.pipeline.rollback(sent);
	}

	/**
	 * Checks that the calling thread may wait for this transaction.
	 */
	void checkMayWait() {
		this.pipeline.checkMayWait();
		this.lock.lock();
		try {
			if (this.open && this.pipeline.ambient().current() == this) {
				throw new IllegalTransactionStateException("Waiting for the transaction " + txid()
						+ " inside of it would never end: wait after its work has returned", null);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Nullable PendingTransaction pending() {
		this.lock.lock();
		try {
			return this.pending;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isOpen() {
		this.lock.lock();
		try {
			return this.open;
		}
		finally {
			this.lock.unlock();
		}
	}

	ReadLog reads() {
		return this.reads;
	}

	/**
	 * Finds the key under which the transaction wrote a value.
	 * @param value the value
	 * @return the key, or {@code null} when it did not write this object
	 */
	@Nullable KeyRef<?> keyOfWritten(@Nullable Object value) {
		if (value == null) {
			return null;
		}
		this.lock.lock();
		try {
			for (Map.Entry<KeyRef<?>, Written<?>> entry : this.written.entrySet()) {
				if (entry.getValue().value() == value) {
					return entry.getKey();
				}
			}
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> @Nullable T read(KeyRef<T> ref) {
		this.pipeline.environment().gate().awaitReadable();
		this.lock.lock();
		try {
			Written<T> own = own(ref);
			if (own != null) {
				return own.value();
			}
			Row<T> row = visibleRow(ref);
			if (this.open) {
				this.reads.add(ref, row);
			}
			return (row != null) ? row.value() : null;
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> CollectionSnapshot<T> snapshot(CollectionDefinition<T> definition) {
		this.pipeline.environment().gate().awaitReadable();
		this.lock.lock();
		try {
			OverlayEdit edit = this.pipeline.environment().store().edit();
			if (this.open) {
				this.written.forEach((ref, entry) -> {
					if (ref.definition() == definition) {
						Object value = entry.value();
						if (value != null) {
							edit.show(definition, ref.key(), value, false, txid());
						}
						else {
							edit.hide(definition, ref.key(), txid());
						}
					}
				});
			}
			return edit.snapshot(definition);
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> void insert(KeyRef<T> ref, T entity) {
		this.lock.lock();
		try {
			checkOpen();
			Written<T> own = own(ref);
			T current = current(ref, own);
			if (current != null) {
				throw new DuplicateKeyException(
						"The key of " + ref + " is taken: update the entity that is there, or save", null);
			}
			enter(ref, (own != null) ? own.then(own.mutation().thenStore(entity), entity)
					: new Written<>(ref, KeyMutation.insert(entity), null, entity));
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> void save(KeyRef<T> ref, T entity) {
		this.lock.lock();
		try {
			checkOpen();
			Written<T> own = own(ref);
			enter(ref, (own != null) ? own.then(own.mutation().thenStore(entity), entity)
					: new Written<>(ref, KeyMutation.save(entity), current(ref, null), entity));
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> T update(KeyRef<T> ref, UnaryOperator<T> function) {
		this.lock.lock();
		try {
			checkOpen();
			Written<T> own = own(ref);
			T current = current(ref, own);
			if (current == null) {
				throw unknown(ref, "update");
			}
			T result;
			this.updating = true;
			try {
				result = EntityChecks.updated(ref, function.apply(current));
			}
			finally {
				this.updating = false;
			}
			enter(ref, (own != null) ? own.then(own.mutation().thenUpdate(function, result), result)
					: new Written<>(ref, KeyMutation.update(function), current, result));
			return result;
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> void delete(KeyRef<T> ref) {
		this.lock.lock();
		try {
			checkOpen();
			Written<T> own = own(ref);
			T current = current(ref, own);
			if (current == null) {
				throw unknown(ref, "delete");
			}
			enterDelete(ref, own, KeyMutation.delete(), current);
		}
		finally {
			this.lock.unlock();
		}
	}

	<T> boolean deleteIfPresent(KeyRef<T> ref) {
		this.lock.lock();
		try {
			checkOpen();
			Written<T> own = own(ref);
			T current = current(ref, own);
			if (current != null) {
				enterDelete(ref, own, KeyMutation.deleteIfPresent(), current);
			}
			else if (own == null) {
				this.reads.add(ref, null);
			}
			return current != null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private <T> void enterDelete(KeyRef<T> ref, @Nullable Written<T> own, KeyMutation<T> first, T current) {
		if (own == null) {
			enter(ref, new Written<>(ref, first, current, null));
			return;
		}
		KeyMutation<T> rest = own.mutation().thenDelete();
		enter(ref, (rest != null) ? own.then(rest, null) : null);
	}

	/**
	 * Takes mutations back, the last one first, where nothing else has been made of them
	 * since.
	 * @param savepoint what to take back
	 */
	void undo(Savepoint savepoint) {
		this.lock.lock();
		try {
			if (!this.open) {
				return;
			}
			for (Savepoint.Entry entry : savepoint.latestFirst()) {
				if (this.written.get(entry.ref()) == entry.after()) {
					restore(entry.ref(), entry.before());
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void restore(KeyRef<?> ref, @Nullable Written<?> entry) {
		if (entry != null) {
			this.written.put(ref, entry);
		}
		else {
			this.written.remove(ref);
		}
	}

	private <T> void enter(KeyRef<T> ref, @Nullable Written<T> entry) {
		Written<?> before = this.written.get(ref);
		restore(ref, entry);
		Savepoint savepoint = this.pipeline.ambient().savepoint(this);
		if (savepoint != null) {
			savepoint.add(new Savepoint.Entry(ref, before, entry));
		}
	}

	private void checkOpen() {
		if (!this.open) {
			throw new IllegalTransactionStateException(
					"The transaction " + txid() + " takes no more mutations: it was committed or rolled back", null);
		}
		if (this.updating) {
			throw new IllegalTransactionStateException(
					"An update function must be pure: it may read, and must not write", null);
		}
	}

	private static TransactionException unknown(KeyRef<?> ref, String operation) {
		return new UnknownKeyException("There is no " + ref + " to " + operation, null);
	}

	@SuppressWarnings("unchecked")
	private <T> @Nullable Written<T> own(KeyRef<T> ref) {
		return this.open ? (Written<T>) this.written.get(ref) : null;
	}

	private <T> @Nullable T current(KeyRef<T> ref, @Nullable Written<T> own) {
		if (own != null) {
			return own.value();
		}
		Row<T> row = visibleRow(ref);
		return (row != null) ? row.value() : null;
	}

	private <T> @Nullable Row<T> visibleRow(KeyRef<T> ref) {
		return this.pipeline.environment().store().visible(ref.definition()).row(ref.key());
	}

	@Override
	public String toString() {
		return "transaction " + txid() + " (" + state() + ")";
	}

	/**
	 * What the transaction has made of one key.
	 *
	 * @param <T> the entity's type
	 * @param ref the key
	 * @param mutation the merged mutation
	 * @param previous the visible value when it was first mutated, or {@code null}
	 * @param value the value now, or {@code null} when it is deleted
	 */
	record Written<T>(KeyRef<T> ref, KeyMutation<T> mutation, @Nullable T previous, @Nullable T value) {

		Written<T> then(KeyMutation<T> merged, @Nullable T result) {
			return new Written<>(this.ref, merged, this.previous, result);
		}

		PendingMutation<T> pending(PendingTransaction owner) {
			return new PendingMutation<>(owner, this.ref, this.mutation);
		}

		@Nullable Mutation<T> describe() {
			Operation operation = this.mutation.operation(this.previous);
			return (operation != null)
					? new Mutation<>(this.ref.definition(), operation, this.ref.key(), this.value, this.previous)
					: null;
		}

	}

}
