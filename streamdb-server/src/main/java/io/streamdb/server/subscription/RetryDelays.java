package io.streamdb.server.subscription;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait after a failed delivery: from a second, doubled up to a minute, with a
 * fifth of chance (PROTOCOL 7.1).
 *
 * @param random the chance
 */
record RetryDelays(RandomGenerator random) {

	private static final long FIRST = 1_000;

	private static final long LONGEST = 60_000;

	private static final double JITTER = 0.2;

	/** After so many the delay is the longest. */
	private static final int DOUBLINGS = 6;

	/**
	 * Returns the delay after so many failures in a row.
	 */
	Duration after(int failures) {
		long base = Math.min(LONGEST, FIRST << Math.min(DOUBLINGS, failures - 1));
		return Duration.ofMillis(Math.round(base * (1 + JITTER * (2 * this.random.nextDouble() - 1))));
	}

}
