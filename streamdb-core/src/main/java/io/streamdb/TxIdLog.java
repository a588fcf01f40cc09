package io.streamdb;

import java.util.Arrays;

/**
 * The last txids of a batch, or of a load, that is not visible yet, as hashes in the
 * order of the stream. For one thread.
 */
final class TxIdLog {

	private final int capacity;

	private long[] hashes = new long[32];

	private long count;

	TxIdLog(int capacity) {
		this.capacity = capacity;
	}

	void add(TxIdHash hash) {
		add(hash.high(), hash.low());
	}

	private void add(long high, long low) {
		int index = (int) (this.count % this.capacity) * 2;
		if (index >= this.hashes.length) {
			int length = (int) Math.min(this.hashes.length * 2L, this.capacity * 2L);
			this.hashes = Arrays.copyOf(this.hashes, length);
		}
		this.hashes[index] = high;
		this.hashes[index + 1] = low;
		this.count++;
	}

	void addAll(TxIdLog later) {
		later.forEach(this::add);
	}

	void forEach(Visitor visitor) {
		for (long i = Math.max(0, this.count - this.capacity); i < this.count; i++) {
			int index = (int) (i % this.capacity) * 2;
			visitor.visit(this.hashes[index], this.hashes[index + 1]);
		}
	}

	int size() {
		return (int) Math.min(this.count, this.capacity);
	}

	/**
	 * Receives hashes.
	 */
	@FunctionalInterface
	interface Visitor {

		void visit(long high, long low);

	}

}
