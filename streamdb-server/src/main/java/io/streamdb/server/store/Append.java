package io.streamdb.server.store;

import org.jspecify.annotations.Nullable;

/**
 * What a writer wants to be appended as one unit.
 *
 * @param bytes the bytes, at least one; or {@code null} to close the stream and append
 * nothing. Never changed after they were handed over
 * @param close whether to close the stream with it
 * @param sequence the writer's {@code Stream-Seq}, or {@code null}
 * @param producer the idempotent producer's stamp, or {@code null}
 * @param expectedTail where the stream must end for the append to be done (SPEC S7), or
 * {@code null} for anywhere
 */
public record Append(byte @Nullable [] bytes, boolean close, @Nullable String sequence,
		@Nullable ProducerStamp producer, @Nullable Offset expectedTail) {

	/**
	 * Creates an append without a condition.
	 * @param bytes the bytes, or {@code null}
	 * @param close whether to close the stream with it
	 * @param sequence the writer's {@code Stream-Seq}, or {@code null}
	 * @param producer the idempotent producer's stamp, or {@code null}
	 */
	public Append(byte @Nullable [] bytes, boolean close, @Nullable String sequence, @Nullable ProducerStamp producer) {
		this(bytes, close, sequence, producer, null);
	}

}
