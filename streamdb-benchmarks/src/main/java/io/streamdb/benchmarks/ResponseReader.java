package io.streamdb.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Reads the HTTP/1.1 responses of one connection piece by piece, as they arrive. Keeps
 * the head of one response and nothing of its body.
 */
final class ResponseReader {

	private static final int MAX_HEAD = 64 * 1024;

	private final Body body;

	private byte[] head = new byte[1024];

	private int headLength;

	private Part part = Part.HEAD;

	/** How many bytes of a body or of a chunk are to come, or what is known of that. */
	private long left;

	/** How much there is of the line that is being read. */
	private int lineLength;

	private boolean begun;

	/**
	 * Creates a reader.
	 * @param body takes the bodies
	 */
	ResponseReader(Body body) {
		this.body = body;
	}

	/**
	 * Takes bytes until they end, or a response does.
	 * @return whether a response has ended
	 */
	boolean read(ByteBuffer input) {
		while (input.hasRemaining()) {
			boolean ended = switch (this.part) {
				case HEAD -> readHead(input.get());
				case FIXED -> readBody(input) && end();
				case CHUNK_SIZE -> readChunkSize(input.get());
				case CHUNK -> {
					if (readBody(input)) {
						this.part = Part.CHUNK_END;
					}
					yield false;
				}
				case CHUNK_END -> {
					if (input.get() == '\n') {
						nextChunk();
					}
					yield false;
				}
				case TRAILER -> readTrailer(input.get());
			};
			if (ended) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns the status of the response whose head was read last.
	 */
	int status() {
		return (this.head[9] - '0') * 100 + (this.head[10] - '0') * 10 + this.head[11] - '0';
	}

	/**
	 * Returns a header of the response whose head was read last.
	 * @param name the name in lower case
	 */
	@Nullable String header(String name) {
		int line = endOfLine(0) + 1;
		while (line < this.headLength) {
			int end = endOfLine(line);
			if (hasName(line, name)) {
				return new String(this.head, line + name.length() + 1, end - line - name.length() - 1,
						StandardCharsets.ISO_8859_1)
					.strip();
			}
			line = end + 1;
		}
		return null;
	}

	private int endOfLine(int from) {
		int end = from;
		while (end < this.headLength && this.head[end] != '\n') {
			end++;
		}
		return end;
	}

	private boolean hasName(int line, String name) {
		if (line + name.length() >= this.headLength || this.head[line + name.length()] != ':') {
			return false;
		}
		for (int i = 0; i < name.length(); i++) {
			if (Character.toLowerCase(this.head[line + i]) != name.charAt(i)) {
				return false;
			}
		}
		return true;
	}

	private boolean readHead(byte octet) {
		if (!this.begun) {
			this.begun = true;
			this.headLength = 0;
			this.lineLength = 0;
		}
		if (this.headLength == this.head.length) {
			if (this.headLength == MAX_HEAD) {
				throw new IllegalStateException("The head of a response is longer than " + MAX_HEAD + " bytes");
			}
			this.head = Arrays.copyOf(this.head, 2 * this.headLength);
		}
		this.head[this.headLength++] = octet;
		return isEmptyLine(octet) && beginBody();
	}

	/**
	 * Takes a byte of a line.
	 * @return whether it ends an empty one
	 */
	private boolean isEmptyLine(byte octet) {
		boolean empty = octet == '\n' && this.lineLength == 0;
		if (octet == '\n') {
			this.lineLength = 0;
		}
		else if (octet != '\r') {
			this.lineLength++;
		}
		return empty;
	}

	private boolean beginBody() {
		int status = status();
		String length = header("content-length");
		if (status == 204 || status == 304) {
			return end();
		}
		if (length != null) {
			this.left = Long.parseLong(length);
			this.part = Part.FIXED;
			return this.left == 0 && end();
		}
		if (!"chunked".equals(header("transfer-encoding"))) {
			throw new IllegalStateException("The length of a response with status " + status + " is not known");
		}
		nextChunk();
		return false;
	}

	private void nextChunk() {
		this.part = Part.CHUNK_SIZE;
		this.left = 0;
	}

	private boolean readChunkSize(byte octet) {
		int digit = Character.digit(octet, 16);
		if (digit >= 0) {
			this.left = 16 * this.left + digit;
		}
		else if (octet == '\n') {
			this.part = (this.left > 0) ? Part.CHUNK : Part.TRAILER;
			this.lineLength = 0;
		}
		else if (octet != '\r') {
			throw new IllegalStateException("The size of a chunk is not a number");
		}
		return false;
	}

	private boolean readBody(ByteBuffer input) {
		int count = (int) Math.min(this.left, input.remaining());
		ByteBuffer piece = input.slice(input.position(), count);
		input.position(input.position() + count);
		this.left -= count;
		this.body.take(piece);
		return this.left == 0;
	}

	private boolean readTrailer(byte octet) {
		return isEmptyLine(octet) && end();
	}

	private boolean end() {
		this.part = Part.HEAD;
		this.begun = false;
		return true;
	}

	/** What is read next. */
	private enum Part {

		HEAD, FIXED, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER

	}

	/**
	 * Takes what a body holds.
	 */
	@FunctionalInterface
	interface Body {

		/**
		 * Takes the next bytes, which are there only during the call.
		 */
		void take(ByteBuffer piece);

	}

}
