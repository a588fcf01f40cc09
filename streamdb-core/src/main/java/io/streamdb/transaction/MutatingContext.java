package io.streamdb.transaction;

import java.util.List;
import java.util.concurrent.CompletionStage;

import io.streamdb.client.DurableStream;

/**
 * The context of one call of an action. While {@code onMutate} runs, only collections are
 * at hand.
 */
final class MutatingContext implements ActionContext {

	private final TransactionPipeline pipeline;

	private final DefaultTransaction transaction;

	private volatile boolean mutating = true;

	MutatingContext(TransactionPipeline pipeline, DefaultTransaction transaction) {
		this.pipeline = pipeline;
		this.transaction = transaction;
	}

	void mutated() {
		this.mutating = false;
	}

	@Override
	public <T> TransactionalCollection<T> collection(Class<T> entityClass) {
		return this.transaction.collection(entityClass);
	}

	@Override
	public String txid() {
		return this.transaction.txid();
	}

	@Override
	public List<Mutation<?>> mutations() {
		return this.transaction.mutations(!this.mutating);
	}

	@Override
	public DurableStream stream() {
		checkMutated("the stream");
		return this.pipeline.environment().stream();
	}

	@Override
	public CompletionStage<Void> persist() {
		checkMutated("persist()");
		PendingTransaction committed = this.transaction.pending();
		if (committed == null) {
			throw new IllegalTransactionStateException(
					"The transaction " + txid() + " is not committed, so it cannot be persisted", null);
		}
		return new CustomMutation(this.pipeline, committed).persist();
	}

	private void checkMutated(String what) {
		if (this.mutating) {
			throw new IllegalTransactionStateException(
					"onMutate may only touch collections; " + what + " belongs into mutate", null);
		}
	}

}
