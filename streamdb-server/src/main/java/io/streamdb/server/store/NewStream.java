package io.streamdb.server.store;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A stream as somebody wants it to be created.
 *
 * @param path the stream's path
 * @param contentType its content type
 * @param bytes the first content, or {@code null} for none
 * @param closed whether it is created closed
 * @param timeToLive how long it may be idle, in whole seconds, or {@code null}
 * @param expiresAt when it ends whatever happens, or {@code null}
 * @param origin what it is a fork of, or {@code null}
 */
public record NewStream(String path, String contentType, byte @Nullable [] bytes, boolean closed,
		@Nullable Duration timeToLive, @Nullable Instant expiresAt, @Nullable Origin origin) {

	/**
	 * Creates the wish for a stream that is no fork and does not expire.
	 * @param path the stream's path
	 * @param contentType its content type
	 * @param bytes the first content, or {@code null} for none
	 * @param closed whether it is created closed
	 */
	public NewStream(String path, String contentType, byte @Nullable [] bytes, boolean closed) {
		this(path, contentType, bytes, closed, null, null, null);
	}

	/**
	 * What a fork branches off from.
	 *
	 * @param source the source
	 * @param position where in the source: a boundary
	 * @param subOffset what the client wanted past it, and the first content begins with
	 */
	public record Origin(StreamLog source, long position, long subOffset) {
	}

}
