package io.streamdb.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.random.RandomGenerator;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Backoff} and {@link RetryAfter}.
 */
class BackoffTests {

	private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

	private final RetryPolicy policy = new RetryPolicy(3, Duration.ofMillis(100), Duration.ofSeconds(1));

	@ParameterizedTest
	@Spec("P4.1")
	@CsvSource({ "1, 100", "2, 200", "3, 400", "4, 800", "5, 1000", "6, 1000", "64, 1000", "65, 1000", "100000, 1000",
			"2147483647, 1000" })
	void ceilingDoublesUpToTheLongestDelay(int failures, long ceiling) {
		assertThat(new Backoff(this.policy, random(1)).delay(failures, null)).isBetween(Duration.ofMillis(ceiling - 1),
				Duration.ofMillis(ceiling));
	}

	@ParameterizedTest
	@CsvSource({ "1, 1, 100", "1, 50, 100", "1.5, 2, 150", "1.5, 3, 225", "10, 2, 1000", "1000000, 2147483647, 1000" })
	void multiplierSaysHowFastItGrows(double multiplier, int failures, long ceiling) {
		RetryPolicy growing = new RetryPolicy(3, Duration.ofMillis(100), Duration.ofSeconds(1), multiplier);
		assertThat(new Backoff(growing, random(1)).delay(failures, null)).isBetween(Duration.ofMillis(ceiling - 1),
				Duration.ofMillis(ceiling));
	}

	@Test
	@Spec("P4.1")
	void jitterIsFull() {
		assertThat(new Backoff(this.policy, random(0)).delay(5, null)).isEqualTo(Duration.ZERO);
		Backoff backoff = new Backoff(this.policy, new Random(7));
		for (int i = 0; i < 1000; i++) {
			assertThat(backoff.delay(5, null)).isBetween(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void idleDelayIsNeverBelowHalf() {
		assertThat(new Backoff(this.policy, random(0)).atLeastHalf(2)).isEqualTo(Duration.ofMillis(100));
	}

	@Test
	void serverMayAskForMore() {
		Backoff backoff = new Backoff(this.policy, random(1));
		assertThat(backoff.delay(1, Duration.ofSeconds(7))).isEqualTo(Duration.ofSeconds(7));
		assertThat(backoff.delay(1, Duration.ofMillis(7))).isGreaterThan(Duration.ofMillis(90));
	}

	@Test
	void countsRetries() {
		Backoff backoff = new Backoff(this.policy, random(0));
		assertThat(backoff.allows(3)).isTrue();
		assertThat(backoff.allows(4)).isFalse();
		assertThat(new Backoff(RetryPolicy.unbounded(), random(0)).allows(Integer.MAX_VALUE)).isTrue();
	}

	@Test
	void policyNeedsSensibleDelays() {
		assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, Duration.ZERO, Duration.ZERO));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetryPolicy(1, Duration.ofSeconds(2), Duration.ofSeconds(1)))
			.withMessageContaining("PT1S");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetryPolicy(1, Duration.ofSeconds(2), ChronoUnit.FOREVER.getDuration()))
			.withMessageContaining("100 years");
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.5, 0, -2, 2e6, Double.NaN, Double.POSITIVE_INFINITY })
	void waitsDoNotShrink(double multiplier) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetryPolicy(1, Duration.ofSeconds(1), Duration.ofSeconds(2), multiplier))
			.withMessageContaining("multiplier");
	}

	@Test
	void negativeCountIsNoBound() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetryPolicy(-1, Duration.ofSeconds(1), Duration.ofSeconds(2)))
			.withMessageContaining("RetryPolicy.UNBOUNDED");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "0 | PT0S", "3 | PT3S", " 3 | PT3S", "61 | PT1M", "99999999999999999999 | PT1M",
					"Mon, 23 Nov 2026 12:00:05 GMT | PT5S", "Mon, 23 Nov 2026 13:00:00 GMT | PT1M" })
	void readsRetryAfter(String value, Duration expected) {
		assertThat(RetryAfter.parse(value, CLOCK)).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "soon", "-3", "1.5", "Mon, 23 Nov 2026 11:59:00 GMT", "\u0663" })
	void ignoresARetryAfterThatSaysNothing(String value) {
		assertThat(RetryAfter.parse(value, CLOCK)).isNull();
		assertThat(RetryAfter.parse(null, CLOCK)).isNull();
	}

	/**
	 * Returns a generator whose doubles are all 0, or all just below 1.
	 */
	private static RandomGenerator random(int value) {
		return () -> (value == 0) ? 0L : -1L;
	}

}
