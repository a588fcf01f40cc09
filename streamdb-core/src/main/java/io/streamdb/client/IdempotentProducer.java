package io.streamdb.client;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends messages exactly once (SPEC P5), in the order of the calls. Several batches may
 * be in flight; what waits meanwhile gathers for the next one. Safe for use by many
 * threads.
 * <p>
 * Every batch is sent with the producer's id, epoch and sequence, and once it may have
 * arrived it is repeated as it is with the same ones until the server has answered, so
 * that a repetition is recognised. One that arrives before an earlier one is refused by
 * the server, and repeated when those before it are acknowledged. When no answer comes
 * within the delivery timeout, the producer goes on in the next epoch, which makes the
 * server refuse a late arrival of the old one. A batch that certainly did not arrive may
 * be dissolved: its messages are the first of the next one, and are asked for their bytes
 * again.
 * <p>
 * The results of messages that were sent complete on the producer's thread, in order. A
 * message that has no bytes fails when it is asked for them, and what the end of the
 * producer settles completes on the thread that ends it, the last message that was not
 * sent before the one before it. With one batch in flight
 * ({@link ProducerOptions#maxInFlight()}) results also complete before any later message
 * is asked for its bytes, unless both are in one batch: so a message may depend on how an
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

	private final String contentType;

	private final ProducerQueue queue;

	private final ProducerLoop loop;

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	/** Guards the fields below; the queue's own. */
	private final ReentrantLock lock;

	/** Whether a thread may be started: not before a predecessor's has ended. */
	private boolean startable;

	private boolean started;

	private boolean succeeded;

	IdempotentProducer(RequestSender sender, String contentType, ProducerOptions options) {
		this(sender, contentType, options, true);
	}

	private IdempotentProducer(RequestSender sender, String contentType, ProducerOptions options, boolean startable) {
		this.sender = sender;
		this.options = options;
		this.contentType = contentType;
		this.startable = startable;
		this.queue = new ProducerQueue(sender, options);
		this.lock = this.queue.lock();
		this.loop = new ProducerLoop(sender, contentType, options, this.queue);
	}

	/**
	 * Queues a message. Its bytes are asked for when its batch is put together, just
	 * before it is sent, and asked for again when that batch is certainly not on the
	 * server and another one is put together: for instance after a connection that was
	 * refused, after a 429, and when the server refuses the batch with 400 or 413, which
	 * is repeated one message at a time. The bytes of one message stay together and in
	 * order.
	 * @param message gives the bytes
	 * @return the answer; fails with a {@link DurableStreamException}, among them
	 * {@link AppendOutcomeUnknownException} when the outcome is unknown,
	 * {@link AppendOffsetUnknownException} when only the offset is, and
	 * {@link MessageNotSentException} when the producer {@linkplain #isClosed() is
	 * closed} or has no thread, with {@link StreamClosedException} after
	 * {@link #closeStream}, with what the source threw, or with
	 * {@link RejectedExecutionException} when {@link #MAX_WAITING} messages wait
	 */
	public CompletableFuture<AppendResult> append(MessageSource message) {
		try {
			return this.queue.add(message, this::start);
		}
		catch (RuntimeException | Error ex) {
			return CompletableFuture.failedFuture(notSent("has no thread to send it", ex));
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
		try {
			return this.queue.addClosing(last, this::start).copy();
		}
		catch (RuntimeException | Error ex) {
			return CompletableFuture.failedFuture(notSent("has no thread to send it", ex));
		}
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
	 * failed, and no fence item is to be sent because of it; fails with
	 * {@link RejectedExecutionException} when {@link #MAX_WAITING} flushes wait
	 */
	public CompletableFuture<Void> flush() {
		return this.queue.flush();
	}

	/**
	 * Returns how many messages are not settled: those that wait to be sent, at most
	 * {@link #MAX_WAITING}, and those that were sent and not answered.
	 * @return the count now, for a meter
	 */
	public int pendingCount() {
		return this.queue.size();
	}

	/**
	 * Refuses further messages, fails what was not sent with
	 * {@link MessageNotSentException}, and what was sent and not answered with
	 * {@link AppendOutcomeUnknownException}, before it returns. To let messages drain,
	 * wait for {@link #flush()} first.
	 */
	@Override
	public void close() {
		end(notSent("was closed", null), "the producer was closed before the answer came", null);
	}

	/**
	 * Settles everything that is not settled, and takes no more.
	 * @param reason what fails messages that were not sent, unless there is one already
	 * @param unknown why the outcome of the others is not known
	 * @param behind completes with an offset that settles it, or {@code null}
	 */
	private void end(DurableStreamException reason, String unknown, @Nullable CompletableFuture<String> behind) {
		this.queue.end(reason, this.loop.unknown(unknown, null, behind), this.loop::stop);
		boolean neverStarted;
		this.lock.lock();
		try {
			neverStarted = this.startable && !this.started;
		}
		finally {
			this.lock.unlock();
		}
		if (neverStarted) {
			this.loop.endFence(reason);
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
		return this.queue.end() != null;
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
	 * <p>
	 * A successor that is made before this one's {@link #completion()} also sees to the
	 * {@linkplain AppendOutcomeUnknownException#fence() fences} that are still awaited
	 * then.
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
			DurableStreamException end = this.queue.end();
			if (end == null || this.succeeded) {
				throw new IllegalStateException("The producer of " + this.sender.endpoint().url() + ((end == null)
						? " has not ended: close it before it is succeeded" : " has a successor: go on with that one"));
			}
			this.succeeded = true;
			fenced = end instanceof ProducerFencedException;
		}
		finally {
			this.lock.unlock();
		}
		IdempotentProducer successor = new IdempotentProducer(this.sender, this.contentType,
				fenced ? this.options.withNewId(newId) : this.options, false);
		this.completion.whenComplete((nothing, failure) -> successor.predecessorEnded(this.loop, !fenced));
		return successor;
	}

	private void predecessorEnded(ProducerLoop ended, boolean sameId) {
		boolean closed;
		Throwable refusal = null;
		this.lock.lock();
		try {
			if (sameId) {
				this.loop.startAfter(ended);
			}
			this.loop.takeFenceOf(ended);
			this.startable = true;
			closed = this.queue.end() != null;
			if (!closed && (!this.queue.isEmpty() || this.loop.isFenceAwaited())) {
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
			end(notSent("has no thread to send it", refusal), "it has no thread", null);
		}
		else if (closed) {
			endFence();
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
			this.loop.run();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			logger.warn("The thread of the producer of {} was interrupted", this.sender.endpoint().url());
			end(notSent("was interrupted", ex), "its thread was interrupted before the answer came",
					this.loop.awaitFence());
		}
		catch (Throwable ex) {
			logger.error("The producer of {} has ended", this.sender.endpoint().url(), ex);
			end(notSent("failed with " + ex, ex), "its thread failed with " + ex + " before the answer came",
					this.loop.awaitFence());
		}
		finally {
			close();
			this.loop.end();
			endFence();
			this.completion.complete(null);
		}
	}

	/**
	 * Fails those who wait for a fence, unless there is a successor, which goes on.
	 */
	private void endFence() {
		boolean goesOn;
		this.lock.lock();
		try {
			goesOn = this.succeeded;
		}
		finally {
			this.lock.unlock();
		}
		if (!goesOn) {
			this.loop.endFence(notSent("has ended", null));
		}
	}

}
