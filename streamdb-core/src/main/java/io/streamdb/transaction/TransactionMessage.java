package io.streamdb.transaction;

import io.streamdb.client.DurableStreamException;
import io.streamdb.client.MessageSource;
import org.jspecify.annotations.Nullable;

/**
 * The events of one transaction, as the sender asks for them.
 */
final class TransactionMessage implements MessageSource {

	private final Outbox outbox;

	private final PendingTransaction transaction;

	TransactionMessage(Outbox outbox, PendingTransaction transaction) {
		this.outbox = outbox;
		this.transaction = transaction;
	}

	@Override
	public byte[] bytes() {
		return this.outbox.encode(this.transaction);
	}

	@Override
	public void withdrawn(@Nullable DurableStreamException cause) {
		this.outbox.withdrawn(this.transaction, cause);
	}

	@Override
	public String toString() {
		return this.transaction.toString();
	}

}
