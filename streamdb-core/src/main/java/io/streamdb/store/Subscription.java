package io.streamdb.store;

import java.util.concurrent.CompletableFuture;

/**
 * An open subscription to changes (SPEC M12).
 */
public interface Subscription extends AutoCloseable {

	/**
	 * Completes when the subscription has ended: normally after {@link #close()} or when
	 * the database was closed, exceptionally after an overflow of its queue or an
	 * exception of the subscriber.
	 * @return the future, the same each time
	 */
	CompletableFuture<Void> completion();

	/**
	 * Ends the subscription. Returns at once; a delivery in progress may still finish.
	 */
	@Override
	void close();

}
