package io.streamdb.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * What the thread of a producer does: sends batches, and settles them in order (SPEC P5).
 * <p>
 * What matters is to know what is not known: once an attempt may have reached the server,
 * only the same epoch and sequence may be sent again, and every end other than an answer
 * to exactly these is an unknown outcome, even a refusal. The next batch then goes into
 * the next epoch, so that the server refuses the old one if it is still on its way. A
 * batch that certainly did not arrive is given back; another one takes its sequence only
 * when it never left, and otherwise goes into the next epoch too.
 * <p>
 * Everything is decided about the first batch only, when it has been answered: what the
 * answer to a later one means depends on what became of those before it.
 */
final class ProducerLoop {

	private final RequestSender sender;

	private final ClientSettings settings;

	private final String contentType;

	private final ProducerOptions options;

	private final ProducerQueue queue;

	private final BatchAssembly assembly;

	private final BatchWindow window;

	private final EpochFence fence = new EpochFence();

	private final Backoff backoff;

	private final StopSignal stop = new StopSignal();

	/** What is on its way; read by whoever ends the producer. */
	private final Set<ProducerBatch> running = ConcurrentHashMap.newKeySet();

	/** How many attempts in a row have failed, of the first batch or those before it. */
	private int failures;

	ProducerLoop(RequestSender sender, String contentType, ProducerOptions options, ProducerQueue queue) {
		this.sender = sender;
		this.settings = sender.settings();
		this.contentType = contentType;
		this.options = options;
		this.queue = queue;
		this.assembly = new BatchAssembly(queue, options, MediaTypes.isJson(contentType));
		this.window = new BatchWindow(options.maxInFlight(), options.epoch());
		this.backoff = new Backoff(this.settings.retryPolicy().withMaxRetries(RetryPolicy.UNBOUNDED),
				this.settings.random());
	}

	/**
	 * Goes on after another loop of the same producer id, in the epoch after its last
	 * one: the server refuses what that one has sent and arrives later.
	 * @param ended the other loop, which sends nothing any more
	 */
	void startAfter(ProducerLoop ended) {
		this.window.startEpoch(ended.window.epoch() + 1);
	}

	/**
	 * Takes over the fence that is awaited behind another loop: what the server takes
	 * first of this one says as much of that one's appends, which it refuses by then.
	 * @param ended the other loop, which sends nothing any more
	 */
	void takeFenceOf(ProducerLoop ended) {
		CompletableFuture<String> awaited = ended.fence.take();
		if (awaited != null) {
			this.fence.await(awaited);
			this.queue.fencing(this.options.fence() != null);
		}
	}

	/**
	 * Whether somebody waits for the server to take something.
	 */
	boolean isFenceAwaited() {
		return this.fence.isAwaited();
	}

	/**
	 * Returns the fence behind what was sent, for this thread only.
	 */
	CompletableFuture<String> awaitFence() {
		return this.fence.await();
	}

	/**
	 * Gives up what is on its way, from any thread.
	 */
	void stop() {
		this.stop.stop();
		this.running.forEach((batch) -> batch.stop().stop());
	}

	/**
	 * Works until the producer has ended.
	 * @throws InterruptedException when a thread was interrupted
	 */
	void run() throws InterruptedException {
		while (this.queue.end() == null) {
			boolean progress = takeAnswers();
			while (settleFirst()) {
				progress = true;
			}
			progress |= addBatch();
			this.queue.completeFlushes();
			progress |= send();
			if (!progress && !this.queue.await(this.window.hasRoom(), this.window.isEmpty())) {
				return;
			}
		}
	}

