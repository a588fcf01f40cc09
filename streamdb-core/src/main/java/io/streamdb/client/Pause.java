package io.streamdb.client;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/**
 * Waits between two requests. In one place, so that tests need no time.
 */
@FunctionalInterface
interface Pause {

	/**
	 * Waits.
	 * @param delay how long
	 * @param stopped ends the wait early
	 * @throws InterruptedException when the thread was interrupted
	 */
	void await(Duration delay, Future<?> stopped) throws InterruptedException;

	/**
	 * Returns a pause in real time.
	 * @return the pause
	 */
	static Pause real() {
		return in(Scheduling.real());
	}

	/**
	 * Returns a pause.
	 * @param scheduling how threads wait
	 * @return the pause
	 */
	static Pause in(Scheduling scheduling) {
		return (delay, stopped) -> {
			try {
				scheduling.await(stopped, delay);
			}
			catch (TimeoutException ex) {
				// The time is over, which is what was asked for.
			}
			catch (ExecutionException ex) {
				throw new IllegalStateException("A stop signal cannot fail", ex);
			}
		};
	}

}
