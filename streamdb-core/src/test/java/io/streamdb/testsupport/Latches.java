package io.streamdb.testsupport;

import java.util.concurrent.CountDownLatch;

/**
 * Blocks until a test lets it go on.
 */
public final class Latches {

	private Latches() {
	}

	/**
	 * Waits until a latch is open; an interrupt ends the wait, and is kept.
	 */
	public static void awaitOpen(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
