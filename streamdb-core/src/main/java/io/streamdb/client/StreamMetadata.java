package io.streamdb.client;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What {@code create} and {@code head} tell of a stream.
 *
 * @param contentType the stream's content type, or {@code null} when the server did not
 * say
 * @param offset the tail: the offset after the last message
 * @param closed whether the stream is closed
 * @param created whether this call created the stream ({@code false} for {@code head})
 * @param ttl the sliding time to live, or {@code null}
 * @param expiresAt the absolute expiry, or {@code null}
 * @param incarnation which {@linkplain BatchHandler#incarnation incarnation} of the
 * stream this is, or {@code null} when the server does not name them
 */
public record StreamMetadata(@Nullable String contentType, String offset, boolean closed, boolean created,
		@Nullable Duration ttl, @Nullable Instant expiresAt, @Nullable String incarnation) {

	/**
	 * Creates metadata that does not name the incarnation of the stream.
	 * @param contentType the stream's content type, or {@code null}
	 * @param offset the tail
	 * @param closed whether the stream is closed
	 * @param created whether this call created the stream
	 * @param ttl the sliding time to live, or {@code null}
	 * @param expiresAt the absolute expiry, or {@code null}
	 */
	public StreamMetadata(@Nullable String contentType, String offset, boolean closed, boolean created,
			@Nullable Duration ttl, @Nullable Instant expiresAt) {
		this(contentType, offset, closed, created, ttl, expiresAt, null);
	}

}
