package io.streamdb.client;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A message of an {@link IdempotentProducer} on its way.
 */
final class ProducerMessage {

	private static final byte[] NONE = new byte[0];

	private final @Nullable MessageSource source;

	private final boolean closing;

	private final long index;

	private final long queuedAt;

	private final CompletableFuture<AppendResult> result = new CompletableFuture<>();

	private byte[] bytes = NONE;

	private @Nullable Long deadline;

	/** Guarded by the producer's lock. */
	private boolean inFlight;

	/** Guarded by the producer's lock. */
	private boolean settling;

	private ProducerMessage(@Nullable MessageSource source, boolean closing, long index, long queuedAt) {
		this.source = source;
		this.closing = closing;
		this.index = index;
		this.queuedAt = queuedAt;
	}

	static ProducerMessage of(MessageSource source, long index, long queuedAt) {
		return new ProducerMessage(source, false, index, queuedAt);
	}

	/**
	 * Makes the message that closes the stream.
	 * @param last the last content of the stream, or {@code null} for none
	 */
	static ProducerMessage closing(@Nullable MessageSource last, long index, long queuedAt) {
		return new ProducerMessage(last, true, index, queuedAt);
	}

	/**
	 * Whether the stream is closed with this message.
	 */
	boolean isClosing() {
		return this.closing;
	}

	/**
	 * Asks for the bytes.
	 * @return why there are none, or {@code null} when there are some
	 */
	@Nullable Throwable encode() {
		if (this.source == null) {
			return null;
		}
		try {
			@Nullable byte[] encoded = this.source.bytes();
			if (encoded == null || encoded.length == 0) {
				return new IllegalArgumentException("The source of a message gave no bytes");
			}
			this.bytes = encoded;
			return null;
		}
		catch (Throwable ex) {
			return ex;
		}
	}

	/**
	 * Gives the bytes up, so that they are asked for again.
	 * @param cause why they are not on the server, or {@code null}
	 */
	void withdraw(@Nullable DurableStreamException cause) {
		this.bytes = NONE;
		if (this.source != null) {
			this.source.withdrawn(cause);
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

	/**
	 * Returns until when it is tried to bring the message to the server.
	 * @param first what it is, unless it was set before
	 * @return the deadline, in nanoseconds of the producer's clock
	 */
	long deadline(long first) {
		Long known = this.deadline;
		if (known == null) {
			known = first;
			this.deadline = known;
		}
		return known;
	}

	void forgetDeadline() {
		this.deadline = null;
	}

	/**
	 * Whether the bytes may be on the server.
	 */
	boolean isInFlight() {
		return this.inFlight;
	}

	void setInFlight(boolean inFlight) {
		this.inFlight = inFlight;
	}

	/**
	 * Whether its outcome is known, and its result about to complete.
	 */
	boolean isSettling() {
		return this.settling;
	}

	void setSettling() {
		this.settling = true;
	}

}
