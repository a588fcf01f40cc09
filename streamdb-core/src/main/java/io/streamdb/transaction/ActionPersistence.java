package io.streamdb.transaction;

import java.lang.reflect.Method;

/**
 * Tells actions that persist by the default way from those with a {@code mutate} of their
 * own. The former are queued for sending in the step that shows them, so that they reach
 * the stream in the order in which they were invoked; the latter need a thread.
 */
final class ActionPersistence {

	private static final ClassValue<Boolean> CUSTOM = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			try {
				Method mutate = type.getMethod("mutate", Object.class, ActionContext.class);
				return mutate.getDeclaringClass() != OptimisticAction.class;
			}
			catch (NoSuchMethodException ex) {
				throw new IllegalArgumentException(type.getName() + " is not an action", ex);
			}
		}

	};

	private ActionPersistence() {
	}

	static boolean isCustom(OptimisticAction<?, ?> action) {
		return CUSTOM.get(action.getClass());
	}

}
