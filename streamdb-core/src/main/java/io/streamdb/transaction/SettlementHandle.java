package io.streamdb.transaction;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * A handle on a transaction, with one of the results that were made in it.
 *
 * @param <R> the result
 */
final class SettlementHandle<R extends @Nullable Object> implements TransactionHandle<R> {

	private final DefaultTransaction transaction;

	private final Settlement settlement;

	private final R result;

	private final @Nullable KeyRef<?> resultKey;

	SettlementHandle(DefaultTransaction transaction, R result) {
		this.transaction = transaction;
		this.settlement = transaction.settlement();
		this.result = result;
		this.resultKey = transaction.keyOfWritten(result);
	}

	static TransactionHandle<Void> withoutResult(DefaultTransaction transaction) {
		return new SettlementHandle<Void>(transaction, null);
	}

	@Override
	public String txid() {
		return this.settlement.txid();
	}

	@Override
	public TransactionState state() {
		return this.settlement.state();
	}

	@Override
	public Optional<TransactionOutcome> outcome() {
		return this.settlement.outcome();
	}

	@Override
	public R result() {
		return this.result;
	}

	@Override
	public CompletableFuture<R> persisted() {
		CompletableFuture<R> persisted = new CompletableFuture<>();
		this.settlement.done().whenCompleteAsync((nothing, failure) -> {
			if (failure != null) {
				persisted.completeExceptionally(failure);
			}
			else {
				persisted.complete(persistedResult());
			}
		}, this.transaction.callbacks());
		return persisted;
	}

	@Override
	public R await() {
		return await(null);
	}

	@Override
	public R await(@Nullable Duration timeout) {
		if (!this.settlement.done().isDone()) {
			this.transaction.checkMayWait();
		}
		try {
			if (timeout == null) {
				this.transaction.scheduling().await(this.settlement.done());
			}
			else {
				this.transaction.scheduling().await(this.settlement.done(), timeout);
			}
			return persistedResult();
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw new TransactionException("The transaction " + txid() + " failed: " + ex.getCause(), ex.getCause());
		}
		catch (TimeoutException ex) {
			throw tooLate(timeout);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new TransactionException(
					"Interrupted while waiting for the transaction " + txid() + ", which goes on", ex);
		}
	}

	private TransactionException tooLate(@Nullable Duration timeout) {
		return this.settlement.isAcknowledged()
				? new NotYetVisibleException("The transaction " + txid()
						+ " is durable, and was not visible here within " + timeout + "; do not repeat it", null)
				: new TransactionTimeoutException(
						"The transaction " + txid() + " was not acknowledged within " + timeout + ", and goes on",
						null);
	}

	@SuppressWarnings("unchecked")
	private R persistedResult() {
		Object sent = (this.resultKey != null) ? this.settlement.sentValue(this.resultKey) : null;
		return (sent != null) ? (R) sent : this.result;
	}

	@Override
	public boolean rollback() {
		return this.transaction.rollback();
	}

	@Override
	public String toString() {
		return "transaction " + txid() + " (" + state() + ")";
	}

}
