package io.streamdb.client;

import java.time.Duration;

/**
 * How failed requests are repeated (SPEC P4): exponential backoff with full jitter. The
 * wait before repeat {@code n} is a random part of
 * {@code min(maxDelay, initialDelay * multiplier^(n-1))}, or what the server asks for
 * with {@code Retry-After} when that is longer (at most a minute).
 *
 * @param maxRetries how often a request is repeated at most, zero or more;
 * {@link #UNBOUNDED} is without bound
 * @param initialDelay the first wait at most
 * @param maxDelay the longest wait
 * @param multiplier how much longer each wait is than the one before, 1 or more
 */
public record RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay, double multiplier) {

	/** For {@link #maxRetries()}: there is no bound. */
	public static final int UNBOUNDED = Integer.MAX_VALUE;

	/** The largest multiplier: beyond it the second wait is the longest anyway. */
	private static final double MAX_MULTIPLIER = 1_000_000;

	public RetryPolicy {
		if (maxRetries < 0) {
			throw new IllegalArgumentException("The maxRetries is negative: " + maxRetries
					+ "; it must be zero or more, or RetryPolicy.UNBOUNDED to repeat without bound");
		}
		TimeLimits.positive("initialDelay", initialDelay);
		TimeLimits.positive("maxDelay", maxDelay);
		if (maxDelay.compareTo(initialDelay) < 0) {
			throw new IllegalArgumentException(
					"The maxDelay " + maxDelay + " is shorter than the initialDelay " + initialDelay);
		}
		if (!(multiplier >= 1 && multiplier <= MAX_MULTIPLIER)) {
			throw new IllegalArgumentException("The multiplier is " + multiplier
					+ "; it must be from 1, which keeps the waits as long as the first, to 1 000 000");
		}
	}

	/**
	 * Creates a policy whose waits double.
	 * @param maxRetries how often a request is repeated at most, zero or more;
	 * {@link #UNBOUNDED} is without bound
	 * @param initialDelay the first wait at most
	 * @param maxDelay the longest wait
	 */
	public RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay) {
		this(maxRetries, initialDelay, maxDelay, 2);
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
		return defaults().withMaxRetries(UNBOUNDED);
	}

	/**
	 * Returns a policy with the same waits and another bound.
	 * @param maxRetries how often a request is repeated at most, zero or more;
	 * {@link #UNBOUNDED} is without bound
	 * @return the policy
	 */
	public RetryPolicy withMaxRetries(int maxRetries) {
		return new RetryPolicy(maxRetries, this.initialDelay, this.maxDelay, this.multiplier);
	}

}
