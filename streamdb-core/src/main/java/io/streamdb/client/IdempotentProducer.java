package io.streamdb.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Appends messages exactly once (SPEC P5), in the order of the calls, one batch in
 * flight.
 */
public final class IdempotentProducer implements AutoCloseable {

	IdempotentProducer() {
	}

	/**
	 * Queues a message. Its bytes are asked for when its batch is put together, just
	 * before it is sent, on the producer's thread and exactly once; a supplier that
	 * throws fails its own message only. For JSON streams the bytes are one or more JSON
	 * values separated by commas; they stay together and in order. A batch that the
	 * server refuses with 400 or 413 is repeated one message at a time.
	 * @param message gives the bytes
	 * @return the answer; fails with a {@link DurableStreamException},
	 * {@link AppendOutcomeUnknownException} when the outcome is unknown, or what the
	 * supplier threw
	 */
	public CompletableFuture<AppendResult> append(Supplier<byte[]> message) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sends what waits, without linger.
	 * @return completes when everything queued so far is settled
	 */
	public CompletableFuture<Void> flush() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Refuses further messages, fails what was not sent with
	 * {@link IllegalStateException}, and what was sent and not answered with
	 * {@link AppendOutcomeUnknownException}. To let messages drain, wait for
	 * {@link #flush()} first.
	 */
	@Override
	public void close() {
		throw new UnsupportedOperationException();
	}

}
