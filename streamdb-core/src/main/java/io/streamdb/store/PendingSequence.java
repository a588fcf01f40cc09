package io.streamdb.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers the rows of pending inserts, so that they sort after all synced rows and among
 * themselves in the order of their inserts (SPEC M6).
 */
final class PendingSequence {

	private static final long FIRST = 1L << 62;

	private final AtomicLong next = new AtomicLong(FIRST);

	long next() {
		return this.next.getAndIncrement();
	}

	static boolean isPending(long sequence) {
		return sequence >= FIRST;
	}

}
