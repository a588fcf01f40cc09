package io.streamdb.server.store;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What never changes in one life of a stream.
 *
 * @param path the stream's path
 * @param contentType its content type
 * @param incarnation the number of this life: unique in a storage, and greater than those
 * of all earlier lives of any stream
 * @param createdAt when it was created
 * @param timeToLive how long it may be idle, in whole seconds, or {@code null}
 * @param expiresAt when it ends whatever happens, or {@code null}
 * @param fork where it branched off, or {@code null} when it is no fork
 */
public record StreamDescription(String path, String contentType, long incarnation, Instant createdAt,
		@Nullable Duration timeToLive, @Nullable Instant expiresAt, @Nullable ForkPoint fork) {

	/**
	 * Returns the position of the first byte that is the stream's own. What a fork has
	 * before it belongs to its source.
	 * @return the position
	 */
	public long firstPosition() {
		return (this.fork != null) ? this.fork.position() : 0;
	}

}
