package io.streamdb.server;

import io.streamdb.server.store.AppendRange;

/**
 * Some appends as the body of a read: their bytes one after the other, or, of a JSON
 * stream, an array of their messages (PROTOCOL 9.1.5).
 */
final class MessagesBody implements ResponseBody {

	private final AppendRange range;

	private final boolean json;

	private int index;

	private int position;

	private boolean begun;

	private boolean ended;

	MessagesBody(AppendRange range, boolean json) {
		this.range = range;
		this.json = json;
	}

	@Override
	public long length() {
		if (!this.json) {
			return this.range.byteCount();
		}
		int commas = Math.max(0, this.range.size() - 1);
		return this.range.byteCount() + commas + 2;
	}

	@Override
	public int read(byte[] target, int offset, int length) {
		int count = 0;
		while (count < length && !this.ended) {
			if (this.begun && this.index < this.range.size() && this.position < this.range.bytes(this.index).length) {
				byte[] bytes = this.range.bytes(this.index);
				int part = Math.min(length - count, bytes.length - this.position);
				System.arraycopy(bytes, this.position, target, offset + count, part);
				this.position += part;
				count += part;
			}
			else {
				char separator = nextAppend();
				if (this.json) {
					target[offset + count++] = (byte) separator;
				}
			}
		}
		return (count == 0 && this.ended) ? END : count;
	}

	private char nextAppend() {
		if (!this.begun) {
			this.begun = true;
			return '[';
		}
		this.index++;
		this.position = 0;
		this.ended = this.index >= this.range.size();
		return this.ended ? ']' : ',';
	}

	@Override
	public void whenReady(Runnable action) {
		throw new IllegalStateException("This body never waits");
	}

	@Override
	public void close() {
		// Holds nothing that needs to be released.
	}

}
