package io.streamdb.store;

import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares values of rows by the {@code equals} method of their class, which is the
 * application's: whatever it throws must not break a publication. Told once per class,
 * since there may be as many rows as failures.
 */
final class EntityEquality {

	private static final Logger logger = LoggerFactory.getLogger(EntityEquality.class);

	private static final ClassValue<AtomicBoolean> TOLD = new ClassValue<>() {

		@Override
		protected AtomicBoolean computeValue(Class<?> type) {
			return new AtomicBoolean();
		}

	};

	private EntityEquality() {
	}

	/**
	 * Returns whether two values are equal.
	 * @param one a value
	 * @param other another one
	 * @return whether they are; {@code false} when that cannot be told
	 */
	static boolean areEqual(Object one, Object other) {
		if (one == other) {
			return true;
		}
		try {
			return one.equals(other);
		}
		catch (RuntimeException | Error ex) {
			// Also a stack overflow, as of entities that refer to each other.
			if (!TOLD.get(one.getClass()).getAndSet(true)) {
				logger.warn("The equals method of {} failed, so that its objects count as different",
						one.getClass().getName(), ex);
			}
			return false;
		}
	}

}
