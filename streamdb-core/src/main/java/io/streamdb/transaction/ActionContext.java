package io.streamdb.transaction;

import java.util.List;
import java.util.concurrent.CompletionStage;

import io.streamdb.client.DurableStream;

/**
 * What an {@link OptimisticAction} works with.
 */
public interface ActionContext {

	/**
	 * Returns a collection, to read and to change in {@code onMutate}.
	 * @param <T> the entity's type
	 * @param entityClass the entity class
	 * @return the collection
	 */
	<T> TransactionalCollection<T> collection(Class<T> entityClass);

	/**
	 * Returns the txid of the action's transaction: a {@code mutate} that writes by
	 * another way puts it on what it writes.
	 * @return a UUID
	 */
	String txid();

	/**
	 * Returns the mutations that {@code onMutate} made. In {@code mutate} they are what
	 * they are on top of the state of that moment, and stay like that from the first call
	 * on, whatever the stream brings.
	 * @return the mutations, merged per key
	 * @throws ConflictException in {@code mutate}, when what the stream has brought does
	 * not go with them
	 */
	List<Mutation<?>> mutations();

	/**
	 * Returns the stream, for a {@code mutate} that appends by itself. Not for
	 * {@code onMutate}.
	 * @return the handle on the stream
	 */
	DurableStream stream();

	/**
	 * Persists the mutations by the default way (SPEC T4), after earlier transactions on
	 * their keys. Fails with a {@link ConflictException} when they do not fit the state
	 * any more, or were told to {@code mutate} on top of a transaction that has failed
	 * since, and with a {@link TransactionTimeoutException} when an earlier action on
	 * their keys does not end in time.
	 * @return completes when they are durable and visible
	 */
	CompletionStage<Void> persist();

}
