package io.streamdb.transaction;

import io.streamdb.client.DurableStreamException;
import io.streamdb.client.MessageSource;
import org.jspecify.annotations.Nullable;

/**
 * The events of one transaction, as the sender asks for them.
 */
final class TransactionMessage implements MessageSource {

	private final TransactionPipeline pipeline;

	private final PendingTransaction transaction;

	TransactionMessage(TransactionPipeline pipeline, PendingTransaction transaction) {
		this.pipeline = pipeline;
		this.transaction = transaction;
	}

	@Override
	public byte[] bytes() {
		return this.pipeline.encode(this.transaction);
	}

	@Override
	public void withdrawn(@Nullable DurableStreamException cause) {
		this.pipeline.withdrawn(this.transaction, cause);
	}

	@Override
	public String toString() {
		return this.transaction.toString();
	}

}
