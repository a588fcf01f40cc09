package io.streamdb.event;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

import io.streamdb.event.BodyPart.Start;
import org.jspecify.annotations.Nullable;

/**
 * Splits a body into parts of whole items while it arrives, so that they can be decoded
 * independently of each other. It looks at quotes and brackets only, and splits at commas
 * right inside of the outermost array. In a text that is not JSON it may well split where
 * it should not; but then one of the parts is not JSON either, since parts that all are
 * would make up a text that is.
 * <p>
 * What is left in the end goes to the decoder as a stream, together with what the body
 * still has: the rest of a body that ends, or breaks off, or has an item that is too long
 * to be held. For one thread.
 */
final class BodySplitter {

	/** How many times as long as a part an item may be that is held as a whole. */
	private static final int LONG_ITEM = 32;

	/** What is enough for most bodies. */
	private static final int FIRST_BYTES = 8 * 1024;

	private static final byte OTHER = 0;

	private static final byte SPACE = 1;

	private static final byte LINE_FEED = 2;

	private static final byte RETURN = 3;

	private static final byte QUOTE = 4;

	private static final byte OPEN = 5;

	private static final byte CLOSE = 6;

	private static final byte COMMA = 7;

	private static final byte[] KINDS = kinds();

	private final InputStream body;

	private final int partBytes;

	/** Buffers of parts that have been decoded. */
	private final Deque<byte[]> spare = new ArrayDeque<>();

	private byte[] buffer;

	/** Where the text in the buffer ends. */
	private int end;

	/** How far the text was looked at. */
	private int scanned;

	/** Where in the body the text begins. */
	private Start start = Start.BODY;

	private int depth;

	private boolean inString;

	private boolean escaped;

	/** Whether what comes before the next comma is an item. */
	private boolean afterItem;

	private int items;

	private int line = 1;

	/** Where in the body the line begins. */
	private long lineOffset;

	private boolean afterReturn;

	/** The last comma to split at, or 0. */
	private int cut;

	private int cutItems;

	private int cutLine;

	private long cutLineOffset;

	private boolean over;

	private @Nullable IOException broken;

	/**
	 * Creates a splitter.
	 * @param body the body, not closed
	 * @param partBytes how long a part is, roughly
	 */
	BodySplitter(InputStream body, int partBytes) {
		this.body = body;
		this.partBytes = partBytes;
		this.buffer = new byte[Math.min(FIRST_BYTES, bufferBytes())];
	}

	private static byte[] kinds() {
		byte[] kinds = new byte[256];
		kinds[' '] = SPACE;
		kinds['\t'] = SPACE;
		kinds['\n'] = LINE_FEED;
		kinds['\r'] = RETURN;
		kinds['"'] = QUOTE;
		kinds['['] = OPEN;
		kinds['{'] = OPEN;
		kinds[']'] = CLOSE;
		kinds['}'] = CLOSE;
		kinds[','] = COMMA;
		return kinds;
	}

	/**
	 * Reads the next part.
	 * @return the part, or {@code null} when {@link #rest()} is all that is left
	 */
	@Nullable BodyPart next() {
		while (!this.over) {
			if (this.end >= this.partBytes && this.cut > 0) {
				return split();
			}
			if (this.end == this.buffer.length && !grow()) {
				return null;
			}
			read();
			scan();
		}
		return null;
	}

	/**
	 * Returns what is left, as a text like that of a part, without an end of its own.
	 * @return the rest of the body, which throws what the body threw
	 */
	InputStream rest() {
		InputStream held = new ByteArrayInputStream(this.buffer, 0, this.end);
		IOException failure = this.broken;
		return new SequenceInputStream(held, (failure != null) ? new BrokenBody(failure) : this.body);
	}

	/**
	 * Returns where in the body the rest begins.
	 */
	Start start() {
		return this.start;
	}

	/**
	 * Takes back the bytes of a part that has been decoded.
	 * @param part the part
	 */
	void recycle(BodyPart part) {
		if (part.bytes().length == bufferBytes()) {
			this.spare.push(part.bytes());
		}
	}

	private int bufferBytes() {
		return this.partBytes + this.partBytes / 8 + BodyPart.PREFIX.length;
	}

	private byte[] newBuffer() {
		byte[] reused = this.spare.poll();
		return (reused != null) ? reused : new byte[bufferBytes()];
	}

	private boolean grow() {
		int length = this.buffer.length;
		if (length >= this.partBytes * LONG_ITEM) {
			return false;
		}
		this.buffer = Arrays.copyOf(this.buffer, (length < bufferBytes()) ? bufferBytes() : length * 2);
		return true;
	}

