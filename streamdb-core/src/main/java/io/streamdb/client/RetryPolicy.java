package io.streamdb.client;

import java.time.Duration;

/**
 * How failed requests are repeated (SPEC P4): exponential backoff with full jitter. The
 * wait before repeat {@code n} is a random part of
 * {@code min(maxDelay, initialDelay * 2^(n-1))}, or what the server asks for with
 * {@code Retry-After} when that is longer (at most a minute).
 *
 * @param maxRetries how often a request is repeated at most; negative is without bound
 * @param initialDelay the first wait at most
 * @param maxDelay the longest wait
 */
public record RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay) {

	public RetryPolicy {
		TimeLimits.positive("initialDelay", initialDelay);
		TimeLimits.positive("maxDelay", maxDelay);
		if (maxDelay.compareTo(initialDelay) < 0) {
			throw new IllegalArgumentException(
					"The maxDelay " + maxDelay + " is shorter than the initialDelay " + initialDelay);
		}
	}

	/**
	 * Returns the default: 5 repeats, 100 ms to 10 s.
	 * @return the policy
	 */
	public static RetryPolicy defaults() {
		return new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(10));
	}

	/**
	 * Returns the policy of a read that somebody watches: without bound, 100 ms to 10 s.
	 * @return the policy
	 */
	public static RetryPolicy unbounded() {
		return new RetryPolicy(-1, Duration.ofMillis(100), Duration.ofSeconds(10));
	}

}
