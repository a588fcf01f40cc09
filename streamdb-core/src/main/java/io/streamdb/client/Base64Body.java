package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

/**
 * Decodes the base64 payload of a server-sent event while it arrives. Line breaks are
 * skipped, as the protocol demands; anything else that is not base64 is an error.
 */
final class Base64Body extends InputStream {

	private static final int CHARACTERS = 8192;

	private final InputStream source;

	private final BiFunction<String, @Nullable Throwable, StreamParseException> error;

	private final byte[] encoded = new byte[CHARACTERS];

	private int encodedCount;

	private byte[] decoded = new byte[0];

	private int position;

	private boolean padded;

	Base64Body(InputStream source, BiFunction<String, @Nullable Throwable, StreamParseException> error) {
		this.source = source;
		this.error = error;
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
		while (this.position == this.decoded.length) {
			if (!decodeMore()) {
				return -1;
			}
		}
		int count = Math.min(length, this.decoded.length - this.position);
		System.arraycopy(this.decoded, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	private boolean decodeMore() throws IOException {
		int count = this.source.read(this.encoded, this.encodedCount, CHARACTERS - this.encodedCount);
		if (count < 0) {
			if (this.encodedCount > 0) {
				throw this.error.apply("a base64 payload whose length is not a multiple of 4", null);
			}
			return false;
		}
		int end = this.encodedCount;
		for (int i = this.encodedCount; i < this.encodedCount + count; i++) {
			if (this.encoded[i] != '\n' && this.encoded[i] != '\r') {
				this.encoded[end++] = this.encoded[i];
			}
		}
		int whole = end - end % 4;
		decode(whole);
		System.arraycopy(this.encoded, whole, this.encoded, 0, end - whole);
		this.encodedCount = end - whole;
		return true;
	}

	private void decode(int count) {
		if (this.padded && count > 0) {
			throw this.error.apply("a base64 payload that goes on after its padding", null);
		}
		byte[] quantums = new byte[count];
		System.arraycopy(this.encoded, 0, quantums, 0, count);
		try {
			this.decoded = Base64.getDecoder().decode(quantums);
		}
		catch (IllegalArgumentException ex) {
			throw this.error.apply("a payload that is not base64", ex);
		}
		this.position = 0;
		this.padded |= count > 0 && quantums[count - 1] == '=';
	}

}
