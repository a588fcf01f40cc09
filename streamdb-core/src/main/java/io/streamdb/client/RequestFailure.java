package io.streamdb.client;

import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A request that failed, with what is needed to decide how to go on.
 */
final class RequestFailure extends Exception {

	private final DurableStreamException error;

	private final transient @Nullable Duration retryAfter;

	private final @Nullable Long producerEpoch;

	private final @Nullable Long expectedSequence;

	RequestFailure(DurableStreamException error) {
		this(error, null, null, null);
	}

	RequestFailure(DurableStreamException error, @Nullable Duration retryAfter, @Nullable Long producerEpoch,
			@Nullable Long expectedSequence) {
		super(error);
		this.error = error;
		this.retryAfter = retryAfter;
		this.producerEpoch = producerEpoch;
		this.expectedSequence = expectedSequence;
	}

	DurableStreamException error() {
		return this.error;
	}

	int status() {
		return this.error.status();
	}

	@Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	/**
	 * Returns the epoch that fences this producer.
	 * @return the epoch, or {@code null} when the producer is not fenced
	 */
	@Nullable Long fencingEpoch() {
		return this.producerEpoch;
	}

	/**
	 * Returns the sequence that the server expects in place of the one that it got.
	 * @return the sequence, or {@code null} when it does not miss any
	 */
	@Nullable Long expectedSequence() {
		return this.expectedSequence;
	}

	/**
	 * Returns whether the request may be repeated unchanged (SPEC P4).
	 * @param idempotent whether it is a read or an append with a producer's sequence
	 * @return whether to repeat
	 */
	boolean isRepeatable(boolean idempotent) {
		return switch (status()) {
			case 429, 500, 503 -> true;
			case 502, 504 -> idempotent;
			case 0 -> isSupplierFailure() || (idempotent && isIoFailure());
			default -> false;
		};
	}

	/**
	 * Returns whether the request was certainly not carried out: it never left, or the
	 * server answered that it refuses it.
	 * @return whether nothing happened on the server
	 */
	boolean isWithoutEffect() {
		if (status() == 0) {
			Throwable cause = this.error.getCause();
			return isSupplierFailure() || cause instanceof ConnectException
					|| cause instanceof HttpConnectTimeoutException;
		}
		return (status() >= 300 && status() < 500) || status() == 501;
	}

	private boolean isSupplierFailure() {
		return this.error.getCause() instanceof SupplierFailedException;
	}

	private boolean isIoFailure() {
		return this.error instanceof StreamConnectionException || this.error instanceof StreamTimeoutException;
	}

}
