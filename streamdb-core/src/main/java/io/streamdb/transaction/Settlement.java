package io.streamdb.transaction;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * How far one transaction has come, shared by all of its handles. The future is internal,
 * so completing it runs no code of the application.
 */
final class Settlement {

	private final String txid;

	private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

	private volatile boolean persisting;

	private volatile @Nullable TransactionOutcome outcome;

	private volatile boolean acknowledged;

	private volatile Map<KeyRef<?>, Object> sentValues = Map.of();

	Settlement(String txid) {
		this.txid = txid;
	}

	String txid() {
		return this.txid;
	}

	TransactionState state() {
		TransactionOutcome ended = this.outcome;
		if (ended != null) {
			return switch (ended) {
				case COMPLETED, DURABLE -> TransactionState.COMPLETED;
				case FAILED, UNKNOWN -> TransactionState.FAILED;
			};
		}
		return this.persisting ? TransactionState.PERSISTING : TransactionState.PENDING;
	}

	Optional<TransactionOutcome> outcome() {
		return Optional.ofNullable(this.outcome);
	}

	CompletableFuture<@Nullable Void> done() {
		return this.done;
	}

	boolean isAcknowledged() {
		return this.acknowledged;
	}

	void acknowledge() {
		this.acknowledged = true;
	}

	void pending() {
		this.persisting = false;
	}

	void persisting() {
		this.persisting = true;
	}

	/**
	 * Keeps what is sent, so that handles can answer with it.
	 * @param values the value of every key that is inserted or updated
	 */
	void sent(Map<KeyRef<?>, Object> values) {
		this.sentValues = values;
	}

	@Nullable Object sentValue(KeyRef<?> key) {
		return this.sentValues.get(key);
	}

	/**
	 * Ends the transaction. The state can be read at once, waiters are woken by
	 * {@link #wake}.
	 * @param result the outcome
	 */
	void settle(TransactionOutcome result) {
		this.outcome = result;
	}

	boolean isSettled() {
		return this.outcome != null;
	}

	void wake(@Nullable RuntimeException failure) {
		if (failure == null) {
			this.done.complete(null);
		}
		else {
			this.done.completeExceptionally(failure);
		}
	}

}
