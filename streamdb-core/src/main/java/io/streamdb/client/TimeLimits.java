package io.streamdb.client;

import java.time.Duration;

/**
 * Checks durations that somebody set. They are counted in nanoseconds, which limits them
 * to what nobody will live to see.
 */
final class TimeLimits {

	private static final Duration LONGEST = Duration.ofDays(36_500);

	private TimeLimits() {
	}

	static Duration positive(String what, Duration duration) {
		if (duration.isZero()) {
			throw new IllegalArgumentException("The " + what + " is zero; it must be longer");
		}
		return notNegative(what, duration);
	}

	static Duration notNegative(String what, Duration duration) {
		if (duration.isNegative()) {
			throw new IllegalArgumentException("The " + what + " is negative: " + duration);
		}
		if (duration.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("The " + what + " is longer than 100 years: " + duration);
		}
		return duration;
	}

}
