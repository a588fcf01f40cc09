package io.streamdb.store;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

/**
 * Tests for {@link RowTable} with hashes that do not spread: what {@link RowMapTests}
 * cannot show, since it cannot choose them.
 */
class RowTableTests {

	private static final Origin ORIGIN = new PendingOrigin("tx");

	static Stream<Arguments> hashes() {
		return Stream.of(argumentSet("all different", spread((i) -> i * 0x9e3779b9)),
				argumentSet("all equal", spread((i) -> 0x12345678)), argumentSet("all zero", spread((i) -> 0)),
				argumentSet("all bits set", spread((i) -> -1)),
				argumentSet("in runs of 50 equal ones", spread((i) -> (i / 50) * 0x9e3779b9)),
				argumentSet("of the same upper 30 bits", spread((i) -> 0xabcdef00 | (i & 3))),
				argumentSet("of the same upper 24 bits", spread((i) -> 0xabcdef00 | (i & 0xff))),
				argumentSet("of the same lower 16 bits", spread((i) -> i << 16)),
				argumentSet("of two groups", spread((i) -> ((i & 1) == 0) ? i * 0x9e3779b9 : 7)),
				argumentSet("small and consecutive", spread((i) -> i)),
				argumentSet("with one more upper bit each", spread((i) -> Integer.MIN_VALUE >> (i & 31))));
	}

	private static IntUnaryOperator spread(IntUnaryOperator hash) {
		return hash;
	}

	@ParameterizedTest
	@MethodSource("hashes")
	void holdsWhatAHashMapHoldsWhateverTheHashes(IntUnaryOperator hashes) {
		for (int seed = 1; seed <= 6; seed++) {
			new History(seed, hashes).run();
		}
	}

	@Test
	void isSmallAgainWhenItsRowsAreRemoved() {
		RowMap.Builder filled = RowMap.empty().builder();
		for (int i = 0; i < 20_000; i++) {
			filled.put(new RowCell<>("key" + i, i, i, ORIGIN));
		}
		RowMap map = filled.build();
		RowMap.Builder emptied = map.builder();
		for (int i = 10; i < 20_000; i++) {
			emptied.remove(new RowKey("key" + i));
		}
		RowMap few = emptied.build();
		assertThat(few).hasSize(10).hasSameElementsAs(few);
		assertThat(((RowTable) few).leaves()).isOne();
		assertThat(((RowTable) map).leaves()).isGreaterThan(20_000 / 64);
		assertThat(map.get(new RowKey("key19999"))).isNotNull();
	}

	@Test
	void isTheEmptyMapAgainWhenNothingIsLeft() {
		RowMap.Builder filled = RowMap.empty().builder();
		filled.put(new RowCell<>("a", 1, 0, ORIGIN));
		RowMap.Builder emptied = filled.build().builder();
		emptied.remove(new RowKey("a"));
		assertThat(emptied.build()).isSameAs(RowMap.empty());
	}

	@Test
	void isTheSameMapWhenNothingWasChanged() {
		RowMap.Builder filled = RowMap.empty().builder();
		filled.put(new RowCell<>("a", 1, 0, ORIGIN));
		RowMap map = filled.build();
		RowMap.Builder unchanged = map.builder();
		unchanged.remove(new RowKey("b"));
		assertThat(unchanged.build()).isSameAs(map);
	}

	/**
	 * Random changes of a table and of a model.
	 */
	private static final class History {

		private static final int KEYS = 700;

		private final String seed;

		private final Random random;

		private final IntUnaryOperator hashes;

		private final Map<String, Object> model = new HashMap<>();

		private RowMap map = RowMap.empty();

		History(int seed, IntUnaryOperator hashes) {
			this.seed = "seed " + seed;
			this.random = new Random(seed);
			this.hashes = hashes;
		}

		void run() {
			for (int round = 0; round < 12; round++) {
				RowMap before = this.map;
				Map<String, Object> modelBefore = new HashMap<>(this.model);
				// Fills in some rounds, and empties in others.
				int puts = this.random.nextInt(11);
				RowMap.Builder builder = this.map.builder();
				for (int i = 0; i < 600; i++) {
					change(builder, this.random.nextInt(10) < puts);
				}
				this.map = builder.build();
				assertHolds(this.map, this.model);
				assertHolds(before, modelBefore);
			}
		}

		private void change(RowMap.Builder builder, boolean put) {
			RowKey key = key(this.random.nextInt(KEYS));
			assertThat(value(builder.get(key))).as(this.seed).isEqualTo(this.model.get(key.key()));
			if (put) {
				Object value = this.random.nextInt();
				assertThat(value(builder.put(new RowCell<>(key, value, 0, ORIGIN)))).as(this.seed)
					.isEqualTo(this.model.put(key.key(), value));
			}
			else {
				assertThat(value(builder.remove(key))).as(this.seed).isEqualTo(this.model.remove(key.key()));
			}
			assertThat(builder.size()).as(this.seed).isEqualTo(this.model.size());
		}

		private RowKey key(int number) {
			return new RowKey("key" + number, this.hashes.applyAsInt(number));
		}

		private void assertHolds(RowMap rows, Map<String, Object> expected) {
			Map<String, Object> contents = new HashMap<>();
			int count = 0;
			for (RowCell<?> row : rows) {
				contents.put(row.key(), row.value());
				count++;
			}
			assertThat(contents).as(this.seed).isEqualTo(expected);
			assertThat(rows.size()).as(this.seed).isEqualTo(count).isEqualTo(expected.size());
			for (int number = 0; number < KEYS; number++) {
				RowKey key = key(number);
				assertThat(value(rows.get(key))).as(this.seed).isEqualTo(expected.get(key.key()));
			}
		}

		private static Object value(RowCell<?> row) {
			return (row != null) ? row.value() : null;
		}

	}

}
