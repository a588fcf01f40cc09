package io.streamdb.store;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RowLoad}: as if each row were stored at once.
 */
class RowLoadTests {

	private static final Origin ORIGIN = new PendingOrigin("tx");

	@RepeatedTest(5)
	void endsWithTheRowsAndTheOrderOfStoringOneByOne(RepetitionInfo repetition) {
		String seed = "seed " + repetition.getCurrentRepetition();
		Random random = new Random(repetition.getCurrentRepetition());
		RowMap.Builder expected = RowMap.empty().builder();
		RowLoad load = new RowLoad(RowMap.empty().builder());
		int keys = 3 * RowLoad.FEW;
		for (int sequence = 0; sequence < 15 * RowLoad.FEW; sequence++) {
			String key = "key" + random.nextInt(keys);
			if (random.nextInt(5) == 0) {
				expected.remove(new RowKey(key));
				load.drop(new RowKey(key));
			}
			else {
				RowCell<?> previous = expected.put(new RowCell<>(key, sequence, sequence, ORIGIN));
				if (previous != null) {
					expected.put(new RowCell<>(key, sequence, previous.sequence(), ORIGIN));
				}
				load.store(new RowCell<>(key, sequence, sequence, ORIGIN));
			}
			if (random.nextInt(5000) == 0) {
				assertThat(describe(load.get(new RowKey(key)))).as(seed)
					.isEqualTo(describe(expected.get(new RowKey(key))));
			}
			if (random.nextInt(5000) == 0) {
				assertThat(load.size()).as(seed).isEqualTo(expected.size());
			}
		}
		assertThat(rows(load.build())).as(seed).isEqualTo(rows(expected.build())).hasSizeGreaterThan(RowLoad.FEW);
	}

	@Test
	void notesAtMostAQuarterOfWhatIsThere() {
		RowLoad load = new RowLoad(RowMap.empty().builder());
		int largest = 0;
		for (int i = 0; i < 20 * RowLoad.FEW; i++) {
			load.store(new RowCell<>("key" + (i % (4 * RowLoad.FEW)), i, i, ORIGIN));
			largest = Math.max(largest, load.noted());
		}
		assertThat(largest).isBetween(RowLoad.FEW / 2, RowLoad.FEW);
	}

	@Test
	void fewRowsAreStoredAtOnce() {
		RowLoad load = new RowLoad(RowMap.empty().builder());
		for (int i = 0; i < RowLoad.FEW; i++) {
			load.store(new RowCell<>("key" + i, i, i, ORIGIN));
			assertThat(load.noted()).isZero();
		}
	}

	@Test
	void whatIsPutOrRemovedAtOnceComesAfterWhatWasNoted() {
		RowLoad load = new RowLoad(RowMap.empty().builder());
		for (int i = 0; i <= RowLoad.FEW; i++) {
			load.store(new RowCell<>("key" + i, i, i, ORIGIN));
		}
		load.store(new RowCell<>("a", 1, 10_000, ORIGIN));
		load.store(new RowCell<>("b", 1, 10_001, ORIGIN));
		assertThat(load.noted()).isPositive();
		assertThat(describe(load.put(new RowCell<>("a", 2, 10_002, ORIGIN)))).isEqualTo("a=1 10000");
		assertThat(describe(load.remove(new RowKey("b")))).isEqualTo("b=1 10001");
		RowMap map = load.build();
		assertThat(describe(map.get(new RowKey("a")))).isEqualTo("a=2 10002");
		assertThat(map.get(new RowKey("b"))).isNull();
	}

	@Test
	void doesNotHoldOnToRowsThatWereReplaced() {
		RowLoad load = new RowLoad(RowMap.empty().builder());
		for (int i = 0; i <= RowLoad.FEW; i++) {
			load.store(new RowCell<>("key" + i, i, i, ORIGIN));
		}
		RowCell<?> replaced = new RowCell<>("a", new byte[1], 10_000, ORIGIN);
		load.store(replaced);
		load.store(new RowCell<>("a", new byte[1], 10_001, ORIGIN));
		assertThat(load.size()).isEqualTo(RowLoad.FEW + 2);
		WeakReference<RowCell<?>> reference = new WeakReference<>(replaced);
		replaced = null;
		Awaitility.await().until(() -> {
			System.gc();
			return reference.get() == null;
		});
		assertThat(load.get(new RowKey("a"))).isNotNull();
	}

	private static List<String> rows(RowMap map) {
		List<RowCell<?>> rows = new ArrayList<>();
		map.forEach(rows::add);
		rows.sort(Comparator.comparingLong(RowCell::sequence));
		return rows.stream().map(RowLoadTests::describe).toList();
	}

	private static String describe(RowCell<?> row) {
		return (row != null) ? row + " " + row.sequence() : "none";
	}

}
