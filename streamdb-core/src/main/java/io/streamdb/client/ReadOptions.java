package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * From where and how to read.
 *
 * @param offset the offset to read from: {@code "-1"} for the start, {@code "now"} for
 * the tail, or one that the server gave
 * @param live how to go on at the tail
 * @param incarnation which {@linkplain BatchHandler#incarnation incarnation} of the
 * stream the offset is of, or {@code null} when that is not known
 */
public record ReadOptions(String offset, LiveMode live, @Nullable String incarnation) {

	/** The start of a stream. */
	public static final String START = "-1";

	/** The tail of a stream. */
	public static final String NOW = "now";

	public ReadOptions {
		if (offset.isEmpty()) {
			throw new IllegalArgumentException("The offset is empty; read from \"" + START + "\" for the start, \""
					+ NOW + "\" for the tail, or an offset that the server gave");
		}
	}

	/**
	 * Creates options of which the incarnation is not known.
	 * @param offset the offset to read from
	 * @param live how to go on at the tail
	 */
	public ReadOptions(String offset, LiveMode live) {
		this(offset, live, null);
	}

}
