package io.streamdb.transaction;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import io.streamdb.client.AppendResult;

/**
 * Sends the events of transactions, in the order of the calls.
 */
interface TransactionSender {

	/**
	 * Queues the events of one transaction.
	 * @param events gives one or more JSON values separated by commas, when they are
	 * about to be sent; what it throws fails this transaction only
	 * @return the answer, as of {@link io.streamdb.client.IdempotentProducer#append}
	 */
	CompletableFuture<AppendResult> send(Supplier<byte[]> events);

	/**
	 * Fails what waits and what is on its way.
	 * @return completes when the sending thread has ended
	 */
	CompletableFuture<Void> close();

}
