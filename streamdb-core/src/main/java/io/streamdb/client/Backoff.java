package io.streamdb.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * Computes how long to wait before a request is repeated: exponential backoff with full
 * jitter (SPEC P4), but never less than the server asked for with {@code Retry-After}.
 */
final class Backoff {

	private final RetryPolicy policy;

	private final RandomGenerator random;

	Backoff(RetryPolicy policy, RandomGenerator random) {
		this.policy = policy;
		this.random = random;
	}

	/**
	 * Returns whether there may be another attempt.
	 * @param failures how many attempts failed in a row
	 * @return whether to repeat
	 */
	boolean allows(int failures) {
		return this.policy.maxRetries() == RetryPolicy.UNBOUNDED || failures <= this.policy.maxRetries();
	}

	/**
	 * Returns the wait after a number of failures in a row.
	 * @param failures how many, from 1
	 * @param retryAfter what the server asked for, or {@code null}
	 * @return the wait
	 */
	Duration delay(int failures, @Nullable Duration retryAfter) {
		Duration delay = Duration.ofNanos((long) (this.random.nextDouble() * ceiling(failures)));
		return (retryAfter != null && retryAfter.compareTo(delay) > 0) ? retryAfter : delay;
	}

	/**
	 * Returns a wait of which only one half is random, where none at all would do harm.
	 * @param times how often in a row, from 1
	 * @return the wait
	 */
	Duration atLeastHalf(int times) {
		long half = ceiling(times) / 2;
		return Duration.ofNanos(half + (long) (this.random.nextDouble() * half));
	}

	private long ceiling(int failures) {
		double growth = Math.pow(this.policy.multiplier(), failures - 1);
		return (long) Math.min(this.policy.maxDelay().toNanos(), this.policy.initialDelay().toNanos() * growth);
	}

}
