package io.streamdb;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The status of a database. Every change is logged and told to the listeners, one at a
 * time and in order; CLOSED is the last. While a listener holds up the telling, the last
 * {@value #LIMIT} changes are kept for it, and older ones are counted and not told.
 */
final class StatusMachine {

	/** How many changes wait for a slow listener. */
	static final int LIMIT = 100;

	private static final Logger logger = LoggerFactory.getLogger(StreamDb.class);

	private final Clock clock;

	private final String name;

	private final Supplier<@Nullable String> offset;

	private final Consumer<StreamDbStatus> listeners;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<StreamDbStatus> untold = new ArrayDeque<>();

	private boolean telling;

	private long dropped;

	private volatile Entry entry;

	private volatile @Nullable Instant lastUpToDate;

	StatusMachine(Clock clock, String name, Supplier<@Nullable String> offset, Consumer<StreamDbStatus> listeners) {
		this.clock = clock;
		this.name = name;
		this.offset = offset;
		this.listeners = listeners;
		this.entry = new Entry(StreamDbState.IDLE, clock.instant(), null, null);
	}

	StreamDbState state() {
		return this.entry.state();
	}

	StreamDbStatus status() {
		Entry current = this.entry;
		Instant upToDate = this.lastUpToDate;
		return new StreamDbStatus(current.state(), current.since(), this.offset.get(), upToDate,
				lag(current.state(), upToDate), current.reason(), current.cause());
	}

	private @Nullable Duration lag(StreamDbState state, @Nullable Instant upToDate) {
		if (upToDate == null) {
			return null;
		}
		if (state == StreamDbState.LIVE || state == StreamDbState.COMPLETE) {
			return Duration.ZERO;
		}
		Duration lag = Duration.between(upToDate, this.clock.instant());
		return lag.isNegative() ? Duration.ZERO : lag;
	}

	/**
	 * Notes that the stream was wholly read now.
	 */
	void upToDate() {
		this.lastUpToDate = this.clock.instant();
	}

	void enter(StreamDbState state) {
		note(state);
		tell();
	}

	void retrying(Throwable cause) {
		note(StreamDbState.RETRYING, null, cause);
		tell();
	}

	/**
	 * Changes the state without telling listeners: {@link #tell} is to follow, without a
	 * lock.
	 * @param state the new state
	 */
	void note(StreamDbState state) {
		note(state, null, null);
	}

	/**
	 * Changes the state to FAILED without telling listeners: {@link #tell} is to follow,
	 * without a lock.
	 * @param reason what kind of failure it is
	 * @param cause the failure
	 */
	void noteFailure(FailureReason reason, Throwable cause) {
		note(StreamDbState.FAILED, reason, cause);
	}

	private void note(StreamDbState state, @Nullable FailureReason reason, @Nullable Throwable cause) {
		this.lock.lock();
		try {
			Entry before = this.entry;
			if (before.state() == StreamDbState.CLOSED) {
				return;
			}
			if (before.state() == state && reason == before.reason()) {
				// Still the same trouble: keep since when, and tell of its newest cause.
				this.entry = new Entry(state, before.since(), reason, cause);
				return;
			}
			this.entry = new Entry(state, this.clock.instant(), reason, cause);
			log(before.state(), state, reason, cause);
			if (this.untold.size() == LIMIT) {
				this.untold.remove();
				this.dropped++;
			}
			this.untold.add(status());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Tells listeners of the changes, in their order, unless another thread is at it.
	 */
	void tell() {
		this.lock.lock();
		try {
			if (this.telling) {
				return;
			}
			this.telling = true;
		}
		finally {
			this.lock.unlock();
		}
		while (true) {
			StreamDbStatus next;
			this.lock.lock();
			try {
				next = this.untold.poll();
				if (next == null) {
					this.telling = false;
					return;
				}
			}
			finally {
				this.lock.unlock();
			}
			this.listeners.accept(next);
		}
	}

	/**
	 * Returns how many changes wait to be told.
	 */
	int untold() {
		this.lock.lock();
		try {
			return this.untold.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many changes were never told, since a listener was too slow.
	 */
	long dropped() {
		this.lock.lock();
		try {
			return this.dropped;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void log(StreamDbState from, StreamDbState to, @Nullable FailureReason reason, @Nullable Throwable cause) {
		switch (to) {
			case FAILED -> logFailure(reason, cause);
			case RETRYING -> logger.warn("StreamDB on {} cannot follow its stream at offset {} and tries again: {}",
					this.name, this.offset.get(), message(cause));
			default ->
				logger.info("StreamDB on {} went from {} to {} at offset {}", this.name, from, to, this.offset.get());
		}
	}

	private void logFailure(@Nullable FailureReason reason, @Nullable Throwable cause) {
		String text = "StreamDB on {} has FAILED ({}) at offset {}: {}";
		if (reason == FailureReason.ERROR) {
			logger.error(text, this.name, reason, this.offset.get(), message(cause), cause);
		}
		else {
			logger.error(text, this.name, reason, this.offset.get(), message(cause));
		}
	}

	private static @Nullable String message(@Nullable Throwable cause) {
		return (cause != null) ? cause.getMessage() : null;
	}

	private record Entry(StreamDbState state, Instant since, @Nullable FailureReason reason,
			@Nullable Throwable cause) {
	}

}
