package io.streamdb.client;

import java.net.URI;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * An append may or may not have reached the stream (SPEC T5): no answer came within the
 * time allowed, or before the producer was closed or its thread ended; or an attempt
 * without an answer was followed by a refusal of the same append, which says nothing of
 * the attempt before. {@link AppendOffsetUnknownException} says that it has reached it.
 */
public class AppendOutcomeUnknownException extends DurableStreamException {

	private final transient @Nullable CompletableFuture<String> fence;

	/**
	 * Creates the exception of an append that nothing will settle.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 */
	public AppendOutcomeUnknownException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause) {
		this(message, url, status, offset, cause, null);
	}

	/**
	 * Creates the exception of a producer's append.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 * @param fence what {@link #fence()} returns, or {@code null} for one that has failed
	 */
	public AppendOutcomeUnknownException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause, @Nullable CompletableFuture<String> fence) {
		super(message, url, status, offset, cause);
		this.fence = fence;
	}

	/**
	 * Completes when the outcome can be told from the stream: with an offset that the
	 * append lies before, if it is in the stream at all. Nothing of it can arrive any
	 * more, since the server has taken something of the producer's next epoch, or the
	 * stream is closed.
	 * <p>
	 * A producer sees to that with the next message that the server takes, and if nothing
	 * waits, with its {@linkplain ProducerOptions#fence() fence item}. It completes on
	 * the producer's thread, which what depends on it must not block.
	 * @return the future; it fails when the producer has ended before, or the server took
	 * no fence item in the delivery timeout
	 */
	public CompletableFuture<String> fence() {
		return (this.fence != null) ? this.fence.copy() : CompletableFuture.failedFuture(this);
	}

}
