package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes one piece after the other through a buffer of its own, so that large appends
 * need no second copy in memory.
 */
final class FileAppender {

	private final ByteBuffer buffer;

	private DiskFile file;

	private long position;

	FileAppender(DiskFile file, long position, int bufferBytes) {
		this.file = file;
		this.position = position;
		this.buffer = ByteBuffer.allocateDirect(bufferBytes);
	}

	/**
	 * Goes on with another file.
	 */
	void switchTo(DiskFile next, long nextPosition) {
		if (this.buffer.position() > 0) {
			throw new IllegalStateException("There is something left for the last file");
		}
		this.file = next;
		this.position = nextPosition;
	}

	/**
	 * Writes bytes, and zeros up to a length.
	 */
	void write(byte[] bytes, int length) throws IOException {
		int written = 0;
		while (written < bytes.length) {
			int part = Math.min(this.buffer.remaining(), bytes.length - written);
			this.buffer.put(bytes, written, part);
			written += part;
			flushIfFull();
		}
		for (; written < length; written++) {
			this.buffer.put((byte) 0);
			flushIfFull();
		}
	}

	private void flushIfFull() throws IOException {
		if (!this.buffer.hasRemaining()) {
			flush();
		}
	}

	/**
	 * Hands everything to the file.
	 */
	void flush() throws IOException {
		if (this.buffer.position() > 0) {
			this.buffer.flip();
			int length = this.buffer.remaining();
			this.file.write(this.buffer, this.position);
			this.position += length;
			this.buffer.clear();
		}
	}

	/**
	 * Returns where in the file the next byte goes.
	 */
	long position() {
		return this.position + this.buffer.position();
	}

}
