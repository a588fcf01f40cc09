package io.streamdb.server.store;

import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class OffsetTests {

	private static final long SEED = 20261123;

	@Test
	void textHasFixedWidthAndIsReadBack() {
		Offset offset = new Offset(1_795_000_000_000_000L, 42);
		assertThat(offset).hasToString("1795000000000000_0000000000000042");
		assertThat(Offset.parse(offset.toString())).isEqualTo(offset);
	}

	@Test
	void textsCompareAsIncarnationsAndPositionsDo() {
		Random random = new Random(SEED);
		for (int i = 0; i < 10_000; i++) {
			Offset first = new Offset(number(random), number(random));
			Offset second = new Offset(random.nextBoolean() ? first.incarnation() : number(random), number(random));
			int expected = (first.incarnation() != second.incarnation())
					? Long.compare(first.incarnation(), second.incarnation())
					: Long.compare(first.position(), second.position());
			assertThat(Integer.signum(first.toString().compareTo(second.toString())))
				.as("%s and %s (seed %d)", first, second, SEED)
				.isEqualTo(Integer.signum(expected));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "-1", "now", "0_0", "1795000000000000_000000000000004",
			"1795000000000000-0000000000000042", "1795000000000000_00000000000000042",
			"179500000000000x_0000000000000042", "1795000000000000_000000000000004١",
			" 795000000000000_0000000000000042", "+795000000000000_0000000000000042" })
	void otherTextsAreNoOffsets(String text) {
		assertThat(Offset.parse(text)).isNull();
	}

	private static long number(Random random) {
		return random.nextLong(1L << random.nextInt(1, 53));
	}

}
