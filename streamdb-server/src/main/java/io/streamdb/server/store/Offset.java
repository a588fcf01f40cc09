package io.streamdb.server.store;

import org.jspecify.annotations.Nullable;

/**
 * A position in one incarnation of a stream (PROTOCOL 8): the number of stored bytes
 * before it. Its text has a fixed width, so that texts compare as positions do, and
 * begins with the incarnation, so that an offset of a deleted stream is recognised when
 * the stream is there again (SPEC S5).
 *
 * @param incarnation which life of the stream the position belongs to; later lives have
 * greater numbers
 * @param position the number of stored bytes before this position
 */
public record Offset(long incarnation, long position) {

	private static final int WIDTH = 16;

	private static final char SEPARATOR = '_';

	/**
	 * Reads the text form.
	 * @param text what {@link #toString()} made
	 * @return the offset, or {@code null} when the text is not one
	 */
	public static @Nullable Offset parse(String text) {
		if (text.length() != 2 * WIDTH + 1 || text.charAt(WIDTH) != SEPARATOR) {
			return null;
		}
		long incarnation = digits(text, 0);
		long position = digits(text, WIDTH + 1);
		return (incarnation < 0 || position < 0) ? null : new Offset(incarnation, position);
	}

	private static long digits(String text, int start) {
		long value = 0;
		for (int i = start; i < start + WIDTH; i++) {
			char digit = text.charAt(i);
			if (digit < '0' || digit > '9') {
				return -1;
			}
			value = value * 10 + (digit - '0');
		}
		return value;
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder(2 * WIDTH + 1);
		append(text, this.incarnation);
		text.append(SEPARATOR);
		append(text, this.position);
		return text.toString();
	}

	private static void append(StringBuilder text, long value) {
		String digits = Long.toString(value);
		text.append("0".repeat(WIDTH - digits.length())).append(digits);
	}

}
