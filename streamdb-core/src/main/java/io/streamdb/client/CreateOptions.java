package io.streamdb.client;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How to create a stream (SPEC P1).
 *
 * @param contentType the content type
 * @param ttl the sliding time to live in whole seconds, or {@code null}
 * @param expiresAt the absolute expiry, or {@code null}; not both
 * @param closed whether the stream is created closed
 * @param body the first content, or {@code null}
 */
public record CreateOptions(String contentType, @Nullable Duration ttl, @Nullable Instant expiresAt, boolean closed,
		byte @Nullable [] body) {

	public CreateOptions {
		if (contentType.isBlank()) {
			throw new IllegalArgumentException("A stream needs a content type, such as application/json");
		}
		if (ttl != null && expiresAt != null) {
			throw new IllegalArgumentException(
					"A stream has a time to live (" + ttl + ") or an absolute expiry (" + expiresAt + "), not both");
		}
		if (ttl != null && (ttl.isNegative() || ttl.getNano() != 0)) {
			throw new IllegalArgumentException("The time to live must be whole seconds, zero or more, and is " + ttl);
		}
	}

	/**
	 * Returns the options of an open, empty JSON stream.
	 * @return the options
	 */
	public static CreateOptions json() {
		return new CreateOptions("application/json", null, null, false, null);
	}

}
