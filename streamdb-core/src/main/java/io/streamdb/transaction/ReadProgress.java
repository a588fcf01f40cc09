package io.streamdb.transaction;

/**
 * Whether the stream is being read: tells a reader that has far to go from a server that
 * stays away. Written by the read and by what follows its end, which is one thread at a
 * time though not always the same; read by any.
 */
final class ReadProgress {

	/** Grows where a batch begins and where it ends: odd while there is one. */
	private volatile long count;

	/**
	 * Notes that a batch begins, or that none is left.
	 */
	void batch(boolean begun) {
		if (begun != isWithinBatch()) {
			this.count = this.count + 1;
		}
	}

	private boolean isWithinBatch() {
		return this.count % 2 != 0;
	}

	long count() {
		return this.count;
	}

	/**
	 * Returns whether anything has come since, or is about to.
	 * @param earlier the count of then
	 */
	boolean hasGoneOnSince(long earlier) {
		return this.count != earlier || isWithinBatch();
	}

}
