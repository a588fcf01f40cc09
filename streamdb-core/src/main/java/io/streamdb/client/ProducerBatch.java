package io.streamdb.client;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Some messages of a producer on their way together, with one sequence, and what is known
 * of their arrival. Only for the producer's thread.
 */
final class ProducerBatch {

	private final List<ProducerMessage> messages;

	private final byte[] body;

	private final long sequence;

	private final long deadline;

	private final StopSignal stop = new StopSignal();

	private final RequestSender.Call call;

	private boolean running;

	private boolean mayHaveArrived;

	private boolean afterEarlier;

	private @Nullable RequestFailure failure;

	private @Nullable AppendResult result;

	private @Nullable DurableStreamException takenWithoutOffset;

	/**
	 * Creates a batch that was not sent yet.
	 * @param messages its messages; none for a fence
	 * @param body what is sent
	 * @param sequence its sequence
	 * @param deadline when its time is over, in nanoseconds of the client's clock
	 * @param sender sends it
	 */
	ProducerBatch(List<ProducerMessage> messages, byte[] body, long sequence, long deadline, RequestSender sender) {
		this.messages = List.copyOf(messages);
		this.body = body;
		this.sequence = sequence;
		this.deadline = deadline;
		this.call = sender.call(this.stop);
	}

	List<ProducerMessage> messages() {
		return this.messages;
	}

	/**
	 * Whether the stream is closed with it.
	 */
	boolean isClosing() {
		return !this.messages.isEmpty() && this.messages.get(0).isClosing();
	}

	/**
	 * What is sent; nothing only when it closes the stream.
	 */
	byte[] body() {
		return this.body;
	}

	long sequence() {
		return this.sequence;
	}

	long deadline() {
		return this.deadline;
	}

	StopSignal stop() {
		return this.stop;
	}

	RequestSender.Call call() {
		return this.call;
	}

	/**
	 * Whether an attempt is on its way.
	 */
	boolean isRunning() {
		return this.running;
	}

	void running(boolean now) {
		this.running = now;
		this.afterEarlier = this.afterEarlier && !now;
	}

	/**
	 * Whether it waits for its first attempt, or for another one.
	 */
	boolean isToBeSent() {
		return !this.running && !isTaken() && this.failure == null;
	}

	/**
	 * Whether an attempt had no answer that says that it had no effect, and that none of
	 * its copies will have one.
	 */
	boolean mayHaveArrived() {
		return this.mayHaveArrived;
	}

	/**
	 * Whether an attempt had an answer, so that it has left, and a copy may be on its
	 * way.
	 */
	boolean wasAnswered() {
		return this.call.wasAnswered();
	}

	/**
	 * Whether it is sent again only when all earlier batches are settled.
	 */
	boolean isInRepair() {
		return this.afterEarlier || this.failure != null;
	}

	/**
	 * Notes that the server has not seen an earlier batch yet.
	 */
	void repeatAfterEarlier() {
		this.afterEarlier = true;
	}

	/**
	 * Notes that an attempt has failed.
	 * @param reason how
	 */
	void failed(RequestFailure reason) {
		this.failure = reason;
	}

	void arrivalUnknown() {
		this.mayHaveArrived = true;
	}

	/**
	 * Returns how the last attempt failed.
	 * @return the failure, or {@code null} when it is to be sent
	 */
	@Nullable RequestFailure failure() {
		return this.failure;
	}

	void sendAgain() {
		this.failure = null;
	}

	/**
	 * Notes that the server has it.
	 * @param answer the answer
	 */
	void taken(AppendResult answer) {
		this.result = answer;
	}

	/**
	 * Notes that the server has it, and that nobody knows where.
	 * @param reason why not
	 */
	void takenWithoutOffset(DurableStreamException reason) {
		this.takenWithoutOffset = reason;
	}

	/**
	 * Whether the server has it.
	 */
	boolean isTaken() {
		return this.result != null || this.takenWithoutOffset != null;
	}

	@Nullable AppendResult result() {
		return this.result;
	}

	@Nullable DurableStreamException unknownOffset() {
		return this.takenWithoutOffset;
	}

}
