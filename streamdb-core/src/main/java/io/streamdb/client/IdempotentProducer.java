package io.streamdb.client;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends messages exactly once (SPEC P5), in the order of the calls, one batch in
 * flight: while it is, the next one gathers. Safe for use by many threads.
 * <p>
 * Every batch is sent with the producer's id, epoch and sequence, and once it may have
 * arrived it is repeated as it is with the same ones until the server has answered, so
 * that a repetition is recognised. When no answer comes within the delivery timeout, the
 * producer goes on in the next epoch, which makes the server refuse a late arrival of the
 * old one. A batch that certainly did not arrive is dissolved: its messages are the first
 * of the next one, and are asked for their bytes again.
 * <p>
 * Results complete on the producer's thread, in order, and before any later message is
 * asked for its bytes, unless both are in one batch: so a message may depend on how an
 * earlier one ended. What depends on a result must not block, or no message moves
 * meanwhile.
 */
public final class IdempotentProducer implements AutoCloseable {

	/**
	 * How many messages may wait to be sent; further ones are refused with a
	 * {@link RejectedExecutionException}.
	 */
	public static final int MAX_WAITING = 100_000;

	private static final Logger logger = LoggerFactory.getLogger(IdempotentProducer.class);

	private final RequestSender sender;

	private final ProducerOptions options;

	private final BatchDelivery delivery;

	private final String contentType;

	private final StopSignal stop = new StopSignal();

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	private final ReentrantLock lock;

	private final Condition work;

	private final Deque<ProducerMessage> waiting = new ArrayDeque<>();

	/** What was taken from those that wait, and is not settled. */
	private final Set<ProducerMessage> taken = new LinkedHashSet<>();

	private final Deque<Flush> flushes = new ArrayDeque<>();

	private long lastQueued;

	private long flushUpTo;

	/** Whether a thread may be started: not before a predecessor's has ended. */
	private boolean startable;

	private boolean started;

	private boolean succeeded;

	/** The message that closes the stream; messages after one that may are refused. */
	private @Nullable ProducerMessage closing;

	/** Why no more messages are taken; {@code null} while they are. */
	private @Nullable DurableStreamException end;

	/** The latest message that ever left the queue; only for the producer's thread. */
	private long lastTaken;

	/**
	 * Up to which message each goes alone, since the server refused them together; only
	 * for the producer's thread.
	 */
	private long alone;

	IdempotentProducer(RequestSender sender, String contentType, ProducerOptions options) {
		this(sender, contentType, options, true);
	}

	private IdempotentProducer(RequestSender sender, String contentType, ProducerOptions options, boolean startable) {
		this.sender = sender;
		this.options = options;
		this.contentType = contentType;
		this.startable = startable;
		this.lock = sender.settings().scheduling().newLock();
		this.work = this.lock.newCondition();
		this.delivery = new BatchDelivery(sender, contentType, options, this.stop);
	}

