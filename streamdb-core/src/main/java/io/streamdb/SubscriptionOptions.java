package io.streamdb;

import java.util.function.Predicate;

import io.streamdb.store.Change;
import org.jspecify.annotations.Nullable;

/**
 * How a subscription to synced changes is delivered (SPEC M12): every commit, in order,
 * through a bounded queue whose overflow ends the subscription.
 *
 * @param initialState whether the state at the time of subscribing comes first, as one
 * change set of inserts
 * @param filter which changes to deliver, or {@code null} for all; called on the apply
 * thread (for the initial state on the executor), so it must be quick and must not write
 * @param capacity how many change sets may wait
 */
public record SubscriptionOptions(boolean initialState, @Nullable Predicate<? super Change<?>> filter, int capacity) {

	/** The default capacity. */
	public static final int DEFAULT_CAPACITY = 1024;

	public SubscriptionOptions {
		if (capacity < 1) {
			throw new IllegalArgumentException("The capacity of a subscription must be at least 1, not " + capacity);
		}
	}

	/**
	 * Returns the defaults: no initial state, no filter, a queue of
	 * {@value #DEFAULT_CAPACITY}.
	 * @return the options
	 */
	public static SubscriptionOptions defaults() {
		return new SubscriptionOptions(false, null, DEFAULT_CAPACITY);
	}

	/**
	 * Returns these options with the initial state.
	 * @return new options
	 */
	public SubscriptionOptions withInitialState() {
		return new SubscriptionOptions(true, this.filter, this.capacity);
	}

	/**
	 * Returns these options with a filter.
	 * @param filter which changes to deliver
	 * @return new options
	 */
	public SubscriptionOptions withFilter(Predicate<? super Change<?>> filter) {
		return new SubscriptionOptions(this.initialState, filter, this.capacity);
	}

	/**
	 * Returns these options with another capacity.
	 * @param capacity how many change sets may wait
	 * @return new options
	 */
	public SubscriptionOptions withCapacity(int capacity) {
		return new SubscriptionOptions(this.initialState, this.filter, capacity);
	}

}
