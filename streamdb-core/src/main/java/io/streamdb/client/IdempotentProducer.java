package io.streamdb.client;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Appends messages exactly once (SPEC P5), in the order of the calls, one batch in
 * flight: while it is, the next one gathers. Safe for use by many threads.
 * <p>
 * Every batch is sent with the producer's id, epoch and sequence, and repeated with the
 * same ones until the server has answered, so that a repetition is recognised. When no
 * answer comes within the delivery timeout, the producer goes on in the next epoch, which
 * makes the server refuse a late arrival of the old one.
 * <p>
 * Results complete on the producer's thread: what depends on them must not block, or no
 * message moves meanwhile.
 */
public final class IdempotentProducer implements AutoCloseable {

	/**
	 * How many messages may wait to be sent; further ones are refused with a
	 * {@link RejectedExecutionException}.
	 */
	public static final int MAX_WAITING = 100_000;

	private final RequestSender sender;

	private final ProducerOptions options;

	private final BatchDelivery delivery;

	private final boolean json;

	private final StopSignal stop = new StopSignal();

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition work = this.lock.newCondition();

	private final Deque<ProducerMessage> waiting = new ArrayDeque<>();

	/** What was taken from those that wait, and is not settled. */
	private final Set<ProducerMessage> taken = new LinkedHashSet<>();

	private final Deque<Flush> flushes = new ArrayDeque<>();

	private long lastQueued;

	private long flushUpTo;

	private boolean started;

	private boolean closed;

	private @Nullable ProducerFencedException fenced;

	/**
	 * Encoded already, and did not fit into the batch; only for the producer's thread.
	 */
	private @Nullable ProducerMessage heldOver;

	/** The last message that left the queue; only for the producer's thread. */
	private long lastTaken;

	IdempotentProducer(RequestSender sender, String contentType, ProducerOptions options) {
		this.sender = sender;
		this.options = options;
		this.json = MediaTypes.isJson(contentType);
		this.delivery = new BatchDelivery(sender, contentType, options, this.stop);
	}

