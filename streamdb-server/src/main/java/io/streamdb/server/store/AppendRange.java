package io.streamdb.server.store;

/**
 * Some whole appends of a stream, one after the other. Stays readable whatever happens to
 * the stream.
 */
public final class AppendRange {

	private final AppendedBlock[] blocks;

	private final int from;

	private final int to;

	private final long end;

	AppendRange(AppendedBlock[] blocks, int from, int to, long end) {
		this.blocks = blocks;
		this.from = from;
		this.to = to;
		this.end = end;
	}

	/**
	 * Returns how many appends these are.
	 * @return the number of appends
	 */
	public int size() {
		return this.to - this.from;
	}

	/**
	 * Returns the bytes of one append.
	 * @param index which one, from 0
	 * @return the bytes, which must not be changed
	 */
	public byte[] bytes(int index) {
		return this.blocks[this.from + index].bytes();
	}

	/**
	 * Returns the number of bytes of all these appends.
	 * @return the number of bytes
	 */
	public long byteCount() {
		return (this.from == this.to) ? 0 : this.end - this.blocks[this.from].start();
	}

	/**
	 * Returns the position after the last of these appends.
	 * @return the position
	 */
	public long end() {
		return this.end;
	}

}
