package io.streamdb.transaction;

import java.util.List;
import java.util.function.Supplier;

/**
 * A unit of work over any collections of one database (SPEC T1): its mutations are
 * visible locally at once and together, and reach the stream in one append. An object
 * that may be handed from thread to thread; its methods are safe for use by many.
 */
public interface Transaction {

	/**
	 * Returns the txid that every event of the transaction will carry.
	 * @return a UUID
	 */
	String txid();

	/**
	 * Returns the state.
	 * @return the state now
	 */
	TransactionState state();

	/**
	 * Returns a collection as this transaction sees and changes it.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @return the collection
	 */
	<T> TransactionalCollection<T> collection(Class<T> entityClass);

	/**
	 * Returns what the transaction does, merged per key, in the order of first mutation.
	 * @return an immutable copy
	 */
	List<Mutation<?>> mutations();

	/**
	 * Makes this the calling thread's ambient transaction while the work runs: repository
	 * writes join it and return at once (SPEC T9).
	 * @param <R> the result
	 * @param work the work
	 * @return what the work returns
	 */
	<R> R call(Supplier<R> work);

	/**
	 * Sends the transaction with the default persister (SPEC T4): one atomic append. A
	 * transaction without mutations completes at once; one that no longer fits what is
	 * visible fails with {@link ConflictException}.
	 * @return the handle; committing twice returns the same one
	 * @throws TransactionException when too many transactions are pending; this one stays
	 * open
	 */
	TransactionHandle<Void> commit();

	/**
	 * Drops the mutations. Possible until the transaction is sent.
	 * @return whether it was rolled back; {@code false} when it was sent or has ended
	 */
	boolean rollback();

}
