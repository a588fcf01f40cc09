package io.streamdb.store;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.streamdb.Spec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RowMap} and its keys.
 */
class RowMapTests {

	private static final Origin ORIGIN = new PendingOrigin("tx");

	@RepeatedTest(20)
	void holdsWhatAHashMapHolds(RepetitionInfo repetition) {
		long seed = repetition.getCurrentRepetition();
		Random random = new Random(seed);
		RowMap map = RowMap.empty();
		Map<String, String> model = new HashMap<>();
		for (int round = 0; round < 50; round++) {
			RowMap before = map;
			Map<String, String> modelBefore = new HashMap<>(model);
			RowMap.Builder builder = map.builder();
			for (int i = 0; i < 40; i++) {
				String key = "key" + random.nextInt(60);
				if (random.nextInt(3) == 0) {
					RowCell<?> removed = builder.remove(new RowKey(key));
					assertThat((removed != null) ? removed.value() : null).as("seed " + seed)
						.isEqualTo(model.remove(key));
				}
				else {
					String value = "value" + random.nextInt();
					RowCell<?> replaced = builder.put(new RowCell<>(key, value, i, ORIGIN));
					assertThat((replaced != null) ? replaced.value() : null).as("seed " + seed)
						.isEqualTo(model.put(key, value));
				}
				assertThat(builder.size()).as("seed " + seed).isEqualTo(model.size());
			}
			map = builder.build();
			assertThat(contents(map)).as("seed " + seed).isEqualTo(model);
			assertThat(contents(before)).as("seed " + seed + ": an earlier map").isEqualTo(modelBefore);
		}
	}

	@Test
	void anAbandonedBuilderLeavesTheMapAlone() {
		RowMap.Builder filled = RowMap.empty().builder();
		filled.put(new RowCell<>("a", "1", 0, ORIGIN));
		RowMap map = filled.build();
		RowMap.Builder abandoned = map.builder();
		abandoned.put(new RowCell<>("a", "2", 0, ORIGIN));
		abandoned.put(new RowCell<>("b", "2", 1, ORIGIN));
		assertThat(contents(map)).isEqualTo(Map.of("a", "1"));
	}

	@Test
	void doesNotHoldOnToReplacedRows() {
		RowMap.Builder builder = RowMap.empty().builder();
		RowCell<?> replaced = new RowCell<>("a", new byte[1], 0, ORIGIN);
		builder.put(replaced);
		builder.put(new RowCell<>("a", new byte[1], 0, ORIGIN));
		RowMap map = builder.build();
		WeakReference<RowCell<?>> reference = new WeakReference<>(replaced);
		replaced = null;
		builder = null;
		Awaitility.await().until(() -> {
			System.gc();
			return reference.get() == null;
		});
		assertThat(map.size()).isEqualTo(1);
	}

	@Test
	@Spec("M6.6")
	void iteratesInTheSameOrderEachTime() {
		RowMap.Builder builder = RowMap.empty().builder();
		for (int i = 0; i < 1000; i++) {
			builder.put(new RowCell<>("key" + i, i, i, ORIGIN));
		}
		RowMap map = builder.build();
		assertThat(keys(map)).isEqualTo(keys(map)).hasSize(1000).doesNotHaveDuplicates();
	}

	@Test
	void spreadsKeysOfOneStringHashCode() {
		List<String> colliding = colliding(14);
		assertThat(colliding).hasSize(16_384);
		assertThat(colliding.stream().map(String::hashCode).distinct()).hasSize(1);
		Map<Integer, Integer> buckets = new HashMap<>();
		for (String key : colliding) {
			buckets.merge(new RowKey(key).hashCode(), 1, Integer::sum);
		}
		assertThat(buckets.values()).allMatch((keys) -> keys <= 4);
		RowMap.Builder builder = RowMap.empty().builder();
		colliding.forEach((key) -> builder.put(new RowCell<>(key, key, 0, ORIGIN)));
		assertThat(builder.build().size()).isEqualTo(16_384);
	}

	@Test
	void spreadsKeysThatDifferInOneCharacterOverAllBitsOfTheHash() {
		int[] ones = new int[32];
		int keys = 4096;
		for (int i = 0; i < keys; i++) {
			int hash = new RowKey(String.format("user-%08d", i)).hashCode();
			for (int bit = 0; bit < 32; bit++) {
				ones[bit] += (hash >>> bit) & 1;
			}
		}
		for (int bit = 0; bit < 32; bit++) {
			assertThat(ones[bit]).as("bit " + bit).isBetween(keys * 2 / 5, keys * 3 / 5);
		}
	}

	@Test
	@Spec("M2.6")
	void tellsKeysApartByTheirCharactersOnly() {
		assertThat(new RowKey("a")).isEqualTo(new RowCell<>("a", 1, 0, ORIGIN)).isNotEqualTo(new RowKey("b"));
		assertThat(new RowKey("a").hashCode()).isEqualTo(new RowCell<>("a", 1, 0, ORIGIN).hashCode());
		assertThat(new RowKey("\u0000").hashCode()).isNotEqualTo(new RowKey("").hashCode());
		assertThat(new RowKey("ab\u0000").hashCode()).isNotEqualTo(new RowKey("ab").hashCode());
		assertThat(new RowKey("Zürich 🏔")).isEqualTo(new RowKey("Zürich 🏔"))
			.hasSameHashCodeAs(new RowKey("Zürich 🏔"));
	}

	/** All strings of so many pairs of which each is "Aa" or "BB". */
	private static List<String> colliding(int pairs) {
		List<String> keys = List.of("");
		for (int i = 0; i < pairs; i++) {
			List<String> longer = new ArrayList<>();
			for (String key : keys) {
				longer.add(key + "Aa");
				longer.add(key + "BB");
			}
			keys = longer;
		}
		return keys;
	}

	private static Map<String, Object> contents(RowMap map) {
		Map<String, Object> contents = new HashMap<>();
		map.forEach((row) -> contents.put(row.key(), row.value()));
		assertThat(contents).hasSize(map.size());
		contents.forEach((key, value) -> {
			RowCell<?> row = map.get(new RowKey(key));
			assertThat(row).isNotNull();
			assertThat(row.value()).isEqualTo(value);
		});
		return contents;
	}

	private static List<String> keys(RowMap map) {
		List<String> keys = new ArrayList<>();
		map.forEach((row) -> keys.add(row.key()));
		return keys;
	}

}