	/**
	 * Queues a message. Its bytes are asked for when its batch is put together, just
	 * before it is sent, and asked for again when that batch is certainly not on the
	 * server and another one is put together: after a connection that was refused, after
	 * a 429, and when the server refuses the batch with 400 or 413, which is repeated one
	 * message at a time. The bytes of one message stay together and in order.
	 * @param message gives the bytes
	 * @return the answer; fails with a {@link DurableStreamException}, among them
	 * {@link AppendOutcomeUnknownException} when the outcome is unknown and
	 * {@link MessageNotSentException} when the producer {@linkplain #isClosed() is
	 * closed} or has no thread, with {@link StreamClosedException} after
	 * {@link #closeStream}, with what the source threw, or with
	 * {@link RejectedExecutionException} when {@link #MAX_WAITING} messages wait
	 */
	public CompletableFuture<AppendResult> append(MessageSource message) {
		this.lock.lock();
		try {
			if (closing() != null) {
				return CompletableFuture.failedFuture(streamClosed());
			}
			return queue(ProducerMessage.of(message, this.lastQueued + 1, now()));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the stream for everybody, after everything that is queued; with a last
	 * message if there is one, in the same step. Like an append this happens exactly
	 * once, and a repetition is recognised. While it is on its way and after it has
	 * succeeded, calling it again gives the same answer, whatever the message, and
	 * appends fail with {@link StreamClosedException}; when it fails, the producer goes
	 * on. The producer itself is not closed by this.
	 * @param last the stream's last message, or {@code null} for none
	 * @return the answer, which fails as that of {@link #append} does; with
	 * {@link StreamClosedException} when another writer has closed the stream
	 */
	public CompletableFuture<AppendResult> closeStream(@Nullable MessageSource last) {
		this.lock.lock();
		try {
			ProducerMessage known = closing();
			if (known != null) {
				return known.result().copy();
			}
			ProducerMessage message = ProducerMessage.closing(last, this.lastQueued + 1, now());
			CompletableFuture<AppendResult> result = queue(message);
			if (!result.isCompletedExceptionally()) {
				this.closing = message;
				this.flushUpTo = message.index();
			}
			return result.copy();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the message that closes the stream, unless it has failed to.
	 */
	private @Nullable ProducerMessage closing() {
		ProducerMessage message = this.closing;
		return (message != null && !message.result().isCompletedExceptionally()) ? message : null;
	}

	private StreamClosedException streamClosed() {
		URI url = this.sender.endpoint().url();
		return new StreamClosedException(
				"The producer of " + url + " closes the stream or has closed it; it takes no more appends.", url, 0,
				null, null);
	}

	private CompletableFuture<AppendResult> queue(ProducerMessage message) {
		if (this.end != null) {
			return CompletableFuture.failedFuture(this.end);
		}
		if (this.waiting.size() >= MAX_WAITING) {
			return CompletableFuture.failedFuture(new RejectedExecutionException(
					MAX_WAITING + " messages wait to be appended to " + this.sender.endpoint().url()
							+ ": wait for the results of earlier ones before appending more"));
		}
		try {
			start();
		}
		catch (RuntimeException | Error ex) {
			return CompletableFuture.failedFuture(notSent("has no thread to send it", ex));
		}
		this.lastQueued = message.index();
		this.waiting.add(message);
		this.work.signal();
		return message.result();
	}

	private void start() {
		if (this.startable && !this.started) {
			this.sender.settings().executor().execute(this::run);
			this.started = true;
		}
	}

	/**
	 * Sends what waits, without linger.
	 * @return completes when everything queued so far is settled, whether it succeeded or
	 * failed
	 */
	public CompletableFuture<Void> flush() {
		this.lock.lock();
		try {
			if (this.waiting.isEmpty() && this.taken.isEmpty()) {
				return CompletableFuture.completedFuture(null);
			}
			Flush flush = new Flush(this.lastQueued, new CompletableFuture<>());
			this.flushes.add(flush);
			this.flushUpTo = this.lastQueued;
			this.work.signal();
			return flush.done();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Refuses further messages, fails what was not sent with
	 * {@link MessageNotSentException}, and what was sent and not answered with
	 * {@link AppendOutcomeUnknownException}, before it returns. To let messages drain,
	 * wait for {@link #flush()} first.
	 */
	@Override
	public void close() {
		end(notSent("was closed", null), "the producer was closed before the answer came");
	}

	/**
	 * Settles everything that is not settled, and takes no more.
	 * @param reason what fails messages that were not sent, unless there is one already
	 * @param unknown why the outcome of the others is not known
	 */
	private void end(DurableStreamException reason, String unknown) {
		List<ProducerMessage> notSent = new ArrayList<>();
		List<ProducerMessage> sent = new ArrayList<>();
		List<Flush> flushed = new ArrayList<>();
		DurableStreamException first;
		boolean completed;
		this.lock.lock();
		try {
			first = (this.end != null) ? this.end : reason;
			this.end = first;
			completed = this.startable && !this.started;
			for (ProducerMessage message : this.taken) {
				if (!message.isSettling()) {
					(message.isInFlight() ? sent : notSent).add(message);
				}
			}
			notSent.addAll(this.waiting);
			this.taken.clear();
			this.waiting.clear();
			flushed.addAll(this.flushes);
			this.flushes.clear();
			this.work.signal();
		}
		finally {
			this.lock.unlock();
		}
		this.stop.stop();
		sent.forEach((message) -> message.result().completeExceptionally(this.delivery.unknown(unknown, null)));
		notSent.forEach((message) -> message.result().completeExceptionally(first));
		flushed.forEach((flush) -> flush.done().complete(null));
		if (completed) {
			this.completion.complete(null);
		}
	}

	/**
	 * Returns whether no more messages are taken: the producer was closed, another one
	 * has taken over its id, or its thread has ended. That is so before any result fails
	 * because of it.
	 * @return whether it has ended for good
	 */
	public boolean isClosed() {
		this.lock.lock();
		try {
			return this.end != null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Completes when the producer {@linkplain #isClosed() is closed} and its thread has
	 * ended, and those of its predecessors. Unless {@link #close()} was called, the
	 * results of all its messages have completed by then.
	 * @return the future, the same each time
	 */
	public CompletableFuture<Void> completion() {
		return this.completion;
	}

	/**
	 * Makes the producer that goes on after this one, which has ended, with the same
	 * options. It takes messages at once, and asks for their bytes only after this one's
	 * {@link #completion()}, so that a message may still depend on how those of this one
	 * ended.
	 * <p>
	 * It goes on with the same producer id in the next epoch: a batch of this producer
	 * that was on its way when its thread ended is refused if it arrives after a batch of
	 * the successor. When another producer had taken over the id, it is not claimed back,
	 * and the successor has a new id; the server refuses late batches of the old one
	 * anyway, since it knows the newer epoch.
	 * @param newId the id after a takeover, unique among writers: visible ASCII
	 * characters
	 * @return the successor, to be closed
	 * @throws IllegalStateException when this producer {@linkplain #isClosed() is not
	 * closed}, or has a successor: two would use the same epoch
	 */
	public IdempotentProducer successor(String newId) {
		boolean fenced;
		this.lock.lock();
		try {
			if (this.end == null || this.succeeded) {
				throw new IllegalStateException("The producer of " + this.sender.endpoint().url() + ((this.end == null)
						? " has not ended: close it before it is succeeded" : " has a successor: go on with that one"));
			}
			this.succeeded = true;
			fenced = this.end instanceof ProducerFencedException;
		}
		finally {
			this.lock.unlock();
		}
		IdempotentProducer successor = new IdempotentProducer(this.sender, this.contentType,
				fenced ? this.options.withNewId(newId) : this.options, false);
		this.completion.whenComplete((nothing, failure) -> successor.predecessorEnded(fenced ? null : this.delivery));
		return successor;
	}

	private void predecessorEnded(@Nullable BatchDelivery sameId) {
		boolean closed;
		Throwable refusal = null;
		this.lock.lock();
		try {
			if (sameId != null) {
				this.delivery.startAfter(sameId);
			}
			this.startable = true;
			closed = this.end != null;
			if (!this.waiting.isEmpty()) {
				start();
			}
		}
		catch (RuntimeException | Error ex) {
			closed = false;
			refusal = ex;
		}
		finally {
			this.lock.unlock();
		}
		if (refusal != null) {
			end(notSent("has no thread to send it", refusal), "it has no thread");
		}
		else if (closed) {
			this.completion.complete(null);
		}
	}

	private MessageNotSentException notSent(String why, @Nullable Throwable cause) {
		URI url = this.sender.endpoint().url();
		return new MessageNotSentException(
				"The producer of " + url + " " + why + " before the message was sent; nothing of it is in the stream",
				url, cause);
	}

	private void run() {
		try {
			while (awaitMessages()) {
				List<ProducerMessage> batch = nextBatch();
				if (!batch.isEmpty()) {
					deliver(batch);
				}
				completeFlushes();
			}
		}
		catch (BatchDelivery.StoppedException ex) {
			// Whoever closed the producer has settled everything.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			logger.warn("The thread of the producer of {} was interrupted", this.sender.endpoint().url());
			end(notSent("was interrupted", ex), "its thread was interrupted before the answer came");
		}
		catch (Throwable ex) {
			logger.error("The producer of {} has ended", this.sender.endpoint().url(), ex);
			end(notSent("failed with " + ex, ex), "its thread failed with " + ex + " before the answer came");
		}
		finally {
			close();
			this.completion.complete(null);
		}
	}

	/**
	 * Waits for messages. Those that come back from a batch do not linger.
	 * @return whether there are any: not when the producer is closed
	 */
	private boolean awaitMessages() throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (this.end == null && this.waiting.isEmpty()) {
				this.work.await();
			}
			long linger = this.options.linger().toNanos();
			while (this.end == null && linger > 0 && this.waiting.size() < this.options.maxBatchMessages()
					&& Math.max(this.flushUpTo, this.lastTaken) < this.waiting.getFirst().index()) {
				long left = this.waiting.getFirst().queuedAt() + linger - now();
				if (left <= 0) {
					break;
				}
				this.work.awaitNanos(left);
			}
			return this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Puts a batch together. What closes the stream goes alone.
	 * @return the batch; empty when no message could be encoded
	 */
	private List<ProducerMessage> nextBatch() {
		List<ProducerMessage> batch = new ArrayList<>();
		long size = 0;
		ProducerMessage message = take(true);
		while (message != null) {
			Throwable failure = message.encode();
			int length = message.bytes().length + 1;
			if (failure != null) {
				fail(List.of(message), failure);
			}
			else if (!batch.isEmpty() && size + length > this.options.maxBatchBytes()) {
				giveBack(List.of(message), null);
				break;
			}
			else {
				size += length;
				batch.add(message);
				if (message.isClosing() || batch.size() == this.options.maxBatchMessages()
						|| message.index() <= this.alone) {
					break;
				}
			}
			message = take(batch.isEmpty());
		}
		return batch;
	}

	private @Nullable ProducerMessage take(boolean first) {
		this.lock.lock();
		try {
			ProducerMessage next = this.waiting.peek();
			if (next != null && next.isClosing() && !first) {
				return null;
			}
			ProducerMessage message = this.waiting.poll();
			if (message != null) {
				this.taken.add(message);
				this.lastTaken = Math.max(this.lastTaken, message.index());
			}
			return message;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void deliver(List<ProducerMessage> batch) throws BatchDelivery.StoppedException, InterruptedException {
		long firstDeadline = now() + this.options.deliveryTimeout().toNanos();
		batch.forEach((message) -> message.deadline(firstDeadline));
		try {
			AppendResult result = this.delivery.deliver(body(batch), batch.get(0).isClosing(),
					batch.get(0).deadline(firstDeadline), (inFlight) -> setInFlight(batch, inFlight));
			settle(batch, (message) -> message.result().complete(result));
		}
		catch (BatchDelivery.NotArrivedException ex) {
			repeat(batch, ex);
		}
		catch (BatchDelivery.RefusedException ex) {
			if (batch.size() == 1) {
				fail(batch, ex.error());
			}
			else {
				this.alone = batch.get(batch.size() - 1).index();
				batch.forEach(ProducerMessage::forgetDeadline);
				giveBack(batch, ex.error());
			}
		}
		catch (DurableStreamException ex) {
			DurableStreamException reason = (ex.getCause() instanceof DurableStreamException cause) ? cause : ex;
			if (reason instanceof ProducerFencedException fencedBy && !this.options.claimEpoch()) {
				refuse(fencedBy);
			}
			fail(batch, ex);
		}
	}

	/**
	 * Gives the messages of a batch that did not arrive back, except for those whose time
	 * is over, and pauses.
	 */
	private void repeat(List<ProducerMessage> batch, BatchDelivery.NotArrivedException failure)
			throws InterruptedException {
		long now = now();
		List<ProducerMessage> over = new ArrayList<>();
		List<ProducerMessage> others = new ArrayList<>();
		for (ProducerMessage message : batch) {
			(this.delivery.isOver(failure, message.deadline(now) - now) ? over : others).add(message);
		}
		fail(over, failure.error());
		if (!others.isEmpty()) {
			giveBack(others, failure.error());
			this.delivery.pause(failure, others.get(0).deadline(now) - now);
		}
	}

	/**
	 * Makes messages that are certainly not on the server the first of those that wait,
	 * unless the producer was closed.
	 */
	private void giveBack(List<ProducerMessage> messages, @Nullable DurableStreamException cause) {
		messages.forEach((message) -> message.withdraw(cause));
		this.lock.lock();
		try {
			for (int i = messages.size() - 1; i >= 0; i--) {
				if (this.taken.remove(messages.get(i))) {
					this.waiting.addFirst(messages.get(i));
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void fail(List<ProducerMessage> messages, Throwable failure) {
		settle(messages, (message) -> message.result().completeExceptionally(failure));
	}

	/**
	 * Completes results. A {@link #close()} that comes meanwhile leaves them alone.
	 */
	private void settle(List<ProducerMessage> messages, Consumer<ProducerMessage> completion) {
		this.lock.lock();
		try {
			messages.forEach(ProducerMessage::setSettling);
		}
		finally {
			this.lock.unlock();
		}
		messages.forEach(completion);
		this.lock.lock();
		try {
			messages.forEach(this.taken::remove);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Marks a batch as sent, or as certainly not on the server.
	 * @return whether it may be sent: not when the producer was closed
	 */
	private boolean setInFlight(List<ProducerMessage> batch, boolean inFlight) {
		this.lock.lock();
		try {
			batch.forEach((message) -> message.setInFlight(inFlight));
			return this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes no more messages; those that wait fail when the thread ends.
	 */
	private void refuse(ProducerFencedException fenced) {
		this.lock.lock();
		try {
			if (this.end == null) {
				this.end = fenced;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Completes the flushes that wait for nothing any more. Called between batches, when
	 * what is not settled waits.
	 */
	private void completeFlushes() {
		List<Flush> flushed = new ArrayList<>();
		this.lock.lock();
		try {
			ProducerMessage first = this.waiting.peek();
			while (!this.flushes.isEmpty() && (first == null || this.flushes.getFirst().upTo() < first.index())) {
				flushed.add(this.flushes.removeFirst());
			}
		}
		finally {
			this.lock.unlock();
		}
		flushed.forEach((flush) -> flush.done().complete(null));
	}

	private long now() {
		return this.sender.settings().nanoTime().getAsLong();
	}

	private byte[] body(List<ProducerMessage> batch) {
		ByteArrayOutputStream body = new ByteArrayOutputStream(
				batch.stream().mapToInt((message) -> message.bytes().length + 1).sum() + 1);
		if (!MediaTypes.isJson(this.contentType) || batch.get(0).bytes().length == 0) {
			batch.forEach((message) -> body.writeBytes(message.bytes()));
			return body.toByteArray();
		}
		char separator = '[';
		for (ProducerMessage message : batch) {
			body.write(separator);
			body.writeBytes(message.bytes());
			separator = ',';
		}
		body.write(']');
		return body.toByteArray();
	}

	private record Flush(long upTo, CompletableFuture<Void> done) {
	}

}
