package io.streamdb.server;

import java.io.IOException;
import java.util.Arrays;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.StreamLog;

/**
 * Appends of events as they are in the stream, but for the offset that each event is told
 * ({@link OffsetHeaders}): that of the end of its append, where a reader goes on who has
 * all of it. Holds one append at a time.
 */
final class OffsetHeadersRange implements AppendRange {

	private static final int BUFFER = 16 * 1024;

	private static final byte[] NONE = new byte[0];

	private final AppendRange range;

	private final StreamLog log;

	/** Where the next append begins. */
	private long start;

	private byte[] append = NONE;

	private int position;

	private boolean loaded;

	OffsetHeadersRange(AppendRange range, StreamLog log, long start) {
		this.range = range;
		this.log = log;
		this.start = start;
	}

	@Override
	public int size() {
		return this.range.size();
	}

	/**
	 * Returns the number of bytes before offsets are told.
	 */
	@Override
	public long byteCount() {
		return this.range.byteCount();
	}

	@Override
	public long end() {
		return this.range.end();
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (!this.loaded) {
			load();
		}
		int count = Math.min(length, this.append.length - this.position);
		if (count == 0) {
			return -1;
		}
		System.arraycopy(this.append, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	private void load() throws IOException {
		byte[] stored = new byte[BUFFER];
		int length = 0;
		int count = this.range.read(stored, 0, stored.length);
		while (count > 0) {
			length += count;
			if (length == stored.length) {
				stored = Arrays.copyOf(stored, 2 * length);
			}
			count = this.range.read(stored, length, stored.length - length);
		}
		this.start += length;
		this.append = OffsetHeaders.insert(Arrays.copyOf(stored, length), this.log.offset(this.start).toString());
		this.position = 0;
		this.loaded = true;
	}

	@Override
	public boolean next() throws IOException {
		if (!this.loaded && this.range.size() > 0) {
			load();
		}
		if (!this.range.next()) {
			return false;
		}
		this.loaded = false;
		return true;
	}

	@Override
	public void close() {
		this.range.close();
	}

}
