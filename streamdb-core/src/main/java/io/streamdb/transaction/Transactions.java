package io.streamdb.transaction;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * Makes transactions and runs work and actions in them. Part of the engine; applications
 * use {@link io.streamdb.StreamDb}.
 */
public final class Transactions {

	private final TransactionPipeline pipeline;

	/**
	 * Creates the transactions of a database.
	 * @param pipeline where they go
	 */
	public Transactions(TransactionPipeline pipeline) {
		this.pipeline = pipeline;
	}

	/**
	 * Begins a transaction.
	 * @return a transaction that is not ambient
	 */
	public Transaction begin() {
		this.pipeline.environment().gate().awaitWritable();
		return newTransaction();
	}

	/**
	 * Returns the calling thread's ambient transaction.
	 * @return the transaction, if there is one
	 */
	public Optional<Transaction> current() {
		return Optional.ofNullable(ambient().current());
	}

	/**
	 * Runs work in a transaction, as {@link io.streamdb.StreamDb#transact} says.
	 * @param <R> the result
	 * @param work the work
	 * @return the handle
	 */
	public <R extends @Nullable Object> TransactionHandle<R> transact(Function<Transaction, R> work) {
		DefaultTransaction outer = ambient().current();
		if (outer != null) {
			return join(outer, () -> work.apply(outer));
		}
		this.pipeline.environment().gate().awaitWritable();
		DefaultTransaction transaction = newTransaction();
		return run(transaction, () -> work.apply(transaction), transaction::handOver);
	}

	/**
	 * Runs an action, as {@link io.streamdb.StreamDb#invoke} says.
	 * @param <P> the parameters
	 * @param <R> the result
	 * @param action the action
	 * @param params the parameters
	 * @return the handle
	 */
	public <P extends @Nullable Object, R extends @Nullable Object> TransactionHandle<R> invoke(
			OptimisticAction<P, R> action, P params) {
		boolean custom = ActionPersistence.isCustom(action);
		DefaultTransaction outer = ambient().current();
		if (outer != null) {
			if (custom) {
				throw new IllegalTransactionStateException("The action " + action.getClass().getName()
						+ " has a mutate of its own, so it cannot join the transaction " + outer.txid()
						+ ": invoke it outside", null);
			}
			MutatingContext context = new MutatingContext(this.pipeline, outer);
			return join(outer, () -> action.onMutate(params, context));
		}
		this.pipeline.environment().gate().awaitWritable();
		DefaultTransaction transaction = newTransaction();
		MutatingContext context = new MutatingContext(this.pipeline, transaction);
		return run(transaction, () -> action.onMutate(params, context), () -> {
			context.mutated();
			if (custom) {
				transaction.handOver(action.getClass().getName(), () -> action.mutate(params, context));
			}
			else {
				transaction.handOver();
			}
		});
	}

	private <R extends @Nullable Object> TransactionHandle<R> join(DefaultTransaction outer, Supplier<R> work) {
		return new SettlementHandle<>(outer, ambient().call(outer, work, true));
	}

	private <R extends @Nullable Object> TransactionHandle<R> run(DefaultTransaction transaction, Supplier<R> work,
			Runnable commit) {
		boolean committed = false;
		try {
			R result = ambient().call(transaction, work, false);
			SettlementHandle<R> handle = new SettlementHandle<>(transaction, result);
			commit.run();
			committed = true;
			return handle;
		}
		finally {
			if (!committed) {
				transaction.rollback();
			}
		}
	}

	private AmbientTransactions ambient() {
		return this.pipeline.ambient();
	}

	private DefaultTransaction newTransaction() {
		RandomGenerator random = this.pipeline.environment().random();
		long high = random.nextLong() & 0xFFFFFFFFFFFF0FFFL | 0x4000L;
		long low = random.nextLong() & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
		return new DefaultTransaction(this.pipeline, new UUID(high, low).toString());
	}

}
