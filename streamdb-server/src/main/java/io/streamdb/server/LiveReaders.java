package io.streamdb.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The live reads in progress: bounds how many there are over HTTP, and ends them when the
 * web server is about to stop (SPEC S6).
 */
final class LiveReaders {

	private final Set<LiveReader> readers = ConcurrentHashMap.newKeySet();

	private final AtomicInteger remote = new AtomicInteger();

	private final int maxRemote;

	private volatile boolean remoteEnded;

	private volatile boolean allEnded;

	LiveReaders(int maxRemote) {
		this.maxRemote = maxRemote;
	}

	int maxRemote() {
		return this.maxRemote;
	}

	/**
	 * Adds a reader.
	 * @return whether there was room for it
	 */
	boolean add(LiveReader reader) {
		if (reader.remote() && this.remote.incrementAndGet() > this.maxRemote) {
			this.remote.decrementAndGet();
			return false;
		}
		this.readers.add(reader);
		if (this.allEnded || (this.remoteEnded && reader.remote())) {
			reader.end();
		}
		return true;
	}

	void remove(LiveReader reader) {
		if (this.readers.remove(reader) && reader.remote()) {
			this.remote.decrementAndGet();
		}
	}

	int size() {
		return this.readers.size();
	}

	void endRemote() {
		this.remoteEnded = true;
		this.readers.stream().filter(LiveReader::remote).forEach(LiveReader::end);
	}

	void endAll() {
		this.allEnded = true;
		this.readers.forEach(LiveReader::end);
	}

}
