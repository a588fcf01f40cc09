package io.streamdb.server.store;

import java.util.Arrays;

/**
 * Some whole appends of a stream, one after the other. Stays readable whatever happens to
 * the stream, and keeps nothing else of it.
 */
public final class AppendRange {

	private final AppendedBlock[] blocks;

	private final long end;

	AppendRange(AppendedBlock[] blocks, int from, int to, long end) {
		this.blocks = Arrays.copyOfRange(blocks, from, to);
		this.end = end;
	}

	/**
	 * Returns how many appends these are.
	 * @return the number of appends
	 */
	public int size() {
		return this.blocks.length;
	}

	/**
	 * Returns the bytes of one append.
	 * @param index which one, from 0
	 * @return the bytes, which must not be changed
	 */
	public byte[] bytes(int index) {
		return this.blocks[index].bytes();
	}

	/**
	 * Returns the number of bytes of all these appends.
	 * @return the number of bytes
	 */
	public long byteCount() {
		return (this.blocks.length == 0) ? 0 : this.end - this.blocks[0].start();
	}

	/**
	 * Returns the position after the last of these appends.
	 * @return the position
	 */
	public long end() {
		return this.end;
	}

}
