package io.streamdb.server;

import java.io.IOException;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.StreamLog;

/**
 * Some appends as the body of a read: their bytes one after the other, or, of a JSON
 * stream, an array of their messages (PROTOCOL 9.1.5).
 */
final class MessagesBody implements ResponseBody {

	private final AppendRange range;

	private final boolean json;

	private boolean begun;

	private boolean inAppend;

	private boolean ended;

	MessagesBody(AppendRange range, boolean json) {
		this.range = range;
		this.json = json;
	}

	/**
	 * Creates a body of a stream, which may tell events their offsets.
	 * @param range the appends, which begin at the position
	 */
	static MessagesBody of(AppendRange range, StreamLog log, long position, boolean offsetHeaders) {
		boolean json = MediaType.parse(log.contentType()).isJson();
		return new MessagesBody((json && offsetHeaders) ? new OffsetHeadersRange(range, log, position) : range, json);
	}

	@Override
	public long length() {
		if (this.range instanceof OffsetHeadersRange) {
			return -1;
		}
		if (!this.json) {
			return this.range.byteCount();
		}
		int commas = Math.max(0, this.range.size() - 1);
		return this.range.byteCount() + commas + 2;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		int count = 0;
		while (count < length && !this.ended) {
			int part = this.inAppend ? this.range.read(target, offset + count, length - count) : -1;
			if (part > 0) {
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

	private char nextAppend() throws IOException {
		if (!this.begun) {
			this.begun = true;
			this.inAppend = this.range.size() > 0;
			return '[';
		}
		this.inAppend = this.range.next();
		this.ended = !this.inAppend;
		return this.ended ? ']' : ',';
	}

	@Override
	public void whenReady(Runnable action) {
		throw new IllegalStateException("This body never waits");
	}

	@Override
	public void close() {
		this.range.close();
	}

}
