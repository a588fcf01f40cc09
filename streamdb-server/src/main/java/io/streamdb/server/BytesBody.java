package io.streamdb.server;

import java.nio.charset.StandardCharsets;

/**
 * A body that is there as a whole.
 */
final class BytesBody implements ResponseBody {

	private final byte[] bytes;

	private int position;

	BytesBody(byte[] bytes) {
		this.bytes = bytes;
	}

	static BytesBody text(String text) {
		return new BytesBody(text.getBytes(StandardCharsets.UTF_8));
	}

	@Override
	public long length() {
		return this.bytes.length;
	}

	@Override
	public int read(byte[] target, int offset, int length) {
		if (this.position == this.bytes.length) {
			return END;
		}
		int count = Math.min(length, this.bytes.length - this.position);
		System.arraycopy(this.bytes, this.position, target, offset, count);
		this.position += count;
		return count;
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
