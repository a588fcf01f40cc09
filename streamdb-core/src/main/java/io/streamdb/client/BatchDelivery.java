package io.streamdb.client;

import java.time.Duration;
import java.util.HashMap;
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
 * the next epoch, so that the server refuses the old one if it is still on its way. A
 * batch that certainly did not arrive is given back, and another one may take its
 * sequence.
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

	/** How many attempts in a row have failed, of this batch or of those given back. */
	private int failures;

	BatchDelivery(RequestSender sender, String contentType, ProducerOptions options, StopSignal stop) {
		this.sender = sender;
		this.settings = sender.settings();
		this.contentType = contentType;
		this.options = options;
		this.stop = stop;
		this.epoch = options.epoch();
		this.backoff = new Backoff(this.settings.retryPolicy().withMaxRetries(RetryPolicy.UNBOUNDED),
				this.settings.random());
	}

	/**
	 * Sends a batch, and repeats it from when it may have arrived until its outcome is
	 * known or its time is over.
	 * @param body the batch; empty only when it closes the stream
	 * @param closing whether the stream is closed with it
	 * @param deadline when its time is over, in nanoseconds of the client's clock
	 * @param inFlight told before each attempt that the batch may reach the server, and
	 * after it that it certainly did not; answers whether to go on
	 * @return the server's answer
	 * @throws DurableStreamException when the batch was not appended, or
	 * {@link AppendOutcomeUnknownException} when that is not known
	 * @throws NotArrivedException when the batch did not arrive, and may be sent again
	 * @throws RefusedException when the server refuses the body
	 * @throws StoppedException when the producer was closed, which settles the batch
	 * @throws InterruptedException when the thread was interrupted
	 */
	AppendResult deliver(byte[] body, boolean closing, long deadline, Predicate<Boolean> inFlight)
			throws NotArrivedException, RefusedException, StoppedException, InterruptedException {
		RequestSender.Call call = this.sender.call(this.stop);
		boolean mayHaveArrived = false;
		while (true) {
			if (!inFlight.test(true)) {
				throw new StoppedException();
			}
			Acknowledgement acknowledgement;
			StreamRequest request = request(body, closing, deadline);
			try (Exchange exchange = call.open(request)) {
				exchange.drain();
				acknowledgement = Acknowledgement.of(this.sender, request, exchange, body.length > 0);
			}
			catch (RequestFailure ex) {
				this.failures++;
				mayHaveArrived |= !ex.isWithoutEffect();
				if (!mayHaveArrived) {
					inFlight.test(false);
				}
				if (this.stop.isStopped()) {
					throw new StoppedException();
				}
				if (!mayHaveArrived) {
					throw withoutEffect(ex);
				}
				awaitRepetition(ex, deadline);
				continue;
			}
			this.failures = 0;
			this.sequence++;
			return result(acknowledgement);
		}
	}

	/**
	 * Returns how to go on when no attempt had an effect.
	 */
	private NotArrivedException withoutEffect(RequestFailure failure) throws RefusedException {
		if (claims(failure)) {
			startEpoch(Math.max(failure.fencingEpoch(), this.epoch) + 1);
		}
		else if (!failure.isRepeatable(true)) {
			this.failures = 0;
			throw refusal(failure);
		}
		return new NotArrivedException(failure);
	}

	/**
	 * Waits before the repetition of what may have arrived.
	 */
	private void awaitRepetition(RequestFailure failure, long deadline) throws InterruptedException {
		long left = deadline - this.settings.nanoTime().getAsLong();
		boolean over = isOver(failure, left);
		// What answers in place of the server has not said that it is against the append.
		boolean repeatable = failure.isRepeatable(true) || failure.error() instanceof StreamForeignResponseException;
		if (over || !repeatable) {
			this.failures = 0;
			if (claims(failure)) {
				startEpoch(Math.max(failure.fencingEpoch(), this.epoch) + 1);
			}
			else if (failure.fencingEpoch() == null) {
				startEpoch(this.epoch + 1);
			}
			throw repeatable ? unknown("there was no answer within " + this.options.deliveryTimeout(), failure.error())
					: unknown("an attempt without an answer was followed by a refusal", failure.error());
		}
		pause(failure, left);
	}

	private boolean claims(RequestFailure failure) {
		return failure.fencingEpoch() != null && this.options.claimEpoch();
	}

	/**
	 * Returns whether there is no time for another attempt.
	 * @param failure how the last one failed
	 * @param left how many nanoseconds are left
	 */
	boolean isOver(NotArrivedException failure, long left) {
		return isOver(failure.request(), left);
	}

	private boolean isOver(RequestFailure failure, long left) {
		Duration retryAfter = failure.retryAfter();
		return left < this.settings.retryPolicy().initialDelay().toNanos()
				|| (retryAfter != null && retryAfter.compareTo(Duration.ofNanos(left)) > 0);
	}

	/**
	 * Waits before another attempt, or until the producer is closed.
	 * @param failure how the last one failed
	 * @param left how many nanoseconds are left
	 * @throws InterruptedException when the thread was interrupted
	 */
	void pause(NotArrivedException failure, long left) throws InterruptedException {
		pause(failure.request(), left);
	}

	private void pause(RequestFailure failure, long left) throws InterruptedException {
		Duration delay = (claims(failure) && this.failures == 1) ? Duration.ZERO
				: this.backoff.delay(this.failures, failure.retryAfter());
		// Half of what is left keeps time for another answer.
		Duration half = Duration.ofNanos(left / 2);
		boolean tooLong = failure.retryAfter() == null && delay.compareTo(half) > 0;
		this.settings.pause().await(tooLong ? half : delay, this.stop.stopped());
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

	/**
	 * Goes on after another delivery of the same producer id, in the epoch after its last
	 * one: the server refuses what that one has sent and arrives later.
	 * @param ended the other delivery, which sends nothing any more
	 */
	void startAfter(BatchDelivery ended) {
		startEpoch(ended.epoch + 1);
	}

	private void startEpoch(long epoch) {
		this.epoch = epoch;
		this.sequence = 0;
	}

	private StreamRequest request(byte[] body, boolean closing, long deadline) {
		Duration left = Duration.ofNanos(Math.max(1, deadline - this.settings.nanoTime().getAsLong()));
		Duration timeout = this.settings.requestTimeout();
		Map<String, String> headers = new HashMap<>();
		headers.put(ProtocolNames.PRODUCER_ID, this.options.producerId());
		headers.put(ProtocolNames.PRODUCER_EPOCH, Long.toString(this.epoch));
		headers.put(ProtocolNames.PRODUCER_SEQ, Long.toString(this.sequence));
		if (closing) {
			headers.put(ProtocolNames.CLOSED, "true");
		}
		if (body.length > 0) {
			headers.put(ProtocolNames.CONTENT_TYPE, this.contentType);
		}
		return StreamRequest.of("POST", (left.compareTo(timeout) < 0) ? left : timeout)
			.withBody((body.length > 0) ? body : null)
			.withHeaders(headers);
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
	 * A batch certainly did not arrive, for a reason that may pass.
	 */
	static final class NotArrivedException extends Exception {

		private final transient RequestFailure request;

		NotArrivedException(RequestFailure request) {
			super(request);
			this.request = request;
		}

		private RequestFailure request() {
			return this.request;
		}

		DurableStreamException error() {
			return this.request.error();
		}

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