	/**
	 * Gives up everything and waits for the threads of what was on its way, unless the
	 * thread is interrupted.
	 */
	void end() {
		stop();
		try {
			while (!this.running.isEmpty()) {
				this.queue.awaitAnswer();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Fails those who wait for a fence, when nothing is sent any more.
	 * @param reason what they get
	 */
	void endFence(DurableStreamException reason) {
		this.fence.failed(reason);
	}

	private boolean addBatch() {
		if (!this.window.hasRoom()) {
			return false;
		}
		long sequence = this.window.nextSequence();
		long firstDeadline = now() + this.options.deliveryTimeout().toNanos();
		if (this.queue.isReady(this.window.isEmpty())) {
			List<ProducerMessage> messages = this.assembly.take();
			if (!messages.isEmpty()) {
				messages.forEach((message) -> message.deadline(firstDeadline));
				this.window.add(new ProducerBatch(messages, this.assembly.body(messages), sequence,
						messages.get(0).deadline(firstDeadline), this.sender));
			}
			return true;
		}
		byte[] item = this.assembly.fence();
		if (item == null || !this.fence.isAwaited() || !this.window.isEmpty()) {
			return false;
		}
		this.window.add(new ProducerBatch(List.of(), item, sequence, this.fence.deadline(firstDeadline), this.sender));
		return true;
	}

	// Sending

	private boolean send() {
		ProducerBatch batch = this.window.due();
		if (batch == null) {
			return false;
		}
		ProducerBatch first = this.window.first();
		BatchAttempt attempt = new BatchAttempt(this.sender, batch, request(batch),
				(first != null) ? first.sequence() : batch.sequence(), this::ended);
		batch.running(true);
		this.running.add(batch);
		if (!this.queue.send(batch.messages())) {
			this.running.remove(batch);
			return true;
		}
		if (!this.window.isWide()) {
			// There is nothing that could be done meanwhile.
			attempt.run();
			return true;
		}
		try {
			this.settings.executor().execute(attempt);
		}
		catch (RuntimeException | Error ex) {
			this.running.remove(batch);
			if (!batch.mayHaveArrived()) {
				this.queue.notArrived(batch.messages());
			}
			throw ex;
		}
		return true;
	}

	private void ended(BatchAttempt attempt) {
		this.running.remove(attempt.batch());
		this.queue.answered(attempt);
	}

	private StreamRequest request(ProducerBatch batch) {
		Map<String, String> headers = new HashMap<>();
		headers.put(ProtocolNames.PRODUCER_ID, this.options.producerId());
		headers.put(ProtocolNames.PRODUCER_EPOCH, Long.toString(this.window.epoch()));
		headers.put(ProtocolNames.PRODUCER_SEQ, Long.toString(batch.sequence()));
		if (batch.isClosing()) {
			headers.put(ProtocolNames.CLOSED, "true");
		}
		if (batch.body().length > 0) {
			headers.put(ProtocolNames.CONTENT_TYPE, this.contentType);
		}
		return StreamRequest.of("POST", this.settings.requestTimeout())
			.within(Duration.ofNanos(batch.deadline() - now()))
			.withBody((batch.body().length > 0) ? batch.body() : null)
			.withHeaders(headers);
	}

	private boolean takeAnswers() throws InterruptedException {
		boolean any = false;
		for (BatchAttempt answer = this.queue.nextAnswer(); answer != null; answer = this.queue.nextAnswer()) {
			take(answer);
			any = true;
		}
		return any;
	}

	private void take(BatchAttempt answer) throws InterruptedException {
		ProducerBatch batch = answer.batch();
		batch.running(false);
		if (!this.window.contains(batch)) {
			return;
		}
		answer.throwBroken();
		RequestFailure failure = answer.failure();
		if (failure != null) {
			failed(batch, failure, answer.hasOvertaken());
			return;
		}
		this.window.open();
		AppendResult result = answer.result();
		DurableStreamException withoutOffset = answer.takenWithoutOffset();
		if (result != null) {
			batch.taken(result);
			passFence(result.offset());
		}
		else if (withoutOffset != null) {
			batch.takenWithoutOffset(withoutOffset);
		}
	}

	private void failed(ProducerBatch batch, RequestFailure failure, boolean overtaken) {
		if (overtaken || !failure.isWithoutEffect()) {
			// Of what came too early, a copy may yet come behind the earlier one.
			batch.arrivalUnknown();
		}
		else if (!batch.mayHaveArrived()) {
			this.queue.notArrived(batch.messages());
		}
		if (overtaken) {
			batch.repeatAfterEarlier();
		}
		else {
			batch.failed(failure);
		}
	}

	// Settling

	/**
	 * Settles the first batch, or decides how to go on with it.
	 * @return whether anything was decided
	 */
	private boolean settleFirst() throws InterruptedException {
		ProducerBatch first = this.window.first();
		if (first == null || first.isRunning() || this.stop.isStopped()) {
			return false;
		}
		if (first.isTaken()) {
			this.failures = 0;
			this.window.removeFirst();
			settleTaken(first);
			return true;
		}
		RequestFailure failure = first.failure();
		if (failure == null) {
			return false;
		}
		boolean abandoned = first.mayHaveArrived() && !mayBeRepeated(failure, first.deadline() - now());
		if (abandoned && this.window.isAnyRunning()) {
			// Their answers are at hand: they have little more time than this one.
			return false;
		}
		first.sendAgain();
		this.failures++;
		if (abandoned) {
			abandon(failure);
		}
		else if (first.mayHaveArrived()) {
			pause(failure, first.deadline() - now());
		}
		else if (claims(failure) || hasLostState(failure) || (failure.isRepeatable(true) && this.window.isOnlyOne())) {
			repeatAnew(failure);
		}
		else if (failure.isRepeatable(true) && !isOver(failure, first.deadline() - now())) {
			pause(failure, first.deadline() - now());
		}
		else {
			refused(first, failure);
		}
		return true;
	}

	private void settleTaken(ProducerBatch batch) {
		AppendResult result = batch.result();
		DurableStreamException withoutOffset = batch.unknownOffset();
		if (result != null) {
			this.queue.settle(batch.messages(), (message) -> message.result().complete(result));
		}
		else if (withoutOffset != null) {
			fail(batch.messages(), withoutOffset);
		}
	}

	private boolean mayBeRepeated(RequestFailure failure, long left) {
		return !isOver(failure, left) && isPassing(failure);
	}

	/**
	 * Whether what may have arrived can be repeated unchanged. What answers in place of
	 * the server has not said that it is against the append.
	 */
	private static boolean isPassing(RequestFailure failure) {
		return failure.isRepeatable(true) || failure.error() instanceof StreamForeignResponseException;
	}

	/**
	 * Gives up the first batch, which may have arrived, and all that may have arrived
	 * with it.
	 */
	private void abandon(RequestFailure failure) {
		this.failures = 0;
		boolean fencing = isFence();
		Collection<ProducerBatch> batches = this.window.removeAll();
		Long fencingEpoch = failure.fencingEpoch();
		if (fencingEpoch == null || this.options.claimEpoch()) {
			long known = (fencingEpoch != null) ? fencingEpoch : this.window.epoch();
			this.window.startEpoch(Math.max(known, this.window.epoch()) + 1);
		}
		if (fencing) {
			failFence(failure.error());
			return;
		}
		CompletableFuture<String> behind = this.fence.await();
		this.queue.fencing(this.options.fence() != null);
		refuseMore(failure.error());
		passFence(failure.error());
		DurableStreamException unknown = unknown(
				isPassing(failure) ? "there was no answer within " + this.options.deliveryTimeout()
						: "an attempt without an answer was followed by a refusal",
				failure.error(), behind);
		List<ProducerMessage> others = new ArrayList<>();
		for (ProducerBatch batch : batches) {
			if (batch.isTaken()) {
				settleTaken(batch);
			}
			else if (batch.mayHaveArrived()) {
				fail(batch.messages(), unknown);
			}
			else {
				others.addAll(batch.messages());
			}
		}
		// Their time went by while they waited for those before them.
		others.forEach(ProducerMessage::forgetDeadline);
		this.queue.giveBack(others, failure.error());
	}

	/**
	 * Gives the messages of all batches back, since none of them arrived, except for
	 * those whose time is over, and pauses.
	 */
	private void repeatAnew(RequestFailure failure) throws InterruptedException {
		boolean fencing = isFence();
		List<ProducerMessage> messages = this.window.dissolve();
		if (claims(failure)) {
			Long fencingEpoch = failure.fencingEpoch();
			long known = (fencingEpoch != null) ? fencingEpoch : 0;
			this.window.startEpoch(Math.max(known, this.window.epoch()) + 1);
		}
		long now = now();
		List<ProducerMessage> over = new ArrayList<>();
		List<ProducerMessage> others = new ArrayList<>();
		for (ProducerMessage message : messages) {
			(isOver(failure, message.deadline(now) - now) ? over : others).add(message);
		}
		this.queue.notArrived(over);
		fail(over, failure.error());
		if (!others.isEmpty()) {
			this.queue.giveBack(others, failure.error());
			pause(failure, others.get(0).deadline(now) - now);
		}
		else if (fencing) {
			long left = this.fence.deadline(now) - now;
			if (isOver(failure, left)) {
				failFence(failure.error());
			}
			else {
				pause(failure, left);
			}
		}
	}

	/**
	 * Settles the first batch, which is not on the server and will not be: then those
	 * behind it are not there either.
	 */
	private void refused(ProducerBatch first, RequestFailure failure) {
		this.failures = 0;
		boolean fencing = isFence();
		List<ProducerMessage> messages = this.window.dissolve();
		DurableStreamException error = failure.error();
		int size = first.messages().size();
		if ((failure.status() == 400 || failure.status() == 413) && size > 1) {
			this.assembly.takeEachAlone(first.messages());
			first.messages().forEach(ProducerMessage::forgetDeadline);
			this.queue.giveBack(messages, error);
			return;
		}
		refuseMore(error);
		this.queue.giveBack(messages.subList(size, messages.size()), error);
		passFence(error);
		if (fencing) {
			failFence(error);
		}
		fail(first.messages(), error);
	}

	private boolean isFence() {
		ProducerBatch first = this.window.first();
		return first != null && first.messages().isEmpty();
	}

	private void passFence(String offset) {
		this.queue.fencing(false);
		this.fence.passed(offset);
	}

	/**
	 * Passes the fence when nothing can be appended any more at all.
	 */
	private void passFence(DurableStreamException error) {
		String tail = error.offset();
		if (error instanceof StreamClosedException && tail != null) {
			passFence(tail);
		}
	}

	private void failFence(DurableStreamException error) {
		this.queue.fencing(false);
		this.fence.failed(error);
	}

	/**
	 * Takes no more messages when another producer has taken over, unless it is claimed
	 * back.
	 */
	private void refuseMore(DurableStreamException error) {
		if (error instanceof ProducerFencedException && !this.options.claimEpoch()) {
			this.queue.refuse(error);
		}
	}

	private void fail(List<ProducerMessage> messages, Throwable failure) {
		this.queue.fail(messages, failure);
	}

	// Time

	/**
	 * Returns whether the server misses what it has acknowledged: it has lost its state,
	 * or the stream was created again. What it refuses is not there, and is taken in the
	 * next epoch.
	 */
	private static boolean hasLostState(RequestFailure failure) {
		return failure.expectedSequence() != null;
	}

	private boolean claims(RequestFailure failure) {
		return failure.fencingEpoch() != null && this.options.claimEpoch();
	}

	/**
	 * Returns whether there is no time for another attempt.
	 * @param failure how the last one failed
	 * @param left how many nanoseconds are left
	 */
	private boolean isOver(RequestFailure failure, long left) {
		Duration retryAfter = failure.retryAfter();
		return left < this.settings.retryPolicy().initialDelay().toNanos()
				|| (retryAfter != null && retryAfter.compareTo(Duration.ofNanos(left)) > 0);
	}

	/**
	 * Waits before another attempt of the first batch, without which nothing can go on,
	 * or until the producer has ended.
	 * @param failure how the last one failed
	 * @param left how many nanoseconds are left
	 */
	private void pause(RequestFailure failure, long left) throws InterruptedException {
		Duration delay = (claims(failure) && this.failures == 1) ? Duration.ZERO
				: this.backoff.delay(this.failures, failure.retryAfter());
		// Half of what is left keeps time for another answer.
		Duration half = Duration.ofNanos(left / 2);
		boolean tooLong = failure.retryAfter() == null && delay.compareTo(half) > 0;
		this.settings.pause().await(tooLong ? half : delay, this.stop.stopped());
	}

	private long now() {
		return this.settings.nanoTime().getAsLong();
	}

	/**
	 * Makes the exception of messages of which it is not known whether they were
	 * appended.
	 * @param why why it is not known
	 * @param cause the last failure, or {@code null}
	 * @param behind completes with an offset that settles it, or {@code null}
	 * @return the exception
	 */
	AppendOutcomeUnknownException unknown(String why, @Nullable DurableStreamException cause,
			@Nullable CompletableFuture<String> behind) {
		return new AppendOutcomeUnknownException(
				"It is not known whether an append to " + this.sender.endpoint().url() + " arrived: " + why
						+ "; look for it in the stream before appending it again.",
				this.sender.endpoint().url(), (cause != null) ? cause.status() : 0, null, cause, behind);
	}

}
