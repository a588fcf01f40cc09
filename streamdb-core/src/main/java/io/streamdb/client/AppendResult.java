package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * The answer to an append.
 *
 * @param offset the offset after the appended data; for a duplicate an offset at or after
 * it
 * @param duplicate whether the server had the data already (an idempotent producer's
 * retry)
 * @param closed whether the stream is closed now
 * @param incarnation which {@linkplain BatchHandler#incarnation incarnation} of the
 * stream has the data, or {@code null} when the server does not name them
 */
public record AppendResult(String offset, boolean duplicate, boolean closed, @Nullable String incarnation) {

	/**
	 * Creates an answer that does not name the incarnation of the stream.
	 * @param offset the offset after the appended data
	 * @param duplicate whether the server had the data already
	 * @param closed whether the stream is closed now
	 */
	public AppendResult(String offset, boolean duplicate, boolean closed) {
		this(offset, duplicate, closed, null);
	}

}
