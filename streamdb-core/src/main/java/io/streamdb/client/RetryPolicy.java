package io.streamdb.client;

import java.time.Duration;

/**
 * How failed requests are repeated (SPEC P4): exponential backoff with full jitter. The
 * wait before attempt {@code n} is a random part of
 * {@code min(maxDelay, initialDelay * 2^(n-1))}.
 *
 * @param maxRetries how often a request is repeated at most; negative is without bound
 * @param initialDelay the first wait at most
 * @param maxDelay the longest wait
 */
public record RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay) {

	/**
	 * Returns the default: 5 repeats, 100 ms to 10 s.
	 * @return the policy
	 */
	public static RetryPolicy defaults() {
		return new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(10));
	}

}
