package io.streamdb.client;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How to create a stream (SPEC P1).
 *
 * @param contentType the content type
 * @param ttl the sliding time to live, or {@code null}
 * @param expiresAt the absolute expiry, or {@code null}
 * @param closed whether the stream is created closed
 * @param body the first content, or {@code null}
 */
public record CreateOptions(String contentType, @Nullable Duration ttl, @Nullable Instant expiresAt, boolean closed,
		byte @Nullable [] body) {

	/**
	 * Returns the options of an open, empty JSON stream.
	 * @return the options
	 */
	public static CreateOptions json() {
		return new CreateOptions("application/json", null, null, false, null);
	}

}
