package io.streamdb.server.store;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * One accepted append, with all that it changes.
 *
 * @param position the position of its first byte
 * @param bytes the bytes, at least one, which nobody changes; or {@code null} for none
 * @param close whether it closes the stream
 * @param sequence the writer's {@code Stream-Seq}, or {@code null}
 * @param producer the idempotent producer's stamp, or {@code null}
 * @param at when it was accepted
 */
public record LogRecord(long position, byte @Nullable [] bytes, boolean close, @Nullable String sequence,
		@Nullable ProducerStamp producer, Instant at) {

	/**
	 * Returns the position after it.
	 * @return the position
	 */
	public long end() {
		return (this.bytes != null) ? this.position + this.bytes.length : this.position;
	}

}
