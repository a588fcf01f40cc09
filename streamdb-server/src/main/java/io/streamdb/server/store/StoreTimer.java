package io.streamdb.server.store;

import java.time.Duration;

/**
 * Runs what a store has to do later.
 */
@FunctionalInterface
public interface StoreTimer {

	/**
	 * Runs a task once.
	 * @param task the task, which does not block
	 * @param delay when
	 */
	void schedule(Runnable task, Duration delay);

}
