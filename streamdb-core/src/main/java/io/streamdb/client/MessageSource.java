package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * Gives the bytes of one message of an {@link IdempotentProducer} (SPEC P5). Called on
 * the producer's thread, one call after the other.
 */
@FunctionalInterface
public interface MessageSource {

	/**
	 * Returns the bytes, just before the batch with them is sent and after the results of
	 * all earlier messages outside of that batch have completed. Called again when a
	 * batch is certainly not on the server and the message becomes part of another one;
	 * bytes that may have arrived are repeated as they were. What it throws fails this
	 * message only.
	 * @return one or more bytes; for JSON streams one or more JSON values separated by
	 * commas
	 */
	byte[] bytes();

	/**
	 * Called when the bytes that were given last are certainly not on the server, and
	 * will not be sent any more: they did not fit into the batch, or the batch did not
	 * arrive, or was refused and is repeated one message at a time. {@link #bytes()} is
	 * called next, unless the message is settled before that. The default does nothing.
	 * @param cause why the batch is not there, or {@code null} when it was not sent
	 */
	default void withdrawn(@Nullable DurableStreamException cause) {
	}

}
