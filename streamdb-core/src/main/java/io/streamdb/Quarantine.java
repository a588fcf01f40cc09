package io.streamdb;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.event.InvalidEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The invalid events that were left out (SPEC M9): all are counted, the last ones kept,
 * and the first of each kind is logged.
 */
final class Quarantine {

	private static final Logger logger = LoggerFactory.getLogger(Quarantine.class);

	static final int KEPT = 100;

	private final String name;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<QuarantinedEvent> last = new ArrayDeque<>(KEPT);

	private final Set<InvalidEvent.Kind> logged = EnumSet.noneOf(InvalidEvent.Kind.class);

	private long count;

	Quarantine(String name) {
		this.name = name;
	}

	void add(QuarantinedEvent event) {
		boolean first;
		this.lock.lock();
		try {
			this.count++;
			if (this.last.size() == KEPT) {
				this.last.removeFirst();
			}
			this.last.addLast(event);
			first = this.logged.add(event.event().kind());
		}
		finally {
			this.lock.unlock();
		}
		if (first) {
			InvalidEvent invalid = event.event();
			logger.warn(
					"StreamDB on {} leaves out an invalid event at offset {}: {} '{}': {} ({}); further ones of this"
							+ " kind are counted and not logged",
					this.name, event.offset(), invalid.type(), invalid.key(), invalid.reason(), invalid.kind());
		}
	}

	/**
	 * Counts events of which nothing more is kept.
	 * @param untold how many
	 */
	void addUntold(long untold) {
		this.lock.lock();
		try {
			this.count += untold;
		}
		finally {
			this.lock.unlock();
		}
	}

	List<QuarantinedEvent> last() {
		this.lock.lock();
		try {
			return List.copyOf(this.last);
		}
		finally {
			this.lock.unlock();
		}
	}

	long count() {
		this.lock.lock();
		try {
			return this.count;
		}
		finally {
			this.lock.unlock();
		}
	}

}
