package io.streamdb.data.action;

import io.streamdb.transaction.TransactionHandle;
import org.jspecify.annotations.Nullable;

/**
 * Invokes one {@linkplain StreamAction action} (SPEC T6, B5). Safe for use by many
 * threads.
 *
 * @param <P> the action's parameters
 * @param <R> its result
 */
public interface ActionInvoker<P extends @Nullable Object, R extends @Nullable Object> {

	/**
	 * Returns the action's name.
	 * @return the name
	 */
	String name();

	/**
	 * Invokes the action and returns at once. What {@code onMutate} throws leaves no
	 * trace and is thrown; failures of the database among it as
	 * {@link org.springframework.dao.DataAccessException}. Inside an ambient transaction
	 * the action joins it.
	 * @param params the parameters
	 * @return the optimistic result now, the persisted one later; what the handle fails
	 * with is not translated
	 */
	TransactionHandle<R> invoke(P params);

	/**
	 * Invokes the action and waits until it is durable and visible; inside an ambient
	 * transaction it returns at once.
	 * @param params the parameters
	 * @return the persisted result
	 * @throws org.springframework.dao.DataAccessException when the action failed, or was
	 * not known in time to have succeeded; see
	 * {@link io.streamdb.data.core.StreamDbExceptionTranslator}
	 */
	R invokeAndWait(P params);

}
