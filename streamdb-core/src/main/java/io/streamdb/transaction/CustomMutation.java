package io.streamdb.transaction;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * One run of a custom {@code mutate}: its transaction settles by its outcome (SPEC T6).
 * Where it has asked for the default persister, both must be done.
 */
final class CustomMutation {

	private final TransactionPipeline pipeline;

	private final PendingTransaction transaction;

	CustomMutation(TransactionPipeline pipeline, PendingTransaction transaction) {
		this.pipeline = pipeline;
		this.transaction = transaction;
	}

	/**
	 * Runs {@code mutate} on the executor of actions.
	 * @param mutate the custom method
	 */
	void start(Supplier<? extends @Nullable CompletionStage<?>> mutate) {
		try {
			this.pipeline.environment().actions().execute(() -> run(mutate));
		}
		catch (RuntimeException | Error ex) {
			ended(new TransactionException("The executor of actions refuses to run mutate: " + ex, ex));
		}
	}

	private void run(Supplier<? extends @Nullable CompletionStage<?>> mutate) {
		boolean rolledBack = this.pipeline.locked(() -> {
			if (!this.transaction.settlement().isSettled()) {
				this.transaction.start();
				return false;
			}
			return true;
		});
		if (rolledBack) {
			return;
		}
		CompletionStage<?> stage;
		try {
			stage = this.pipeline.callMutate(this.transaction, mutate);
		}
		catch (Throwable ex) {
			ended(ex);
			return;
		}
		if (stage == null) {
			ended(new TransactionException("mutate returned null instead of a stage", null));
			return;
		}
		stage.whenComplete((result, failure) -> ended(Outbox.unwrapped(failure)));
	}

	private void ended(@Nullable Throwable failure) {
		this.pipeline.exclusively((after) -> {
			if (!this.transaction.settlement().isSettled()) {
				this.transaction.mutated();
				if (failure != null) {
					failed(exception(failure), after);
				}
				else if (!isDelivering()) {
					completed(after);
				}
			}
		});
	}

	private boolean isDelivering() {
		return this.transaction.isPersisting() && !this.transaction.isDelivered();
	}

	private void completed(Aftermath after) {
		if (this.transaction.isAcknowledged() && !this.transaction.isSeen()) {
			this.pipeline.endings()
				.settle(this.transaction, TransactionOutcome.DURABLE,
						this.pipeline.endings().notYetVisible(this.transaction), after);
		}
		else {
			this.pipeline.endings().takeOut(this.transaction, after);
			this.pipeline.endings().settle(this.transaction, TransactionOutcome.COMPLETED, null, after);
		}
	}

	private void failed(RuntimeException failure, Aftermath after) {
		TransactionOutcome outcome = (failure instanceof NotYetVisibleException) ? TransactionOutcome.DURABLE
				: (failure instanceof UnknownOutcomeException) ? TransactionOutcome.UNKNOWN : TransactionOutcome.FAILED;
		if (isDelivering() && !this.transaction.isSent()) {
			this.pipeline.endings().delivered(this.transaction, outcome, failure, after);
			return;
		}
		if (!isDelivering() && !this.transaction.isAcknowledged()) {
			this.pipeline.endings().takeOut(this.transaction, after);
		}
		this.pipeline.endings().settle(this.transaction, outcome, failure, after);
	}

	private RuntimeException exception(Throwable failure) {
		return (failure instanceof RuntimeException runtime) ? runtime
				: new TransactionException("The mutate of " + this.transaction + " failed: " + failure, failure);
	}

	/**
	 * Sends the mutations by the default persister.
	 * @return completes when they are durable and visible
	 */
	CompletionStage<Void> persist() {
		this.pipeline.exclusively((after) -> {
			if (!this.transaction.isPersisting()) {
				this.transaction.persisting();
				ConflictException conflict = this.transaction.conflict();
				if (conflict != null) {
					this.pipeline.endings().delivered(this.transaction, TransactionOutcome.FAILED, conflict, after);
				}
				else if (this.transaction.isSeen() || this.transaction.mutations().isEmpty()) {
					this.pipeline.endings().delivered(this.transaction, TransactionOutcome.COMPLETED, null, after);
				}
				else {
					this.pipeline.persist(this.transaction, after);
				}
			}
		});
		CompletableFuture<Void> persisted = new CompletableFuture<>();
		this.transaction.delivery().whenCompleteAsync((nothing, failure) -> {
			if (failure != null) {
				persisted.completeExceptionally(failure);
			}
			else {
				persisted.complete(null);
			}
		}, this.pipeline.environment().callbacks());
		return persisted;
	}

}
