package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;

/**
 * The view of a part of a batch that a {@link BatchHandler} gets. Remembers how the
 * source failed, whatever the handler makes of it, and whether there was a message in it.
 */
final class BatchPart extends InputStream {

	private static final int PIECE = 512;

	private final InputStream source;

	private final boolean json;

	private int first = -2;

	private long significant;

	private @Nullable Exception failure;

	BatchPart(InputStream source, boolean json) {
		this.source = source;
		this.json = json;
	}

	/**
	 * Waits for the first byte.
	 * @return whether there is none
	 * @throws IOException when the source broke
	 */
	boolean isEmpty() throws IOException {
		if (this.first == -2) {
			byte[] one = new byte[1];
			this.first = (readSource(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
		}
		return this.first == -1;
	}

	/**
	 * Returns whether what was read so far holds a message: of JSON, anything beyond an
	 * empty array.
	 * @return whether there was a message
	 */
	boolean hasMessages() {
		return this.significant > (this.json ? 2 : 0);
	}

	/**
	 * Returns what the source threw.
	 * @return the failure, or {@code null} while there is none
	 */
	@Nullable Exception failure() {
		return this.failure;
	}

	/**
	 * Reads what the handler left.
	 * @throws IOException when the source broke
	 */
	void drain() throws IOException {
		// Mostly nothing is left, which is worth no large buffer.
		byte[] piece = new byte[PIECE];
		int count = 0;
		while (count >= 0) {
			count = read(piece, 0, PIECE);
		}
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (length == 0) {
			return 0;
		}
		if (this.first >= 0) {
			target[offset] = (byte) this.first;
			this.first = -3;
			return 1;
		}
		return (this.first == -1) ? -1 : readSource(target, offset, length);
	}

	/**
	 * Does nothing: the exchange belongs to the reader.
	 */
	@Override
	public void close() {
	}

	private int readSource(byte[] target, int offset, int length) throws IOException {
		try {
			int count = this.source.read(target, offset, length);
			if (count > 0 && !hasMessages()) {
				count(target, offset, count);
			}
			return count;
		}
		catch (IOException | RuntimeException ex) {
			this.failure = ex;
			throw ex;
		}
	}

	private void count(byte[] bytes, int offset, int count) {
		for (int i = offset; i < offset + count && !hasMessages(); i++) {
			if (!this.json || bytes[i] > ' ' || bytes[i] < 0) {
				this.significant++;
			}
		}
	}

}
