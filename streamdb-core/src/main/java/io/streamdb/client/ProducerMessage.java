package io.streamdb.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A message of an {@link IdempotentProducer} on its way.
 */
final class ProducerMessage {

	private final Supplier<byte[]> supplier;

	private final long index;

	private final long queuedAt;

	private final CompletableFuture<AppendResult> result = new CompletableFuture<>();

	private byte[] bytes = new byte[0];

	/** Guarded by the producer's lock. */
	private boolean inFlight;

	ProducerMessage(Supplier<byte[]> supplier, long index, long queuedAt) {
		this.supplier = supplier;
		this.index = index;
		this.queuedAt = queuedAt;
	}

	/**
	 * Asks for the bytes.
	 * @return whether there are any; the result has failed otherwise
	 */
	boolean encode() {
		try {
			@Nullable byte[] encoded = this.supplier.get();
			if (encoded == null || encoded.length == 0) {
				throw new IllegalArgumentException("The supplier of a message gave no bytes");
			}
			this.bytes = encoded;
			return true;
		}
		catch (Throwable ex) {
			this.result.completeExceptionally(ex);
			return false;
		}
	}

	byte[] bytes() {
		return this.bytes;
	}

	long index() {
		return this.index;
	}

	long queuedAt() {
		return this.queuedAt;
	}

	CompletableFuture<AppendResult> result() {
		return this.result;
	}

	boolean isInFlight() {
		return this.inFlight;
	}

	void setInFlight(boolean inFlight) {
		this.inFlight = inFlight;
	}

}