	/**
	 * Queues a message. Its bytes are asked for when its batch is put together, just
	 * before it is sent, on the producer's thread and exactly once; a supplier that
	 * throws fails its own message only. (One that no longer fits into a batch begins the
	 * next one.) For JSON streams the bytes are one or more JSON values separated by
	 * commas; they stay together and in order. A batch that the server refuses with 400
	 * or 413 is repeated one message at a time.
	 * @param message gives the bytes, one or more
	 * @return the answer; fails with a {@link DurableStreamException},
	 * {@link AppendOutcomeUnknownException} when the outcome is unknown, what the
	 * supplier threw, {@link RejectedExecutionException} when {@link #MAX_WAITING}
	 * messages wait, or {@link IllegalStateException} when the producer is closed
	 */
	public CompletableFuture<AppendResult> append(Supplier<byte[]> message) {
		this.lock.lock();
		try {
			if (this.closed) {
				return CompletableFuture.failedFuture(closedException());
			}
			if (this.fenced != null) {
				return CompletableFuture.failedFuture(this.fenced);
			}
			if (this.waiting.size() >= MAX_WAITING) {
				return CompletableFuture.failedFuture(new RejectedExecutionException(
						MAX_WAITING + " messages wait to be appended to " + this.sender.endpoint().url()
								+ ": wait for the results of earlier ones before appending more"));
			}
			ProducerMessage queued = new ProducerMessage(message, ++this.lastQueued,
					this.sender.settings().nanoTime().getAsLong());
			start();
			this.waiting.add(queued);
			this.work.signal();
			return queued.result();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void start() {
		if (!this.started) {
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
	 * {@link IllegalStateException}, and what was sent and not answered with
	 * {@link AppendOutcomeUnknownException}, before it returns. To let messages drain,
	 * wait for {@link #flush()} first.
	 */
	@Override
	public void close() {
		List<ProducerMessage> notSent = new ArrayList<>();
		List<ProducerMessage> sent = new ArrayList<>();
		List<Flush> flushed = new ArrayList<>();
		boolean running;
		this.lock.lock();
		try {
			this.closed = true;
			running = this.started;
			this.taken.forEach((message) -> (message.isInFlight() ? sent : notSent).add(message));
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
		sent.forEach((message) -> message.result()
			.completeExceptionally(this.delivery.unknown("the producer was closed before the answer came", null)));
		notSent.forEach((message) -> message.result().completeExceptionally(closedException()));
		flushed.forEach((flush) -> flush.done().complete(null));
		if (!running) {
			this.completion.complete(null);
		}
	}

	/**
	 * Completes after {@link #close()}, when the producer's thread has ended.
	 * @return the future, the same each time
	 */
	public CompletableFuture<Void> completion() {
		return this.completion;
	}

	private IllegalStateException closedException() {
		return new IllegalStateException(
				"The producer of " + this.sender.endpoint().url() + " was closed before the message was sent");
	}

	private void run() {
		try {
			List<ProducerMessage> batch = nextBatch();
			while (batch != null) {
				deliver(batch);
				settled(batch);
				batch = nextBatch();
			}
		}
		catch (BatchDelivery.StoppedException ex) {
			// Whoever closed the producer has settled everything.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			// An interrupt or an error leaves nobody waiting either.
			close();
			this.completion.complete(null);
		}
	}

	/**
	 * Waits for messages and puts a batch together. It may be empty, when all suppliers
	 * failed.
	 * @return the batch, or {@code null} when the producer is closed
	 */
	private @Nullable List<ProducerMessage> nextBatch() throws InterruptedException {
		if (this.heldOver == null && !awaitMessages()) {
			return null;
		}
		List<ProducerMessage> batch = new ArrayList<>();
		long size = 0;
		while (batch.size() < this.options.maxBatchMessages()) {
			ProducerMessage message = take();
			if (message == null) {
				break;
			}
			int length = message.bytes().length + 1;
			if (!batch.isEmpty() && size + length > this.options.maxBatchBytes()) {
				this.heldOver = message;
				break;
			}
			size += length;
			batch.add(message);
		}
		return batch;
	}

	private boolean awaitMessages() throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (!this.closed && this.waiting.isEmpty()) {
				this.work.await();
			}
			long linger = this.options.linger().toNanos();
			while (!this.closed && linger > 0 && this.waiting.size() < this.options.maxBatchMessages()
					&& this.flushUpTo < this.waiting.getFirst().index()) {
				long left = this.waiting.getFirst().queuedAt() + linger - this.sender.settings().nanoTime().getAsLong();
				if (left <= 0) {
					break;
				}
				this.work.awaitNanos(left);
			}
			return !this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes the next message that could be encoded.
	 */
	private @Nullable ProducerMessage take() {
		ProducerMessage held = this.heldOver;
		if (held != null) {
			this.heldOver = null;
			return held;
		}
		while (true) {
			ProducerMessage message;
			this.lock.lock();
			try {
				message = this.waiting.poll();
				if (message == null) {
					return null;
				}
				this.taken.add(message);
			}
			finally {
				this.lock.unlock();
			}
			this.lastTaken = message.index();
			if (message.encode()) {
				return message;
			}
			forget(List.of(message));
		}
	}

	private void deliver(List<ProducerMessage> batch) throws BatchDelivery.StoppedException, InterruptedException {
		if (batch.isEmpty()) {
			return;
		}
		ProducerFencedException fenced = this.fenced;
		if (fenced != null) {
			batch.forEach((message) -> message.result().completeExceptionally(fenced));
			return;
		}
		try {
			AppendResult result = this.delivery.deliver(body(batch), (inFlight) -> setInFlight(batch, inFlight));
			batch.forEach((message) -> message.result().complete(result));
		}
		catch (BatchDelivery.RefusedException ex) {
			if (batch.size() == 1) {
				batch.get(0).result().completeExceptionally(ex.error());
				return;
			}
			for (ProducerMessage message : batch) {
				deliver(List.of(message));
			}
		}
		catch (DurableStreamException ex) {
			DurableStreamException reason = (ex.getCause() instanceof DurableStreamException cause) ? cause : ex;
			if (reason instanceof ProducerFencedException fencedBy && !this.options.claimEpoch()) {
				setFenced(fencedBy);
			}
			batch.forEach((message) -> message.result().completeExceptionally(ex));
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
			return !this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void setFenced(ProducerFencedException fenced) {
		this.lock.lock();
		try {
			this.fenced = fenced;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void settled(List<ProducerMessage> batch) {
		forget(batch);
		long upTo = (this.heldOver != null) ? this.heldOver.index() - 1 : this.lastTaken;
		List<Flush> flushed = new ArrayList<>();
		this.lock.lock();
		try {
			while (!this.flushes.isEmpty() && this.flushes.getFirst().upTo() <= upTo) {
				flushed.add(this.flushes.removeFirst());
			}
		}
		finally {
			this.lock.unlock();
		}
		flushed.forEach((flush) -> flush.done().complete(null));
	}

	private void forget(List<ProducerMessage> messages) {
		this.lock.lock();
		try {
			messages.forEach(this.taken::remove);
		}
		finally {
			this.lock.unlock();
		}
	}

	private byte[] body(List<ProducerMessage> batch) {
		ByteArrayOutputStream body = new ByteArrayOutputStream(
				batch.stream().mapToInt((message) -> message.bytes().length + 1).sum() + 1);
		if (!this.json) {
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
