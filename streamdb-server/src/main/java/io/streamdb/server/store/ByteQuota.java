package io.streamdb.server.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes all streams of a store may hold together.
 */
final class ByteQuota {

	private final long limit;

	private final AtomicLong used = new AtomicLong();

	ByteQuota(long limit) {
		this.limit = limit;
	}

	long limit() {
		return this.limit;
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

	void release(long bytes) {
		this.used.addAndGet(-bytes);
	}

}
