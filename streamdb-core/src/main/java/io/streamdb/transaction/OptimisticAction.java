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
	 * brings the txid, and an exception rolls it back. The mutations are what they were
	 * when the action was invoked, whatever the stream brings meanwhile. Runs on an
	 * executor, not on the caller's thread, and after other transactions that were
	 * committed in the meantime: where their order matters, keep the default.
	 * @param params the parameters
	 * @param context the transaction's txid, mutations and stream
	 * @return completes when done
	 */
	default CompletionStage<?> mutate(P params, ActionContext context) {
		return context.persist();
	}

}
