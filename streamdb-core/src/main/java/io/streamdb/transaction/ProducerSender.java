package io.streamdb.transaction;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.client.AppendResult;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.MessageSource;
import io.streamdb.client.ProducerOptions;
import org.jspecify.annotations.Nullable;

/**
 * Sends through an idempotent producer with a random id (SPEC T4), made with the first
 * transaction. There is no linger: while one batch is in flight, the next one gathers.
 * <p>
 * A producer that has ended is replaced at once by its
 * {@linkplain IdempotentProducer#successor successor}, which sends nothing before all
 * transactions of the old one have ended, since those that wait there are still shown,
 * and later ones are made on top of them.
 */
final class ProducerSender implements TransactionSender {

	/** What readers ignore, as SPEC T5 spells it. */
	private static final String FENCE = "{\"headers\":{\"control\":\"fence\"}}";

	private static final int MAX_BATCH_BYTES = 1 << 20;

	private static final int MAX_BATCH_MESSAGES = 1000;

	private final TransactionEnvironment environment;

	private final ReentrantLock lock;

	private @Nullable IdempotentProducer producer;

	private boolean closed;

	ProducerSender(TransactionEnvironment environment) {
		this.environment = environment;
		this.lock = environment.scheduling().newLock();
	}

	@Override
	public CompletableFuture<AppendResult> send(MessageSource events) {
		this.lock.lock();
		try {
			if (this.closed) {
				return CompletableFuture.failedFuture(new IllegalStateException("StreamDB closed"));
			}
			return usable().append(events);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void settleUnknown() {
		this.lock.lock();
		try {
			if (!this.closed) {
				usable();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the producer, or the next one when it has ended: somebody has claimed its
	 * id, or its thread was interrupted or failed.
	 */
	private IdempotentProducer usable() {
		IdempotentProducer current = this.producer;
		if (current == null) {
			current = this.environment.stream().producer(options());
			this.producer = current;
		}
		else if (current.isClosed()) {
			current = current.successor(newId());
			this.producer = current;
		}
		return current;
	}

	@Override
	public CompletableFuture<Void> close() {
		IdempotentProducer current;
		this.lock.lock();
		try {
			this.closed = true;
			current = this.producer;
		}
		finally {
			this.lock.unlock();
		}
		if (current == null) {
			return CompletableFuture.completedFuture(null);
		}
		current.close();
		return current.completion();
	}

	private ProducerOptions options() {
		return new ProducerOptions(newId(), 0, false, Duration.ZERO, MAX_BATCH_BYTES, MAX_BATCH_MESSAGES,
				this.environment.transactionTimeout())
			.withMaxInFlight(1)
			.withFence(FENCE);
	}

	private String newId() {
		return "streamdb-" + new UUID(this.environment.random().nextLong(), this.environment.random().nextLong());
	}

}
