package io.streamdb.server.store;

import java.util.Arrays;

/**
 * Some appends in memory. Keeps them, and nothing else of their stream.
 */
final class MemoryRange implements AppendRange {

	private final AppendedBlock[] blocks;

	private final long end;

	private int index;

	private int position;

	MemoryRange(AppendedBlock[] blocks, int from, int to, long end) {
		this.blocks = Arrays.copyOfRange(blocks, from, to);
		this.end = end;
	}

	@Override
	public int size() {
		return this.blocks.length;
	}

	@Override
	public long byteCount() {
		return (this.blocks.length == 0) ? 0 : this.end - this.blocks[0].start();
	}

	@Override
	public long end() {
		return this.end;
	}

	@Override
	public int read(byte[] target, int offset, int length) {
		if (this.index >= this.blocks.length) {
			return -1;
		}
		byte[] bytes = this.blocks[this.index].bytes();
		int count = Math.min(length, bytes.length - this.position);
		if (count == 0) {
			return -1;
		}
		System.arraycopy(bytes, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	@Override
	public boolean next() {
		if (this.index + 1 >= this.blocks.length) {
			return false;
		}
		this.index++;
		this.position = 0;
		return true;
	}

	@Override
	public void close() {
		// Goes with the garbage.
	}

}
