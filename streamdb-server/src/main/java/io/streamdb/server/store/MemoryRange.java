package io.streamdb.server.store;

import java.io.IOException;

/**
 * Some appends in memory. Keeps those that are about to be read, and nothing else of
 * their stream, so that a slow reader keeps little of what was deleted meanwhile. Of a
 * deleted stream it can read no others.
 */
final class MemoryRange implements AppendRange {

	private static final AppendedBlock[] NONE = new AppendedBlock[0];

	private final MemoryData data;

	private final int from;

	private final int to;

	private final long start;

	private final long end;

	private AppendedBlock[] slice;

	/** Which append follows those of the slice. */
	private int next;

	private int index;

	private int position;

	MemoryRange(MemoryData data, int from, int to, long start, long end) {
		this.data = data;
		this.from = from;
		this.to = to;
		this.start = start;
		this.end = end;
		AppendedBlock[] first = (from < to) ? data.slice(from, to) : NONE;
		this.slice = (first != null) ? first : NONE;
		this.next = from + this.slice.length;
	}

	@Override
	public int size() {
		return this.to - this.from;
	}

	@Override
	public long byteCount() {
		return this.end - this.start;
	}

	@Override
	public long end() {
		return this.end;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (this.index >= this.slice.length) {
			if (this.next < this.to) {
				throw deleted();
			}
			return -1;
		}
		byte[] bytes = this.slice[this.index].bytes();
		int count = Math.min(length, bytes.length - this.position);
		if (count == 0) {
			return -1;
		}
		System.arraycopy(bytes, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	@Override
	public boolean next() throws IOException {
		if (this.index + 1 < this.slice.length) {
			this.index++;
			this.position = 0;
			return true;
		}
		if (this.next >= this.to) {
			return false;
		}
		AppendedBlock[] following = this.data.slice(this.next, this.to);
		if (following == null) {
			throw deleted();
		}
		this.slice = following;
		this.next += following.length;
		this.index = 0;
		this.position = 0;
		return true;
	}

	private IOException deleted() {
		return new StreamDeletedException(this.data.path());
	}

	@Override
	public void close() {
		// What it keeps goes with it.
	}

}
