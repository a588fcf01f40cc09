package io.streamdb;

import java.util.Objects;
import java.util.function.Predicate;

import io.streamdb.store.Change;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription gets, and how it is delivered (SPEC M12).
 *
 * @param initialState whether the state at the time of subscribing comes first, as one
 * change set of inserts
 * @param filter which changes to deliver, or {@code null} for all; called where the
 * subscriber runs. Of merged changes it sees what they come to
 * @param capacity how many change sets may wait, with {@link ChangeDelivery#EVERY}
 * @param feed which changes
 * @param delivery how they are delivered
 */
public record SubscriptionOptions(boolean initialState, @Nullable Predicate<? super Change<?>> filter, int capacity,
		ChangeFeed feed, ChangeDelivery delivery) {

	/** The default capacity. */
	public static final int DEFAULT_CAPACITY = 1024;

	public SubscriptionOptions {
		Objects.requireNonNull(feed, "A subscription needs a feed");
		Objects.requireNonNull(delivery, "A subscription needs a delivery");
		if (capacity < 1) {
			throw new IllegalArgumentException("The capacity of a subscription must be at least 1, not " + capacity);
		}
	}

	/**
	 * Returns the defaults: no initial state, no filter, every commit of what the stream
	 * says, a queue of {@value #DEFAULT_CAPACITY}.
	 * @return the options
	 */
	public static SubscriptionOptions defaults() {
		return new SubscriptionOptions(false, null, DEFAULT_CAPACITY, ChangeFeed.SYNCED, ChangeDelivery.EVERY);
	}

	/**
	 * Returns these options with the initial state.
	 * @return new options
	 */
	public SubscriptionOptions withInitialState() {
		return new SubscriptionOptions(true, this.filter, this.capacity, this.feed, this.delivery);
	}

	/**
	 * Returns these options with a filter.
	 * @param filter which changes to deliver
	 * @return new options
	 */
	public SubscriptionOptions withFilter(Predicate<? super Change<?>> filter) {
		return new SubscriptionOptions(this.initialState, filter, this.capacity, this.feed, this.delivery);
	}

	/**
	 * Returns these options with another capacity.
	 * @param capacity how many change sets may wait
	 * @return new options
	 */
	public SubscriptionOptions withCapacity(int capacity) {
		return new SubscriptionOptions(this.initialState, this.filter, capacity, this.feed, this.delivery);
	}

	/**
	 * Returns these options with another feed.
	 * @param feed which changes
	 * @return new options
	 */
	public SubscriptionOptions withFeed(ChangeFeed feed) {
		return new SubscriptionOptions(this.initialState, this.filter, this.capacity, feed, this.delivery);
	}

	/**
	 * Returns these options with another delivery.
	 * @param delivery how changes are delivered
	 * @return new options
	 */
	public SubscriptionOptions withDelivery(ChangeDelivery delivery) {
		return new SubscriptionOptions(this.initialState, this.filter, this.capacity, this.feed, delivery);
	}

}
