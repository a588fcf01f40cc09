package io.streamdb.transaction;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.client.AppendResult;
import io.streamdb.client.IdempotentProducer;
import io.streamdb.client.MessageSource;
import io.streamdb.client.ProducerFencedException;
import io.streamdb.client.ProducerOptions;
import org.jspecify.annotations.Nullable;

/**
 * Sends through an idempotent producer with a random id (SPEC T4), made with the first
 * transaction. There is no linger: while one batch is in flight, the next one gathers.
 */
final class ProducerSender implements TransactionSender {

	private static final int MAX_BATCH_BYTES = 1 << 20;

	private static final int MAX_BATCH_MESSAGES = 1000;

	private final TransactionEnvironment environment;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable IdempotentProducer producer;

	private boolean closed;

	ProducerSender(TransactionEnvironment environment) {
		this.environment = environment;
	}

	@Override
	public CompletableFuture<AppendResult> send(MessageSource events) {
		this.lock.lock();
		try {
			if (this.closed) {
				return CompletableFuture.failedFuture(new IllegalStateException("StreamDB closed"));
			}
			IdempotentProducer current = (this.producer != null) ? this.producer
					: this.environment.stream().producer(options());
			this.producer = current;
			CompletableFuture<AppendResult> answer = current.append(events);
			return answer.whenComplete((result, failure) -> {
				if (failure instanceof ProducerFencedException) {
					replace(current);
				}
			});
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Drops a producer whose id somebody else has claimed; the next transaction gets one
	 * with another id.
	 */
	private void replace(IdempotentProducer fenced) {
		this.lock.lock();
		try {
			if (this.producer == fenced && !this.closed) {
				this.producer = null;
			}
		}
		finally {
			this.lock.unlock();
		}
		fenced.close();
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
		String id = new UUID(this.environment.random().nextLong(), this.environment.random().nextLong()).toString();
		return new ProducerOptions("streamdb-" + id, 0, false, Duration.ZERO, MAX_BATCH_BYTES, MAX_BATCH_MESSAGES,
				this.environment.transactionTimeout());
	}

}
