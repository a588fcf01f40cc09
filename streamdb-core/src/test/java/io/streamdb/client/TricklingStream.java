package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Random;

/**
 * Gives its bytes in random pieces, and may break off with an error.
 */
final class TricklingStream extends InputStream {

	private final byte[] bytes;

	private final Random random;

	private final int cutAt;

	private int position;

	TricklingStream(byte[] bytes, Random random) {
		this(bytes, random, -1);
	}

	TricklingStream(byte[] bytes, Random random, int cutAt) {
		this.bytes = bytes;
		this.random = random;
		this.cutAt = cutAt;
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (this.position == this.cutAt) {
			throw new IOException("cut after " + this.cutAt + " bytes");
		}
		int end = (this.cutAt >= 0) ? this.cutAt : this.bytes.length;
		if (this.position == end) {
			return -1;
		}
		int count = Math.min(length, Math.min(end - this.position, 1 + this.random.nextInt(7)));
		System.arraycopy(this.bytes, this.position, target, offset, count);
		this.position += count;
		return count;
	}

}
