package io.streamdb.server;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Makes the cursors of live reads (PROTOCOL 10.1): the number of the current interval, or
 * a greater one when the client has been there already.
 */
final class Cursors {

	private static final Instant EPOCH = Instant.parse("2024-10-09T00:00:00Z");

	private static final Duration INTERVAL = Duration.ofSeconds(20);

	private static final int MAX_JITTER_SECONDS = 3600;

	private static final Pattern SYNTAX = Pattern.compile("\\d{1,64}");

	private final Clock clock;

	private final RandomGenerator random;

	Cursors(Clock clock, RandomGenerator random) {
		this.clock = clock;
		this.random = random;
	}

	/**
	 * Makes a cursor.
	 * @param previous what the client sent; one that is no cursor counts as none
	 * @return the cursor
	 */
	String next(@Nullable String previous) {
		long interval = interval();
		if (previous == null || !SYNTAX.matcher(previous).matches()) {
			return Long.toString(interval);
		}
		BigInteger last = new BigInteger(previous);
		if (last.compareTo(BigInteger.valueOf(interval)) < 0) {
			return Long.toString(interval);
		}
		long jitter = 1 + this.random.nextInt(MAX_JITTER_SECONDS) / INTERVAL.toSeconds();
		return last.add(BigInteger.valueOf(jitter)).toString();
	}

	/**
	 * Makes a later cursor of the same response. It need not be another one, since the
	 * client has not come back with the last one yet.
	 * @param last the last one that was made for the response
	 * @return the cursor, which is not before that one
	 */
	String later(String last) {
		BigInteger interval = BigInteger.valueOf(interval());
		return interval.max(new BigInteger(last)).toString();
	}

	private long interval() {
		return Duration.between(EPOCH, this.clock.instant()).dividedBy(INTERVAL);
	}

}
