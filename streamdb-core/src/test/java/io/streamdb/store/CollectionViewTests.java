package io.streamdb.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

import io.streamdb.Spec;
import io.streamdb.event.Operation;
import io.streamdb.store.Fixtures.Item;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for snapshots and their overlay: SPEC M6, Q1.
 */
class CollectionViewTests {

	private final StateStore store = new StateStore(Fixtures.SCHEMA);

	@RepeatedTest(30)
	@Spec({ "M6.1", "M6.2" })
	void showsTheOverlayOnTopOfTheSyncedState(RepetitionInfo repetition) {
		long seed = repetition.getCurrentRepetition();
		Random random = new Random(seed);
		Map<String, String> synced = new LinkedHashMap<>();
		Map<String, String> pending = new LinkedHashMap<>();
		List<StateSnapshot> snapshots = new ArrayList<>();
		List<Map<String, String>> expected = new ArrayList<>();
		for (int step = 0; step < 60; step++) {
			String key = "k" + random.nextInt(12);
			String text = Integer.toString(step);
			if (random.nextInt(3) == 0) {
				boolean delete = random.nextInt(4) == 0;
				Operation operation = delete ? Operation.DELETE : Operation.UPSERT;
				SyncedBatch batch = this.store.batch(this.store.synced(), false);
				batch.apply(Fixtures.item(operation, key, text));
				if (delete) {
					synced.remove(key);
				}
				else {
					synced.put(key, text);
				}
				OverlayEdit edit = this.store.edit(batch.seal("" + step));
				apply(edit, key, pending);
				this.store.publish(edit);
			}
			else {
				switch (random.nextInt(4)) {
					case 0 -> pending.put(key, "");
					case 1 -> pending.remove(key);
					default -> pending.put(key, text);
				}
				OverlayEdit edit = this.store.edit();
				apply(edit, key, pending);
				this.store.publish(edit);
			}
			Map<String, String> visible = new LinkedHashMap<>(synced);
			pending.forEach((pendingKey, value) -> {
				if (value.isEmpty()) {
					visible.remove(pendingKey);
				}
				else {
					visible.put(pendingKey, value);
				}
			});
			snapshots.add(this.store.visible());
			expected.add(visible);
			CollectionSnapshot<Item> view = this.store.visible().collection(Item.class);
			assertThat(view.count()).as("seed " + seed + " step " + step).isEqualTo(visible.size());
			visible.forEach((visibleKey, value) -> assertThat(view.find(visibleKey)).as("seed " + seed)
				.contains(new Item(visibleKey, value)));
			assertThat(Fixtures.texts(this.store.syncedSnapshot())).as("seed " + seed).isEqualTo(synced);
		}
		for (int i = 0; i < snapshots.size(); i++) {
			assertThat(Fixtures.texts(snapshots.get(i))).as("seed " + seed + " snapshot " + i)
				.isEqualTo(expected.get(i));
		}
	}

	private static void apply(OverlayEdit edit, String key, Map<String, String> pending) {
		String value = pending.get(key);
		if (value == null) {
			edit.clear(Fixtures.ITEMS, key);
		}
		else if (value.isEmpty()) {
			edit.hide(Fixtures.ITEMS, key, "tx");
		}
		else {
			edit.show(Fixtures.ITEMS, key, new Item(key, value), false, "tx");
		}
	}

