package io.streamdb.transaction;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import io.streamdb.client.MessageSource;

import io.streamdb.client.AppendResult;

/**
 * A sender that sends when a test says so.
 */
final class QueueingSender implements TransactionSender {

	private final Deque<Message> messages = new ArrayDeque<>();

	private boolean closed;

	@Override
	public synchronized CompletableFuture<AppendResult> send(MessageSource events) {
		if (this.closed) {
			return CompletableFuture.failedFuture(new IllegalStateException("closed"));
		}
		Message message = new Message(events, new CompletableFuture<>());
		this.messages.add(message);
		return message.answer();
	}

	synchronized Message next() {
		return this.messages.remove();
	}

	/** Gives back what the server certainly does not have. */
	synchronized void putBack(List<Message> unsent) {
		for (int i = unsent.size() - 1; i >= 0; i--) {
			this.messages.addFirst(unsent.get(i));
		}
	}

	synchronized int size() {
		return this.messages.size();
	}

	@Override
	public void settleUnknown() {
		// The test settles it.
	}

	@Override
	public synchronized CompletableFuture<Void> close() {
		this.closed = true;
		return CompletableFuture.completedFuture(null);
	}

	/**
	 * What one transaction has queued.
	 *
	 * @param events gives its bytes
	 * @param answer the answer to be
	 */
	record Message(MessageSource events, CompletableFuture<AppendResult> answer) {
	}

}
