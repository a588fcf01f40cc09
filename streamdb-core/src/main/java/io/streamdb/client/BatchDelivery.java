package io.streamdb.client;

import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Brings the batches of one producer to the stream, one after the other (SPEC P5; the
 * protocol's 5.2.1). Keeps the epoch and the sequence.
 * <p>
 * What matters is to know what is not known: once an attempt may have reached the server,
 * only the same epoch and sequence may be sent again, and every end other than an answer
 * to exactly these is an unknown outcome, even a refusal. The next batch then goes into
 * the next epoch, so that the server refuses the old one if it is still on its way.
 */
final class BatchDelivery {

	private final RequestSender sender;

	private final ClientSettings settings;

	private final String contentType;

	private final ProducerOptions options;

	private final StopSignal stop;

	private final Backoff backoff;

	private long epoch;

	private long sequence;

	BatchDelivery(RequestSender sender, String contentType, ProducerOptions options, StopSignal stop) {
		this.sender = sender;
		this.settings = sender.settings();
		this.contentType = contentType;
		this.options = options;
		this.stop = stop;
		this.epoch = options.epoch();
		RetryPolicy delays = this.settings.retryPolicy();
		this.backoff = new Backoff(new RetryPolicy(-1, delays.initialDelay(), delays.maxDelay()),
				this.settings.random());
	}

	/**
	 * Sends a batch until its outcome is known or the delivery timeout is over.
	 * @param body the batch
	 * @param inFlight told before each attempt that the batch may reach the server, and
	 * after it that it certainly did not; answers whether to go on
	 * @return the server's answer
	 * @throws DurableStreamException when the batch was not appended, or
	 * {@link AppendOutcomeUnknownException} when that is not known
	 * @throws RefusedException when the server refuses the body
	 * @throws StoppedException when the producer was closed, which settles the batch
	 * @throws InterruptedException when the thread was interrupted
	 */
	AppendResult deliver(byte[] body, Predicate<Boolean> inFlight)
			throws RefusedException, StoppedException, InterruptedException {
		RequestSender.Call call = this.sender.call(this.stop);
		long deadline = this.settings.nanoTime().getAsLong() + this.options.deliveryTimeout().toNanos();
		boolean mayHaveArrived = false;
		for (int failures = 1;; failures++) {
			if (!inFlight.test(true)) {
				throw new StoppedException();
			}
			Acknowledgement acknowledgement;
			try (Exchange exchange = call.open(request(body, deadline))) {
				exchange.drain();
				acknowledgement = Acknowledgement.of(exchange, true);
			}
			catch (RequestFailure ex) {
				mayHaveArrived |= !ex.isWithoutEffect();
				if (!mayHaveArrived) {
					inFlight.test(false);
				}
				Duration delay = afterFailure(ex, mayHaveArrived, failures, deadline);
				this.settings.pause().await(delay, this.stop.stopped());
				continue;
			}
			this.sequence++;
			return result(acknowledgement);
		}
	}

	/**
	 * Decides how to go on after a failed attempt.
	 * @return how long to wait before the next attempt
	 */
	private Duration afterFailure(RequestFailure failure, boolean mayHaveArrived, int failures, long deadline)
			throws RefusedException, StoppedException {
		if (this.stop.isStopped()) {
			throw new StoppedException();
		}
		Long fencingEpoch = failure.fencingEpoch();
		boolean claims = fencingEpoch != null && this.options.claimEpoch();
		if (claims) {
			startEpoch(Math.max(fencingEpoch, this.epoch) + 1);
		}
		if (mayHaveArrived && !failure.isRepeatable(true)) {
			if (fencingEpoch == null) {
				startEpoch(this.epoch + 1);
			}
			throw unknown("an attempt without an answer was followed by a refusal", failure.error());
		}
		if (!claims && !failure.isRepeatable(true)) {
			throw refusal(failure);
		}
		Duration left = Duration.ofNanos(deadline - this.settings.nanoTime().getAsLong());
		boolean over = left.compareTo(this.settings.retryPolicy().initialDelay()) < 0;
		if (over || (failure.retryAfter() != null && failure.retryAfter().compareTo(left) > 0)) {
			startEpoch(this.epoch + 1);
			throw mayHaveArrived
					? unknown("there was no answer within " + this.options.deliveryTimeout(), failure.error())
					: failure.error();
		}
		Duration delay = (claims && failures == 1) ? Duration.ZERO : this.backoff.delay(failures, failure.retryAfter());
		// Half of what is left keeps time for another answer.
		return (failure.retryAfter() == null && delay.compareTo(left.dividedBy(2)) > 0) ? left.dividedBy(2) : delay;
	}

	private DurableStreamException refusal(RequestFailure failure) throws RefusedException {
		if (failure.status() == 400 || failure.status() == 413) {
			throw new RefusedException(failure.error());
		}
		if (failure.isSequenceGap()) {
			// With one batch in flight only a server that lost its state sees a gap.
			startEpoch(this.epoch + 1);
		}
		return failure.error();
	}

	private void startEpoch(long epoch) {
		this.epoch = epoch;
		this.sequence = 0;
	}

	private StreamRequest request(byte[] body, long deadline) {
		Duration left = Duration.ofNanos(Math.max(1, deadline - this.settings.nanoTime().getAsLong()));
		Duration timeout = this.settings.requestTimeout();
		return StreamRequest.of("POST", (left.compareTo(timeout) < 0) ? left : timeout)
			.withBody(body)
			.withHeaders(Map.of(ProtocolNames.CONTENT_TYPE, this.contentType, ProtocolNames.PRODUCER_ID,
					this.options.producerId(), ProtocolNames.PRODUCER_EPOCH, Long.toString(this.epoch),
					ProtocolNames.PRODUCER_SEQ, Long.toString(this.sequence)));
	}

	private AppendResult result(Acknowledgement acknowledgement) throws StoppedException, InterruptedException {
		try {
			return acknowledgement.toResult(this.sender, this.stop);
		}
		catch (RequestFailure ex) {
			if (this.stop.isStopped()) {
				throw new StoppedException();
			}
			throw ex.error();
		}
	}

	/**
	 * Makes the exception of a batch of which it is not known whether it was appended.
	 * @param why why it is not known
	 * @param cause the last failure, or {@code null}
	 * @return the exception
	 */
	AppendOutcomeUnknownException unknown(String why, @Nullable DurableStreamException cause) {
		return new AppendOutcomeUnknownException(
				"It is not known whether an append to " + this.sender.endpoint().url() + " arrived: " + why
						+ "; look for it in the stream before appending it again.",
				this.sender.endpoint().url(), (cause != null) ? cause.status() : 0, null, cause);
	}

	/**
	 * The producer was closed.
	 */
	static final class StoppedException extends Exception {

	}

	/**
	 * The server refuses the body of a batch: a part of it may be taken.
	 */
	static final class RefusedException extends Exception {

		private final DurableStreamException error;

		RefusedException(DurableStreamException error) {
			super(error);
			this.error = error;
		}

		DurableStreamException error() {
			return this.error;
		}

	}

}
