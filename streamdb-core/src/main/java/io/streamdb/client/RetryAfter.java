package io.streamdb.client;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code Retry-After} header: seconds, or an HTTP date (RFC 9110, 10.2.3).
 */
final class RetryAfter {

	/**
	 * The longest wait a server can impose.
	 */
	static final Duration LIMIT = Duration.ofMinutes(1);

	private RetryAfter() {
	}

	static @Nullable Duration parse(@Nullable String value, Clock clock) {
		if (value == null) {
			return null;
		}
		String text = value.trim();
		Duration delay = (!text.isEmpty() && text.chars().allMatch((c) -> c >= '0' && c <= '9')) ? seconds(text)
				: untilDate(text, clock);
		if (delay == null || delay.isNegative()) {
			return null;
		}
		return (delay.compareTo(LIMIT) > 0) ? LIMIT : delay;
	}

	private static Duration seconds(String digits) {
		// More digits than a long holds are more seconds than the limit anyway.
		return (digits.length() > 9) ? LIMIT : Duration.ofSeconds(Long.parseLong(digits));
	}

	private static @Nullable Duration untilDate(String text, Clock clock) {
		try {
			Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
			return Duration.between(clock.instant(), date);
		}
		catch (DateTimeException ex) {
			// A wrong header is no reason to fail: the client's own backoff applies.
			return null;
		}
	}

}
