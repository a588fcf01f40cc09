package io.streamdb.transaction;

import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * A named unit of work that is applied locally at once and then made durable (SPEC T6).
 * Implementations are called by many threads.
 *
 * @param <P> the parameters
 * @param <R> the optimistic result
 */
@FunctionalInterface
public interface OptimisticAction<P extends @Nullable Object, R extends @Nullable Object> {

	/**
	 * Applies the action locally. Synchronous, and touches nothing but collections. An
	 * exception leaves no trace and reaches the caller.
	 * @param params the parameters
	 * @param context the collections
	 * @return the optimistic result
	 */
	R onMutate(P params, ActionContext context);

	/**
	 * Makes the action durable. The default is one atomic append of the mutations.
	 * Another implementation may call any system, and completes when the change is on its
	 * way back through the stream; the overlay stays until then, or until the stream
	 * brings the txid, and an exception rolls it back.
	 * <p>
	 * Runs on an executor, not on the caller's thread. While it is running, its update
	 * functions are applied again on what the stream brings, until it asks for its
	 * {@linkplain ActionContext#mutations() mutations} or {@link ActionContext#persist()}
	 * sends them. When they do not fit any more, they are not visible any more either;
	 * the method goes on and settles by its own outcome, but {@code mutations()} throws
	 * and {@code persist()} fails with a {@link ConflictException}.
	 * <p>
	 * Until it has ended, or its mutations are in the stream, nobody knows whether they
	 * will stay. So that they do not get into the stream by way of others, later
	 * transactions on one of its keys are visible at once but not sent before that; they
	 * are applied again then, and the transaction timeout bounds their wait. The same
	 * goes for the {@code persist()} of a later action on one of its keys: what that one
	 * has done was done on top of this one. Transactions on other keys go ahead.
	 * <p>
	 * Transactions that this method itself commits, on the thread that it was called on,
	 * do not wait for it, as it may wait for them. They are sent before its mutations and
	 * before the transactions that wait, and stay in the stream even if it fails later:
	 * so they are applied below its mutations, and one that only goes with these, as an
	 * update of an entity that {@code onMutate} has inserted, fails with a
	 * {@link ConflictException} unless {@code persist()} was called. What it commits on
	 * other threads, as in the callbacks of a future, does wait: where such a transaction
	 * touches a key of this action, this method must not wait for it in turn, or the
	 * transaction runs into its timeout.
	 * @param params the parameters
	 * @param context the transaction's txid, mutations and stream
	 * @return completes when done
	 */
	default CompletionStage<?> mutate(P params, ActionContext context) {
		return context.persist();
	}

}