	private void read() {
		try {
			int count = this.body.read(this.buffer, this.end, this.buffer.length - this.end);
			if (count < 0) {
				this.over = true;
			}
			else {
				this.end += count;
			}
		}
		catch (IOException ex) {
			this.broken = ex;
			this.over = true;
		}
	}

	private BodyPart split() {
		int length = this.cut + 1 + BodyPart.SUFFIX.length;
		int kept = this.end - this.cut;
		byte[] text = this.buffer;
		byte[] next = newBuffer();
		if (BodyPart.PREFIX.length + kept > next.length) {
			next = new byte[BodyPart.PREFIX.length + kept];
		}
		System.arraycopy(BodyPart.PREFIX, 0, next, 0, BodyPart.PREFIX.length);
		System.arraycopy(text, this.cut, next, BodyPart.PREFIX.length, kept);
		if (length > text.length) {
			text = Arrays.copyOf(text, length);
		}
		System.arraycopy(BodyPart.SUFFIX, 0, text, this.cut + 1, BodyPart.SUFFIX.length);
		BodyPart part = new BodyPart(text, length, this.cutItems, this.start);
		long offset = offset(this.cut);
		int moved = this.cut - BodyPart.PREFIX.length;
		this.start = new Start(offset, this.cutLine, (int) (offset - this.cutLineOffset) + 1);
		this.buffer = next;
		this.end -= moved;
		this.scanned -= moved;
		this.items -= this.cutItems;
		this.cut = 0;
		return part;
	}

	private long offset(int index) {
		return this.start.isBody() ? index : this.start.offset() + index - BodyPart.PREFIX.length;
	}

	/**
	 * Looks at what has been read.
	 */
	private void scan() {
		byte[] bytes = this.buffer;
		int to = this.end;
		int at = this.scanned;
		while (at < to) {
			if (this.inString) {
				at = skipString(bytes, at, to);
				continue;
			}
			byte kind = KINDS[bytes[at] & 0xff];
			if (kind == OTHER && this.depth > 0) {
				this.afterItem = true;
				this.afterReturn = false;
			}
			else if (!isUnderstood(kind, at)) {
				this.over = true;
				return;
			}
			at++;
		}
		this.scanned = at;
	}

	/**
	 * Moves behind the end of a string, or to the end of what was read.
	 */
	private int skipString(byte[] bytes, int from, int to) {
		int at = from;
		if (this.escaped) {
			this.escaped = false;
			at++;
		}
		while (at < to) {
			byte character = bytes[at++];
			if (character == '"') {
				this.inString = false;
				return at;
			}
			if (character == '\\') {
				if (at == to) {
					this.escaped = true;
					return at;
				}
				at++;
			}
		}
		return at;
	}

	/**
	 * Notes a character outside of strings.
	 * @return whether there can be a place to split after it
	 */
	private boolean isUnderstood(byte kind, int at) {
		switch (kind) {
			case SPACE -> this.afterReturn = false;
			case LINE_FEED -> {
				if (!this.afterReturn) {
					this.line++;
				}
				this.afterReturn = false;
				this.lineOffset = offset(at) + 1;
			}
			case RETURN -> {
				this.line++;
				this.afterReturn = true;
				this.lineOffset = offset(at) + 1;
			}
			case QUOTE -> {
				this.inString = true;
				this.afterItem = true;
				this.afterReturn = false;
				return this.depth > 0;
			}
			case OPEN -> {
				this.depth++;
				this.afterReturn = false;
			}
			case CLOSE -> {
				this.depth--;
				this.afterItem = true;
				this.afterReturn = false;
				return this.depth > 0;
			}
			case COMMA -> {
				this.afterReturn = false;
				return this.depth > 1 || (this.depth == 1 && isBetweenItems(at));
			}
			default -> {
				return false;
			}
		}
		return true;
	}

	private boolean isBetweenItems(int at) {
		if (!this.afterItem) {
			return false;
		}
		this.afterItem = false;
		this.items++;
		this.cut = at;
		this.cutItems = this.items;
		this.cutLine = this.line;
		this.cutLineOffset = this.lineOffset;
		return true;
	}

	/**
	 * What follows where a body broke off.
	 */
	private static final class BrokenBody extends InputStream {

		private final IOException failure;

		BrokenBody(IOException failure) {
			this.failure = failure;
		}

		@Override
		public int read() throws IOException {
			throw this.failure;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			throw this.failure;
		}

	}

}
