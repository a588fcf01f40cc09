package io.streamdb.server.store;

/**
 * What a stream holds at one moment. Immutable, and replaced as a whole by every change,
 * so that a reader sees the appends, the tail and the closure of the same moment without
 * a lock.
 */
public final class LogHead {

	private static final AppendedBlock[] NONE = new AppendedBlock[0];

	static final LogHead EMPTY = new LogHead(NONE, 0, 0, false, false);

	/** Shared with later heads, which only fill slots from {@link #count} on. */
	private final AppendedBlock[] blocks;

	private final int count;

	private final long tail;

	private final boolean closed;

	private final boolean deleted;

	private LogHead(AppendedBlock[] blocks, int count, long tail, boolean closed, boolean deleted) {
		this.blocks = blocks;
		this.count = count;
		this.tail = tail;
		this.closed = closed;
		this.deleted = deleted;
	}

	/**
	 * Returns the position after the last append.
	 * @return the position
	 */
	public long tail() {
		return this.tail;
	}

	/**
	 * Returns whether the stream is closed: nothing will be appended any more.
	 * @return whether it is closed
	 */
	public boolean closed() {
		return this.closed;
	}

	/**
	 * Returns whether the stream was deleted.
	 * @return whether it was deleted
	 */
	public boolean deleted() {
		return this.deleted;
	}

	/**
	 * Returns whether an append begins at a position, or the stream ends there.
	 * @param position the position
	 * @return whether a read may begin there
	 */
	public boolean isBoundary(long position) {
		return position == this.tail || (position < this.tail && this.blocks[indexOf(position)].start() == position);
	}

	/**
	 * Reads whole appends: as many as fit the limit, but at least one if there is one.
	 * @param position where to begin: a boundary
	 * @param maxBytes how many bytes to read at most, the first append apart
	 * @return the appends, none at the tail
	 */
	public AppendRange read(long position, long maxBytes) {
		if (position == this.tail) {
			return new AppendRange(this.blocks, 0, 0, this.tail);
		}
		int from = indexOf(position);
		int to = from + 1;
		while (to < this.count && this.blocks[to].end() - position <= maxBytes) {
			to++;
		}
		return new AppendRange(this.blocks, from, to, this.blocks[to - 1].end());
	}

	private int indexOf(long position) {
		int low = 0;
		int high = this.count - 1;
		while (low < high) {
			int middle = (low + high + 1) >>> 1;
			if (this.blocks[middle].start() <= position) {
				low = middle;
			}
			else {
				high = middle - 1;
			}
		}
		return low;
	}

	/** Only for the one writer, and only on the newest head: the array is shared. */
	LogHead append(byte[] bytes) {
		AppendedBlock[] target = this.blocks;
		if (this.count == target.length) {
			target = new AppendedBlock[Math.max(8, this.count + (this.count >> 1))];
			System.arraycopy(this.blocks, 0, target, 0, this.count);
		}
		target[this.count] = new AppendedBlock(this.tail, bytes);
		return new LogHead(target, this.count + 1, this.tail + bytes.length, this.closed, this.deleted);
	}

	LogHead close() {
		return new LogHead(this.blocks, this.count, this.tail, true, this.deleted);
	}

	LogHead delete() {
		return new LogHead(NONE, 0, this.tail, this.closed, true);
	}

}
