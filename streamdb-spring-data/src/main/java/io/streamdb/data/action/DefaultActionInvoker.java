package io.streamdb.data.action;

import java.util.function.Supplier;

import io.streamdb.data.core.StreamDbOperations;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

/**
 * Invokes an action of a bean factory, which is looked up at the first call so that
 * actions may inject invokers.
 *
 * @param <P> the action's parameters
 * @param <R> its result
 */
final class DefaultActionInvoker<P extends @Nullable Object, R extends @Nullable Object>
		implements ActionInvoker<P, R> {

	private final String name;

	private final Supplier<OptimisticAction<P, R>> action;

	private final StreamDbOperations operations;

	DefaultActionInvoker(String name, Supplier<OptimisticAction<P, R>> action, StreamDbOperations operations) {
		this.name = name;
		this.action = action;
		this.operations = operations;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public TransactionHandle<R> invoke(P params) {
		return this.operations.invoke(this.name, this.action.get(), params);
	}

	@Override
	public R invokeAndWait(P params) {
		return this.operations.await(invoke(params));
	}

	@Override
	public String toString() {
		return "invoker of the action '" + this.name + "'";
	}

}
