package io.streamdb.client;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
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

/**
 * The messages of a producer from when they are appended until they are settled, and the
 * answers that its thread has to look at: where that thread meets all others.
 */
final class ProducerQueue {

	private final RequestSender sender;

	private final ProducerOptions options;

	private final ReentrantLock lock;

	private final Condition work;

	private final Deque<ProducerMessage> waiting = new ArrayDeque<>();

	/** What was taken from those that wait, and is not settled. */
	private final Set<ProducerMessage> taken = new LinkedHashSet<>();

	private final Deque<Flush> flushes = new ArrayDeque<>();

	private final Deque<BatchAttempt> answers = new ArrayDeque<>();

	private long lastQueued;

	private long flushUpTo;

	/** The latest message that ever left the queue. */
	private long lastTaken;

	/** The message that closes the stream; messages after one that may are refused. */
	private @Nullable ProducerMessage closing;

	/** Whether there is something to send that nobody has appended. */
	private boolean fencing;

	/** Why no more messages are taken; {@code null} while they are. */
	private @Nullable DurableStreamException end;

	ProducerQueue(RequestSender sender, ProducerOptions options) {
		this.sender = sender;
		this.options = options;
		this.lock = sender.settings().scheduling().newLock();
		this.work = this.lock.newCondition();
	}

	ReentrantLock lock() {
		return this.lock;
	}

