package io.streamdb.server.subscription;

import java.time.Duration;
import java.util.concurrent.Future;

/**
 * Runs what has to be done later.
 */
@FunctionalInterface
public interface SubscriptionTimer {

	/**
	 * Runs a task once, on a thread that it may use for as long as it does not block.
	 * @param task the task
	 * @param delay when
	 * @return takes it back
	 */
	Future<?> schedule(Runnable task, Duration delay);

}
