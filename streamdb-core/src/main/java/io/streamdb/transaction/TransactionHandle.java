package io.streamdb.transaction;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A committed transaction on its way: the optimistic result now, the persisted result
 * later (SPEC T6).
 *
 * @param <R> the result
 */
public interface TransactionHandle<R> {

	/**
	 * Returns the txid.
	 * @return a UUID
	 */
	String txid();

	/**
	 * Returns the state.
	 * @return the state now
	 */
	TransactionState state();

	/**
	 * Returns how the transaction ended.
	 * @return the outcome, empty while it is under way
	 */
	Optional<TransactionOutcome> outcome();

	/**
	 * Returns the optimistic result.
	 * @return what the work returned when it ran locally
	 */
	R result();

	/**
	 * Completes when the transaction is durable and visible in the synced state, with the
	 * persisted result: where the optimistic result is an entity that the transaction
	 * wrote, that entity as it was sent. Fails with the exception that rolled it back,
	 * with {@link UnknownOutcomeException}, or with {@link NotYetVisibleException}. It
	 * completes on a thread of the database's own. What depends on it should not block:
	 * nothing else is held up by that, but each callback that waits holds a thread, as
	 * many as there are of them.
	 * @return a future; cancelling it does not cancel the transaction
	 */
	CompletableFuture<R> persisted();

	/**
	 * Waits for {@link #persisted()} and throws its failure as it is.
	 * @return the persisted result
	 * @throws IllegalTransactionStateException on the apply thread and inside the
	 * transaction's own work, where waiting would never end
	 */
	R await();

	/**
	 * Waits as {@link #await()} does, for a limited time.
	 * @param timeout how long
	 * @return the persisted result
	 * @throws NotYetVisibleException when the transaction was acknowledged and the time
	 * is over
	 * @throws TransactionTimeoutException when it was not acknowledged and the time is
	 * over; the transaction goes on
	 */
	R await(Duration timeout);

	/**
	 * Rolls the transaction back, as long as it is certain that nothing of it has reached
	 * the server: while it waits to be sent, and again between two attempts when the
	 * first was refused as a whole, or found no connection. It is too late from when its
	 * events are encoded for an attempt, and when an action's own {@code mutate} was
	 * called.
	 * @return whether it was rolled back; {@code false} also when it has settled
	 */
	boolean rollback();

}
