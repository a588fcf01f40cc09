package io.streamdb.client;

import java.util.concurrent.CompletableFuture;

/**
 * A read in progress, started by {@link DurableStream#read}.
 */
public interface StreamReader extends AutoCloseable {

	/**
	 * Completes when the read has ended: normally when the stream is closed, when the
	 * tail was reached in {@link LiveMode#OFF}, or after {@link #close()}; with a
	 * {@link DurableStreamException} when it cannot go on; with the handler's exception
	 * when the handler failed. No handler method runs after that.
	 * @return the future, the same each time
	 */
	CompletableFuture<Void> completion();

	/**
	 * Ends the read and interrupts a request in progress. Returns at once and may be
	 * called from any thread, the handler's included.
	 */
	@Override
	void close();

}
