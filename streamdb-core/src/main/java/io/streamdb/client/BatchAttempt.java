package io.streamdb.client;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * One request with one batch: sends it on the thread that runs it, and then tells how it
 * ended. What it knows belongs to the answer of this very batch, whatever has been sent
 * since.
 */
final class BatchAttempt implements Runnable {

	private final RequestSender sender;

	private final ProducerBatch batch;

	private final StreamRequest request;

	private final long firstUnacknowledged;

	private final Consumer<BatchAttempt> ended;

	private @Nullable AppendResult result;

	private @Nullable DurableStreamException takenWithoutOffset;

	private @Nullable RequestFailure failure;

	private @Nullable Throwable broken;

	/**
	 * Creates an attempt that has not started.
	 * @param sender sends it
	 * @param batch the batch
	 * @param request the request with it
	 * @param firstUnacknowledged the first sequence that is not acknowledged by now
	 * @param ended told when it has ended, on the thread that runs it
	 */
	BatchAttempt(RequestSender sender, ProducerBatch batch, StreamRequest request, long firstUnacknowledged,
			Consumer<BatchAttempt> ended) {
		this.sender = sender;
		this.batch = batch;
		this.request = request;
		this.firstUnacknowledged = firstUnacknowledged;
		this.ended = ended;
	}

	@Override
	public void run() {
		try {
			send();
		}
		catch (RequestFailure ex) {
			this.failure = ex;
		}
		catch (Throwable ex) {
			this.broken = ex;
		}
		this.ended.accept(this);
	}

	private void send() throws RequestFailure, InterruptedException {
		Acknowledgement acknowledgement;
		try (Exchange exchange = this.batch.call().open(this.request)) {
			exchange.drain();
			acknowledgement = Acknowledgement.of(this.sender, this.request, exchange, this.batch.body().length > 0);
		}
		try {
			Duration left = Duration.ofNanos(this.batch.deadline() - this.sender.settings().nanoTime().getAsLong());
			this.result = acknowledgement.toResult(this.sender, this.batch.stop(), left);
		}
		catch (RequestFailure ex) {
			this.takenWithoutOffset = ex.error();
		}
	}

	ProducerBatch batch() {
		return this.batch;
	}

	/**
	 * Returns the server's answer.
	 * @return the answer, or {@code null} when it is another one
	 */
	@Nullable AppendResult result() {
		return this.result;
	}

	/**
	 * Returns why the offset is not known of what the server has taken.
	 * @return the reason, or {@code null} when that is not so
	 */
	@Nullable DurableStreamException takenWithoutOffset() {
		return this.takenWithoutOffset;
	}

	/**
	 * Returns how it failed.
	 * @return the failure, or {@code null} when the server has taken the batch
	 */
	@Nullable RequestFailure failure() {
		return this.failure;
	}

	/**
	 * Throws what ends the producer, as it is no failure of a request.
	 * @throws InterruptedException when the thread was interrupted
	 */
	void throwBroken() throws InterruptedException {
		Throwable thrown = this.broken;
		if (thrown instanceof InterruptedException interruption) {
			throw interruption;
		}
		if (thrown instanceof Error error) {
			throw error;
		}
		if (thrown != null) {
			throw new IllegalStateException("An attempt ended with " + thrown, thrown);
		}
	}

	/**
	 * Whether it was refused only because an earlier batch, which was not acknowledged
	 * when this one was sent, had not arrived before it.
	 */
	boolean hasOvertaken() {
		RequestFailure reason = this.failure;
		Long expected = (reason != null) ? reason.expectedSequence() : null;
		return expected != null && expected >= this.firstUnacknowledged && expected < this.batch.sequence();
	}

}
