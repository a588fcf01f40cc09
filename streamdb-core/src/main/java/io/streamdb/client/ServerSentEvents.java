package io.streamdb.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events (the event stream format of the HTML standard) without holding
 * an event: the payload of an event is a stream of the values of its {@code data} fields,
 * joined with line feeds, that can be read while they arrive. Comments and other fields
 * are skipped. A stream that ends within an event is an {@link EOFException}.
 */
final class ServerSentEvents {

	/**
	 * How much of an event is held when its {@code data} comes before its {@code event}
	 * field, so that its type is not known yet.
	 */
	private static final int MAX_HELD = 1 << 20;

	private static final int MAX_NAME = 64;

	private static final int PIECE = 512;

	private static final int END = -1;

	private static final int LINE_END = -2;

	private final InputStream in;

	private final BiFunction<String, @Nullable Throwable, StreamParseException> error;

	private final byte[] buffer = new byte[8192];

	private int position;

	private int limit;

	private boolean skipLineFeed;

	private boolean firstLine = true;

	/** Whether the last field name ended its line, so that it has no value. */
	private boolean bareName;

	private @Nullable Payload payload;

	ServerSentEvents(InputStream in, BiFunction<String, @Nullable Throwable, StreamParseException> error) {
		this.in = in;
		this.error = error;
	}

	/**
	 * Waits for the next event that has data.
	 * @return the event, or {@code null} at the end of the stream; its payload is valid
	 * until the next call
	 * @throws IOException when the connection broke
	 */
	@Nullable Event next() throws IOException {
		if (this.payload != null) {
			this.payload.skip();
			this.payload = null;
		}
		String type = "";
		ByteArrayOutputStream held = null;
		while (true) {
			String field = fieldName();
			if (field == null) {
				return null;
			}
			if (field.isEmpty() && this.bareName) {
				if (held != null && !type.isEmpty()) {
					return new Event(type, new ByteArrayInputStream(held.toByteArray()));
				}
				type = "";
				held = null;
			}
			else if (field.equals("event")) {
				type = value(MAX_NAME);
			}
			else if (field.equals("data") && !type.isEmpty() && held == null) {
				this.payload = new Payload(type);
				return new Event(type, this.payload);
			}
			else if (field.equals("data")) {
				held = hold(held);
			}
			else {
				skipLine();
			}
		}
	}

	private ByteArrayOutputStream hold(@Nullable ByteArrayOutputStream held) throws IOException {
		ByteArrayOutputStream target = held;
		if (target == null) {
			target = new ByteArrayOutputStream();
		}
		else {
			target.write('\n');
		}
		int next = firstOfValue();
		while (next >= 0) {
			if (target.size() >= MAX_HELD) {
				throw this.error.apply("an event of more than " + MAX_HELD + " bytes whose data comes before its type",
						null);
			}
			target.write(next);
			next = read();
		}
		return target;
	}

	/**
	 * Reads the name at the start of a line, up to its colon or the end of the line.
	 */
	private @Nullable String fieldName() throws IOException {
		ByteArrayOutputStream name = new ByteArrayOutputStream(16);
		int next = read();
		if (next == END) {
			return null;
		}
		while (next >= 0 && next != ':') {
			if (name.size() < MAX_NAME) {
				name.write(next);
			}
			next = read();
		}
		this.bareName = next < 0;
		String text = name.toString(StandardCharsets.UTF_8);
		if (this.firstLine) {
			this.firstLine = false;
			text = text.startsWith("\uFEFF") ? text.substring(1) : text;
		}
		return text;
	}

	private String value(int max) throws IOException {
		ByteArrayOutputStream value = new ByteArrayOutputStream(16);
		int next = firstOfValue();
		while (next >= 0) {
			if (value.size() < max) {
				value.write(next);
			}
			next = read();
		}
		return value.toString(StandardCharsets.UTF_8);
	}

	private int firstOfValue() throws IOException {
		if (this.bareName) {
			return LINE_END;
		}
		int next = read();
		return (next == ' ') ? read() : next;
	}

	private void skipLine() throws IOException {
		if (!this.bareName) {
			int next = read();
			while (next >= 0) {
				next = read();
			}
		}
	}

	/**
	 * Reads a byte of the line.
	 * @return the byte, {@link #LINE_END}, or {@link #END}
	 */
	private int read() throws IOException {
		while (true) {
			if (this.position == this.limit && !fill()) {
				return END;
			}
			int next = this.buffer[this.position++] & 0xff;
			boolean skip = this.skipLineFeed && next == '\n';
			this.skipLineFeed = next == '\r';
			if (!skip) {
				return (next == '\n' || next == '\r') ? LINE_END : next;
			}
		}
	}

	private boolean fill() throws IOException {
		int count = this.in.read(this.buffer, 0, this.buffer.length);
		this.position = 0;
		this.limit = Math.max(count, 0);
		return count > 0;
	}

	/**
	 * An event.
	 *
	 * @param type its type
	 * @param data its payload
	 */
	record Event(String type, InputStream data) {
	}

	/**
	 * The payload of the event whose first {@code data} field has just been named.
	 */
	private final class Payload extends InputStream {

		private final String type;

		/** A byte that was read ahead, {@link #LINE_END} or {@link #END} for none. */
		private int ahead;

		private boolean inLine;

		private boolean ended;

		Payload(String type) throws IOException {
			this.type = type;
			startLine();
		}

		private void startLine() throws IOException {
			this.ahead = firstOfValue();
			this.inLine = this.ahead >= 0;
			if (this.ahead == END) {
				throw cut();
			}
		}

		void skip() throws IOException {
			if (this.ended) {
				return;
			}
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
			if (this.ended) {
				return -1;
			}
			if (length == 0) {
				return 0;
			}
			if (!this.inLine) {
				if (!nextDataLine()) {
					this.ended = true;
					return -1;
				}
				target[offset] = '\n';
				return 1;
			}
			if (this.ahead >= 0) {
				target[offset] = (byte) this.ahead;
				this.ahead = LINE_END;
				return 1;
			}
			return readLine(target, offset, length);
		}

		private int readLine(byte[] target, int offset, int length) throws IOException {
			ServerSentEvents events = ServerSentEvents.this;
			int next = events.read();
			if (next == END) {
				throw cut();
			}
			if (next == LINE_END) {
				this.inLine = false;
				return read(target, offset, length);
			}
			target[offset] = (byte) next;
			int count = 1;
			while (count < length && events.position < events.limit && !isLineEnd(events.buffer[events.position])) {
				target[offset + count++] = events.buffer[events.position++];
			}
			return count;
		}

		private boolean isLineEnd(byte b) {
			return b == '\n' || b == '\r';
		}

		private boolean nextDataLine() throws IOException {
			while (true) {
				String field = fieldName();
				if (field == null) {
					throw cut();
				}
				if (field.isEmpty() && ServerSentEvents.this.bareName) {
					return false;
				}
				if (field.equals("data")) {
					startLine();
					return true;
				}
				if (field.equals("event")) {
					String type = value(MAX_NAME);
					if (!type.equals(this.type)) {
						throw ServerSentEvents.this.error
							.apply("an event that changes its type from '" + this.type + "' to '" + type + "'", null);
					}
				}
				else {
					skipLine();
				}
			}
		}

		private EOFException cut() {
			return new EOFException("the events ended within an event of type '" + this.type + "'");
		}

	}

}
