package io.streamdb.data.action;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * All {@linkplain StreamAction actions} by their names (SPEC B5).
 */
public interface ActionRegistry {

	/**
	 * Returns the names of all actions.
	 * @return the names, sorted
	 */
	Set<String> names();

	/**
	 * Returns the invoker of an action. The caller knows the types of that action.
	 * @param <P> the action's parameters
	 * @param <R> its result
	 * @param name the action's name
	 * @return the invoker
	 * @throws IllegalArgumentException when there is no action of that name; the message
	 * lists those that are there
	 */
	<P extends @Nullable Object, R extends @Nullable Object> ActionInvoker<P, R> invoker(String name);

}
