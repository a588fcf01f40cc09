package io.streamdb.event;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.TokenStreamLocation;

/**
 * Some whole items of a body, as a text of its own: an array that begins with the body's
 * own beginning or, in its place, with {@code [0}, and goes on from one comma between two
 * items to another, and with {@code 0]} after that. So the items stand between the same
 * characters as in the body, and what is wrong with them is found, and said, in the same
 * way.
 *
 * @param bytes holds the text
 * @param length the length of the text
 * @param items how many items it has, without those that were put in
 * @param start where in the body it begins
 */
record BodyPart(byte[] bytes, int length, int items, Start start) {

	/** What stands before the first comma, instead of all that comes before. */
	static final byte[] PREFIX = { '[', '0' };

	/** What stands after the last comma, instead of all that comes after. */
	static final byte[] SUFFIX = { '0', ']' };

	/**
	 * Where in a body a part begins.
	 *
	 * @param offset how many bytes come before
	 * @param line the line, from 1
	 * @param column the column, from 1
	 */
	record Start(long offset, int line, int column) {

		/** The beginning of the body. */
		static final Start BODY = new Start(0, 1, 1);

		boolean isBody() {
			return this.offset == 0;
		}

		/**
		 * Returns where something is in the body.
		 * @param inPart where it is in the part
		 * @return where it is in the body
		 */
		@Nullable TokenStreamLocation locate(@Nullable TokenStreamLocation inPart) {
			if (isBody() || inPart == null || inPart.getByteOffset() < 0) {
				return inPart;
			}
			int before = PREFIX.length;
			boolean firstLine = inPart.getLineNr() == 1;
			return new TokenStreamLocation(inPart.contentReference(), this.offset + inPart.getByteOffset() - before, -1,
					this.line + inPart.getLineNr() - 1,
					firstLine ? this.column + inPart.getColumnNr() - 1 - before : inPart.getColumnNr());
		}

	}

}
