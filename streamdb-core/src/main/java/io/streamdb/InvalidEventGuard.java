package io.streamdb;

import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.BatchInProgress.InvalidItem;
import io.streamdb.event.InvalidEvent;
import org.jspecify.annotations.Nullable;

/**
 * Stops batches with invalid events under the policy {@link InvalidEventPolicy#FAIL},
 * except for events that an operator has skipped (SPEC M9).
 * <p>
 * A batch that was stopped is read again, perhaps split in another way, but always from
 * the end of the last batch that was applied, and always with the same items in the same
 * order. So an event is known by its place: the number of items before it since then.
 * Batches that are applied move the places that are still ahead. Type, key and kind are
 * kept with the place, so that nothing is skipped but what the operator was told.
 */
final class InvalidEventGuard {

	/** How many events can be skipped ahead of what was applied. */
	static final int LIMIT = 1_000;

	private final InvalidEventPolicy policy;

	private final Clock clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Set<Place> skipped = new HashSet<>();

	private @Nullable Stop stop;

	/** How many items were applied since the places were counted from. */
	private long applied;

	InvalidEventGuard(InvalidEventPolicy policy, Clock clock) {
		this.policy = policy;
		this.clock = clock;
	}

	/**
	 * Checks a batch that is about to be applied.
	 * @param batch the batch
	 * @param endOffset its end offset
	 * @throws InvalidEventFailure at the first invalid event that was not skipped
	 */
	void check(BatchInProgress batch, String endOffset) {
		if (this.policy != InvalidEventPolicy.FAIL || batch.invalid().isEmpty()) {
			return;
		}
		this.lock.lock();
		try {
			for (InvalidItem item : batch.invalid()) {
				Place place = Place.of(this.applied, item);
				if (!this.skipped.contains(place)) {
					this.stop = new Stop(place, new QuarantinedEvent(endOffset, this.clock.instant(), item.event()));
					throw new InvalidEventFailure(item, endOffset);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Notes that a batch was applied, which never comes again.
	 * @param items how many items it has
	 */
	void applied(long items) {
		this.lock.lock();
		try {
			this.applied += items;
			this.skipped.removeIf((place) -> place.index() < this.applied);
			if (this.stop != null && this.stop.place().index() < this.applied) {
				this.stop = null;
			}
			if (this.skipped.isEmpty() && this.stop == null) {
				this.applied = 0;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Forgets everything, because another stream is read.
	 */
	void startAnew() {
		this.lock.lock();
		try {
			this.skipped.clear();
			this.stop = null;
			this.applied = 0;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Lets the event pass that has stopped its batch.
	 * @return the event
	 * @throws IllegalStateException when no event has, or too many were skipped
	 */
	QuarantinedEvent skip() {
		this.lock.lock();
		try {
			Stop current = this.stop;
			if (current == null) {
				throw new IllegalStateException(
						"There is nothing to skip: the database has not failed on an invalid event");
			}
			if (this.skipped.size() >= LIMIT) {
				throw new IllegalStateException("%d events that follow each other were skipped, and %s '%s' is next:"
					.formatted(LIMIT, current.event().event().type(), current.event().event().key())
						+ " use the policy QUARANTINE to leave out all invalid events");
			}
			this.skipped.add(current.place());
			this.stop = null;
			return current.event();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many events are skipped whose batches are not applied yet.
	 */
	long skippedAhead() {
		this.lock.lock();
		try {
			return this.skipped.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * What has stopped a batch.
	 *
	 * @param place where it stands
	 * @param event what is known of it
	 */
	private record Stop(Place place, QuarantinedEvent event) {
	}

	/**
	 * Where an invalid event stands, and what makes it this one.
	 *
	 * @param index how many items come before it
	 * @param kind what is wrong with it
	 * @param type its type
	 * @param key its key
	 */
	private record Place(long index, InvalidEvent.Kind kind, String type, @Nullable String key) {

		static Place of(long before, InvalidItem item) {
			InvalidEvent event = item.event();
			return new Place(before + item.index(), event.kind(), event.type(), event.key());
		}

	}

}