	/**
	 * Queues a message.
	 * @param source gives the bytes
	 * @param start sees to it that there is a thread for it; called under the lock
	 * @return the answer
	 */
	CompletableFuture<AppendResult> add(MessageSource source, Runnable start) {
		this.lock.lock();
		try {
			if (closing() != null) {
				return CompletableFuture.failedFuture(streamClosed());
			}
			return add(ProducerMessage.of(source, this.lastQueued + 1, now()), start);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Queues the message that closes the stream, unless that is done.
	 * @param last the last content of the stream, or {@code null} for none
	 * @param start sees to it that there is a thread for it; called under the lock
	 * @return the answer
	 */
	CompletableFuture<AppendResult> addClosing(@Nullable MessageSource last, Runnable start) {
		this.lock.lock();
		try {
			ProducerMessage known = closing();
			if (known != null) {
				return known.result();
			}
			ProducerMessage message = ProducerMessage.closing(last, this.lastQueued + 1, now());
			CompletableFuture<AppendResult> result = add(message, start);
			if (!result.isCompletedExceptionally()) {
				this.closing = message;
				this.flushUpTo = message.index();
			}
			return result;
		}
		finally {
			this.lock.unlock();
		}
	}

	private CompletableFuture<AppendResult> add(ProducerMessage message, Runnable start) {
		if (this.end != null) {
			return CompletableFuture.failedFuture(this.end);
		}
		if (this.waiting.size() >= IdempotentProducer.MAX_WAITING) {
			return CompletableFuture.failedFuture(new RejectedExecutionException(
					IdempotentProducer.MAX_WAITING + " messages wait to be appended to " + this.sender.endpoint().url()
							+ ": wait for the results of earlier ones before appending more"));
		}
		start.run();
		this.lastQueued = message.index();
		this.waiting.add(message);
		this.work.signal();
		return message.result();
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

	/**
	 * Returns how many messages are not settled.
	 */
	int size() {
		this.lock.lock();
		try {
			return this.waiting.size() + this.taken.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isEmpty() {
		this.lock.lock();
		try {
			return this.waiting.isEmpty();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Makes what waits go without linger.
	 * @return completes when everything queued so far is settled
	 */
	CompletableFuture<Void> flush() {
		this.lock.lock();
		try {
			if (this.waiting.isEmpty() && this.taken.isEmpty() && !this.fencing) {
				return CompletableFuture.completedFuture(null);
			}
			if (this.flushes.size() >= IdempotentProducer.MAX_WAITING) {
				return CompletableFuture.failedFuture(new RejectedExecutionException(
						IdempotentProducer.MAX_WAITING + " flushes wait for what is appended to "
								+ this.sender.endpoint().url() + ": wait for an earlier one before flushing again"));
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
	 * Tells whether there is something to send that nobody has appended. After the end
	 * there is nothing.
	 */
	void fencing(boolean now) {
		this.lock.lock();
		try {
			this.fencing = now && this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Completes the flushes that wait for nothing any more.
	 */
	void completeFlushes() {
		List<Flush> flushed = new ArrayList<>(0);
		this.lock.lock();
		try {
			if (this.flushes.isEmpty() || this.fencing) {
				return;
			}
			ProducerMessage first = this.taken.isEmpty() ? this.waiting.peek() : this.taken.iterator().next();
			while (!this.flushes.isEmpty() && (first == null || this.flushes.getFirst().upTo() < first.index())) {
				flushed.add(this.flushes.removeFirst());
			}
		}
		finally {
			this.lock.unlock();
		}
		flushed.forEach((flush) -> flush.done().complete(null));
	}

	/**
	 * Waits until there is something to do.
	 * @param mayTake whether messages may be taken; those that come back from a batch do
	 * not linger
	 * @param mayClose whether the one that closes the stream may be taken
	 * @return whether the producer goes on: not when it has ended
	 * @throws InterruptedException when the thread was interrupted
	 */
	boolean await(boolean mayTake, boolean mayClose) throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (this.end == null && this.answers.isEmpty()) {
				long lingers = mayTake ? lingers(mayClose) : Long.MAX_VALUE;
				if (lingers <= 0) {
					break;
				}
				if (lingers == Long.MAX_VALUE) {
					this.work.await();
				}
				else {
					this.work.awaitNanos(lingers);
				}
			}
			return this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns for how many nanoseconds the first message waits for company.
	 */
	private long lingers(boolean mayClose) {
		ProducerMessage first = this.waiting.peek();
		if (first == null || (first.isClosing() && !mayClose)) {
			return Long.MAX_VALUE;
		}
		long linger = this.options.linger().toNanos();
		if (linger <= 0 || this.waiting.size() >= this.options.maxBatchMessages()
				|| Math.max(this.flushUpTo, this.lastTaken) >= first.index()) {
			return 0;
		}
		return first.queuedAt() + linger - now();
	}

	/**
	 * Whether messages wait, and no longer for company.
	 * @param mayClose whether the one that closes the stream counts
	 */
	boolean isReady(boolean mayClose) {
		this.lock.lock();
		try {
			return lingers(mayClose) <= 0;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes the next message.
	 * @param first whether it is the first of its batch; what closes the stream goes
	 * alone
	 * @return the message, or {@code null} when there is none
	 */
	@Nullable ProducerMessage take(boolean first) {
		this.lock.lock();
		try {
			ProducerMessage next = this.waiting.peek();
			if (next == null || (next.isClosing() && !first)) {
				return null;
			}
			this.waiting.remove();
			this.taken.add(next);
			this.lastTaken = Math.max(this.lastTaken, next.index());
			return next;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Makes messages that are certainly not on the server the first of those that wait,
	 * unless the producer has ended.
	 * @param messages the messages, in order
	 * @param cause why they are not, or {@code null}
	 */
	void giveBack(List<ProducerMessage> messages, @Nullable DurableStreamException cause) {
		messages.forEach((message) -> message.withdraw(cause));
		this.lock.lock();
		try {
			for (int i = messages.size() - 1; i >= 0; i--) {
				ProducerMessage message = messages.get(i);
				message.setInFlight(false);
				if (this.taken.remove(message)) {
					this.waiting.addFirst(message);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Completes results. An end that comes meanwhile leaves them alone.
	 * @param messages whose results
	 * @param completion completes one
	 */
	void settle(List<ProducerMessage> messages, Consumer<ProducerMessage> completion) {
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
	 * Completes results with a failure. An end that comes meanwhile leaves them alone.
	 */
	void fail(List<ProducerMessage> messages, Throwable failure) {
		settle(messages, (message) -> message.result().completeExceptionally(failure));
	}

	/**
	 * Marks messages as sent.
	 * @return whether they may be sent: not when the producer has ended
	 */
	boolean send(List<ProducerMessage> messages) {
		this.lock.lock();
		try {
			if (this.end == null) {
				messages.forEach((message) -> message.setInFlight(true));
			}
			return this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Marks messages as certainly not on the server.
	 */
	void notArrived(List<ProducerMessage> messages) {
		this.lock.lock();
		try {
			messages.forEach((message) -> message.setInFlight(false));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Hands an attempt that has ended to the producer's thread.
	 */
	void answered(BatchAttempt attempt) {
		this.lock.lock();
		try {
			this.answers.add(attempt);
			this.work.signal();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Nullable BatchAttempt nextAnswer() {
		this.lock.lock();
		try {
			return this.answers.poll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Waits for an attempt that was given up.
	 * @throws InterruptedException when the thread was interrupted
	 */
	void awaitAnswer() throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (this.answers.isEmpty()) {
				this.work.await();
			}
			this.answers.remove();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes no more messages; what is not settled fails when the thread ends.
	 * @param reason why
	 */
	void refuse(DurableStreamException reason) {
		this.lock.lock();
		try {
			if (this.end == null) {
				this.end = reason;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns why no more messages are taken.
	 * @return the reason, or {@code null} while they are
	 */
	@Nullable DurableStreamException end() {
		this.lock.lock();
		try {
			return this.end;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Settles everything that is not settled, and takes no more.
	 * @param reason what fails messages that were not sent, unless there is one already
	 * @param unknown what fails the others
	 * @param stop gives up what is on its way; called when everybody sees the end
	 */
	void end(DurableStreamException reason, DurableStreamException unknown, Runnable stop) {
		List<ProducerMessage> notSent = new ArrayList<>();
		List<ProducerMessage> sent = new ArrayList<>();
		List<Flush> flushed = new ArrayList<>();
		DurableStreamException first;
		this.lock.lock();
		try {
			first = (this.end != null) ? this.end : reason;
			this.end = first;
			this.fencing = false;
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
		stop.run();
		sent.forEach((message) -> message.result().completeExceptionally(unknown));
		// From the last one on, for a message may depend on those before it.
		Collections.reverse(notSent);
		notSent.forEach((message) -> message.result().completeExceptionally(first));
		flushed.forEach((flush) -> flush.done().complete(null));
	}

	private long now() {
		return this.sender.settings().nanoTime().getAsLong();
	}

	private record Flush(long upTo, CompletableFuture<Void> done) {
	}

}