	@Test
	@Spec("M6.7")
	void pendingInsertsComeLastInTheOrderOfTheirInserts() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "1"),
				Fixtures.item(Operation.INSERT, "b", "1"));
		OverlayEdit edit = this.store.edit();
		edit.show(Fixtures.ITEMS, "z", new Item("z", "p"), false, "t1");
		edit.show(Fixtures.ITEMS, "y", new Item("y", "p"), false, "t2");
		edit.show(Fixtures.ITEMS, "a", new Item("a", "p"), false, "t2");
		this.store.publish(edit);
		assertThat(Fixtures.texts(this.store.visible()).keySet()).containsExactly("a", "b", "z", "y");
		assertThat(this.store.visible().collection(Item.class).row("z").origin().txid()).isEqualTo("t1");
		assertThat(this.store.visible().collection(Item.class).row("z").origin().offset()).isNull();
	}

	@Test
	@Spec("M6.6")
	void iteratesASnapshotInTheSameOrderEachTime() {
		for (int i = 0; i < 200; i++) {
			Fixtures.commit(this.store, "" + i, Fixtures.item(Operation.INSERT, "k" + i, ""));
		}
		OverlayEdit edit = this.store.edit();
		edit.show(Fixtures.ITEMS, "k7", new Item("k7", "p"), false, "t");
		edit.hide(Fixtures.ITEMS, "k9", "t");
		this.store.publish(edit);
		CollectionSnapshot<Item> snapshot = this.store.visible().collection(Item.class);
		List<Item> once = snapshot.stream().toList();
		assertThat(snapshot.stream()).containsExactlyElementsOf(once).hasSize(199).doesNotHaveDuplicates();
	}

	@RepeatedTest(30)
	void pagesLikeASortedList(RepetitionInfo repetition) {
		long seed = repetition.getCurrentRepetition();
		Random random = new Random(seed);
		List<Item> inserted = new ArrayList<>();
		int size = random.nextInt(120);
		for (int i = 0; i < size; i++) {
			Item item = new Item("k" + i, Integer.toString(random.nextInt(7)));
			inserted.add(item);
			Fixtures.commit(this.store, "" + i, Fixtures.item(Operation.INSERT, item.id(), item.text()));
		}
		CollectionSnapshot<Item> snapshot = this.store.visible().collection(Item.class);
		for (int i = 0; i < 50; i++) {
			Predicate<Item> filter = random.nextBoolean() ? null : (item) -> !item.text().equals("3");
			Comparator<Item> order = random.nextBoolean() ? null : random.nextBoolean()
					? Comparator.comparing(Item::text) : Comparator.comparing(Item::text).reversed();
			long offset = random.nextInt(size + 5);
			int limit = random.nextInt(12) - 1;
			List<Item> all = new ArrayList<>(inserted);
			if (filter != null) {
				all.removeIf(filter.negate());
			}
			if (order != null) {
				all.sort(order);
			}
			List<Item> page = all.stream().skip(offset).limit((limit < 0) ? Long.MAX_VALUE : limit).toList();
			assertThat(snapshot.find(filter, order, offset, limit))
				.as("seed " + seed + " offset " + offset + " limit " + limit)
				.isEqualTo(page);
		}
	}

	@Test
	void refusesPagesThatMakeNoSense() {
		CollectionSnapshot<Item> snapshot = this.store.visible().collection(Item.class);
		assertThatIllegalArgumentException().isThrownBy(() -> snapshot.find(null, null, -1, 5))
			.withMessageContaining("-1");
		assertThatIllegalArgumentException().isThrownBy(() -> snapshot.find(null, null, 0, -2))
			.withMessageContaining("-2");
		assertThat(snapshot.find(null, null, Long.MAX_VALUE, Integer.MAX_VALUE)).isEmpty();
	}

	@Test
	void countsMatchingEntities() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "x"),
				Fixtures.item(Operation.INSERT, "b", "y"), Fixtures.item(Operation.INSERT, "c", "x"));
		assertThat(this.store.visible().collection(Item.class).count((item) -> item.text().equals("x"))).isEqualTo(2);
	}

	@Test
	void namesTheCollectionsWhenThereIsNoneOfAClassOrName() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.visible().collection(String.class))
			.withMessageContaining("java.lang.String")
			.withMessageContaining("[item, tag]");
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.visible().collection("nope"))
			.withMessageContaining("'nope'")
			.withMessageContaining("[item, tag]");
	}

	@Test
	void everyPublishedStateHasAGreaterVersion() {
		long first = this.store.visible().version();
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "x"));
		long second = this.store.visible().version();
		this.store.publish(this.store.edit());
		assertThat(second).isGreaterThan(first);
		assertThat(this.store.visible().version()).isGreaterThan(second);
		assertThat(this.store.visible().offset()).isEqualTo("1");
	}

}
