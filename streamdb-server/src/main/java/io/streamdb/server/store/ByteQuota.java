package io.streamdb.server.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of memory all streams of a store may take together.
 */
final class ByteQuota {

	private final long limit;

	private final AtomicLong used = new AtomicLong();

	ByteQuota(long limit) {
		this.limit = limit;
	}

	long used() {
		return this.used.get();
	}

	boolean reserve(long bytes) {
		long before;
		do {
			before = this.used.get();
			if (bytes > this.limit - before) {
				return false;
			}
		}
		while (!this.used.compareAndSet(before, before + bytes));
		return true;
	}

	/**
	 * Takes bytes that are there already, whether or not they fit.
	 */
	void take(long bytes) {
		this.used.addAndGet(bytes);
	}

	void release(long bytes) {
		this.used.addAndGet(-bytes);
	}

	/**
	 * Returns what to tell whoever finds no room.
	 */
	String full() {
		return "The streams take their limit of " + this.limit
				+ " bytes of memory: delete streams or raise maxStoredBytes";
	}

}
