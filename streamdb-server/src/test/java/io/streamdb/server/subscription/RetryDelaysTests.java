package io.streamdb.server.subscription;

import java.time.Duration;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RetryDelaysTests {

	@Test
	void delaysDoubleFromASecondToAMinuteWithAFifthOfChance() {
		RetryDelays delays = new RetryDelays(new Random(4));
		long[] bases = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
		for (int i = 0; i < 1000; i++) {
			for (int failures = 1; failures <= bases.length; failures++) {
				Duration base = Duration.ofSeconds(bases[failures - 1]);
				assertThat(delays.after(failures)).isBetween(base.multipliedBy(8).dividedBy(10),
						base.multipliedBy(12).dividedBy(10));
			}
		}
		assertThat(delays.after(Integer.MAX_VALUE)).isBetween(Duration.ofSeconds(48), Duration.ofSeconds(72));
	}

}
