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
		if (this.used.addAndGet(bytes) <= this.limit) {
			return true;
		}
		release(bytes);
		return false;
	}

	void release(long bytes) {
		this.used.addAndGet(-bytes);
	}

}
