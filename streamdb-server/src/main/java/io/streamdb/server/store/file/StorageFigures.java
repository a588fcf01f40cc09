package io.streamdb.server.store.file;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a file store has done since it was opened, for meters. Safe for use by many
 * threads.
 */
public final class StorageFigures {

	private final LongAdder records = new LongAdder();

	private final LongAdder bytes = new LongAdder();

	private final LongAdder forces = new LongAdder();

	private final LongAdder forceNanos = new LongAdder();

	StorageFigures() {
	}

	void forced(int count, long written, long nanos) {
		this.records.add(count);
		this.bytes.add(written);
		this.forces.increment();
		this.forceNanos.add(nanos);
	}

	/**
	 * Returns how many records were forced: appends, and what else happened to streams.
	 * @return the number of records
	 */
	public long records() {
		return this.records.sum();
	}

	/**
	 * Returns how many bytes of records were forced.
	 * @return the number of bytes, with what the records need besides those of clients
	 */
	public long bytes() {
		return this.bytes.sum();
	}

	/**
	 * Returns how often the log was forced.
	 * @return the number of forces, which is smaller than that of records where appends
	 * came together
	 */
	public long forces() {
		return this.forces.sum();
	}

	/**
	 * Returns how long the forces took together.
	 * @return the time in nanoseconds
	 */
	public long forceNanos() {
		return this.forceNanos.sum();
	}

}
