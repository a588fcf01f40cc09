package io.streamdb.transaction;

import java.util.concurrent.CompletableFuture;

import io.streamdb.client.AppendResult;
import io.streamdb.client.MessageSource;

/**
 * Sends the events of transactions, in the order of the calls.
 */
interface TransactionSender {

	/**
	 * Queues the events of one transaction.
	 * @param events gives one or more JSON values separated by commas, when they are
	 * about to be sent
	 * @return the answer, as of {@link io.streamdb.client.IdempotentProducer#append}: it
	 * completes before a later transaction of another batch is asked for its events
	 */
	CompletableFuture<AppendResult> send(MessageSource events);

	/**
	 * Sees to it that an unknown outcome is settled, also when what has sent it has
	 * ended: then what takes its place does it. To be called before that is over, without
	 * the commit lock.
	 */
	void settleUnknown();

	/**
	 * Fails what waits and what is on its way.
	 * @return completes when the sending thread has ended
	 */
	CompletableFuture<Void> close();

}
