package io.streamdb.store;

import java.util.List;
import java.util.Map;
import java.util.Random;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.store.Fixtures.Item;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.StringNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SyncedBatch} and {@link SyncedCommit}: SPEC M3, M6, M8, M11, M12.
 */
class SyncedBatchTests {

	private final StateStore store = new StateStore(Fixtures.SCHEMA);

	@Test
	@Spec({ "M3.3", "M3.4" })
	void aRepeatedInsertUpdatesAndAnUpdateOfAnUnknownKeyInserts() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "1"),
				Fixtures.item(Operation.INSERT, "a", "2"), Fixtures.item(Operation.UPDATE, "b", "3"));
		assertThat(Fixtures.texts(this.store.syncedSnapshot())).containsExactly(Map.entry("a", "2"),
				Map.entry("b", "3"));
	}

	@Test
	@Spec("M3.5")
	void aDeleteOfAnUnknownKeyIsNothing() {
		SyncedCommit commit = Fixtures.commit(this.store, "1", Fixtures.item(Operation.DELETE, "a", ""));
		assertThat(commit.changesSince(this.store.empty())).isEmpty();
		assertThat(this.store.syncedSnapshot().collection(Item.class).count()).isZero();
	}

	@Test
	@Spec("M3.6")
	void anUpsertIsInsertOrUpdateByWhetherTheKeyIsThere() {
		SyncedCommit first = Fixtures.commit(this.store, "1", Fixtures.item(Operation.UPSERT, "a", "1"));
		SyncedCommit second = Fixtures.commit(this.store, "2", Fixtures.item(Operation.UPSERT, "a", "2"));
		assertThat(operations(first)).containsExactly("INSERT a");
		assertThat(operations(second)).containsExactly("UPDATE a");
	}

	@Test
	void tellsTheNetChangePerKeyInTheOrderOfTheStream() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "old", "0"),
				Fixtures.item(Operation.INSERT, "gone", "0"));
		SyncedCommit commit = Fixtures.commit(this.store, "2", Fixtures.item(Operation.INSERT, "new", "1"),
				Fixtures.tag(Operation.INSERT, "t"), Fixtures.item(Operation.UPDATE, "new", "2"),
				Fixtures.item(Operation.INSERT, "brief", "1"), Fixtures.item(Operation.DELETE, "brief", ""),
				Fixtures.item(Operation.DELETE, "old", ""), Fixtures.item(Operation.INSERT, "old", "9"),
				Fixtures.item(Operation.UPDATE, "gone", "1"), Fixtures.item(Operation.DELETE, "gone", ""));
		assertThat(operations(commit)).containsExactly("INSERT new", "INSERT t", "UPDATE old", "DELETE gone");
		List<Change<?>> changes = commit.changesSince(this.store.empty());
		assertThat(changes.get(0).value()).isEqualTo(new Item("new", "2"));
		assertThat(changes.get(2).previous()).isEqualTo(new Item("old", "0"));
		assertThat(changes.get(2).value()).isEqualTo(new Item("old", "9"));
		assertThat(changes.get(3).previous()).isEqualTo(new Item("gone", "0"));
		assertThat(changes.get(3).value()).isNull();
	}

	@Test
	@Spec("M6.7")
	void updatesKeepTheSequenceAndAnInsertAfterADeleteGetsANewOne() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "1"),
				Fixtures.item(Operation.INSERT, "b", "1"), Fixtures.item(Operation.INSERT, "c", "1"));
		Fixtures.commit(this.store, "2", Fixtures.item(Operation.UPDATE, "a", "2"),
				Fixtures.item(Operation.DELETE, "b", ""), Fixtures.item(Operation.INSERT, "b", "2"));
		assertThat(Fixtures.texts(this.store.syncedSnapshot()).keySet()).containsExactly("a", "c", "b");
	}

	@RepeatedTest(3)
	@Spec({ "M3.1", "M6.7" })
	void aLoadEndsWithTheRowsAndTheOrderOfSmallBatches(RepetitionInfo repetition) {
		String seed = "seed " + repetition.getCurrentRepetition();
		Random random = new Random(repetition.getCurrentRepetition());
		StateStore loaded = new StateStore(Fixtures.SCHEMA);
		SyncedBatch load = loaded.batch(loaded.empty(), true);
		for (int i = 0; i < 30_000; i++) {
			int chance = random.nextInt(20_000);
			if (chance == 0) {
				load.reset();
				Fixtures.reset(this.store, "" + i);
			}
			else if (chance < 4) {
				load = loaded.batch(load.seal("" + i).state(), true);
			}
			Operation operation = (chance % 5 == 0) ? Operation.DELETE : Operation.UPSERT;
			ChangeEvent<?> event = Fixtures.item(operation, "key" + random.nextInt(9000), "text" + i);
			load.apply(event);
			Fixtures.commit(this.store, "" + i, event);
		}
		loaded.publish(loaded.edit(load.seal("end")));
		assertThat(List.copyOf(Fixtures.texts(loaded.syncedSnapshot()).entrySet())).as(seed)
			.isEqualTo(List.copyOf(Fixtures.texts(this.store.syncedSnapshot()).entrySet()));
	}

	@Test
	@Spec({ "M11.6", "M11.7" })
	void rowsThatWereWrittenTogetherShareTheirOrigin() {
		Fixtures.commit(this.store, "17", Fixtures.item(Operation.INSERT, "a", "1", "t1"),
				Fixtures.item(Operation.INSERT, "b", "1", "t1"), Fixtures.item(Operation.INSERT, "c", "1", "t2"));
		Row<Item> a = row("a");
		assertThat(a.origin()).isSameAs(row("b").origin()).isNotSameAs(row("c").origin());
		assertThat(a.origin().txid()).isEqualTo("t1");
		assertThat(a.origin().offset()).isEqualTo("17");
		assertThat(row("c").origin().offset()).isEqualTo("17");
	}

	@Test
	@Spec({ "E1.4", "M11.6", "M11.8" })
	void theOriginKeepsHeadersAndDoesNotTrustTheirOffset() {
		ChangeEvent<?> event = new ChangeEvent<>("item", "a", new Item("a", "1"), null,
				new EventHeaders(Operation.INSERT, "t", "2026-11-23T10:00:00Z",
						Map.of("offset", StringNode.valueOf("99"), "by", StringNode.valueOf("me"))));
		Fixtures.commit(this.store, "5", event);
		Origin origin = row("a").origin();
		assertThat(origin.offset()).isEqualTo("5");
		assertThat(origin.timestamp()).isEqualTo("2026-11-23T10:00:00Z");
		assertThat(origin.headers()).containsKeys("offset", "by");
	}

	@Test
	void aRowIsTheSameObjectUntilItsKeyIsWrittenAgain() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "1"));
		Row<Item> before = row("a");
		Fixtures.commit(this.store, "2", Fixtures.item(Operation.INSERT, "b", "1"));
		assertThat(row("a")).isSameAs(before);
		Fixtures.commit(this.store, "3", Fixtures.item(Operation.UPDATE, "a", "1"));
		assertThat(row("a")).isNotSameAs(before);
	}

	@Test
	void aDroppedBatchLeavesNothing() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "a", "1"));
		SyncedBatch dropped = this.store.batch(this.store.synced(), false);
		dropped.apply(Fixtures.item(Operation.UPDATE, "a", "2"));
		dropped.apply(Fixtures.item(Operation.INSERT, "b", "2"));
		Fixtures.commit(this.store, "2", Fixtures.item(Operation.INSERT, "c", "3"));
		assertThat(Fixtures.texts(this.store.syncedSnapshot())).containsExactly(Map.entry("a", "1"),
				Map.entry("c", "3"));
	}

	@Test
	void aResetReplacesEverythingAndTellsTheDifference() {
		Fixtures.commit(this.store, "1", Fixtures.item(Operation.INSERT, "same", "1"),
				Fixtures.item(Operation.INSERT, "other", "1"), Fixtures.item(Operation.INSERT, "gone", "1"),
				Fixtures.tag(Operation.INSERT, "gone-too"));
		SyncedState before = this.store.synced();
		SyncedBatch batch = this.store.batch(before, false);
		batch.apply(Fixtures.item(Operation.INSERT, "dropped", "1"));
		batch.reset();
		batch.apply(Fixtures.item(Operation.INSERT, "new", "1"));
		batch.apply(Fixtures.item(Operation.INSERT, "other", "2"));
		batch.apply(Fixtures.item(Operation.INSERT, "same", "1"));
		SyncedCommit commit = batch.seal("2");
		assertThat(commit.isReplacing()).isTrue();
		assertThat(commit.changesSince(before)).extracting((change) -> change.operation() + " " + change.key())
			.containsExactly("DELETE gone", "DELETE gone-too", "INSERT new", "UPDATE other");
		assertThat(commit.changesSince(before).get(0).origin().offset()).isEqualTo("2");
		this.store.publish(this.store.edit(commit));
		assertThat(Fixtures.texts(this.store.visible())).isEqualTo(Map.of("new", "1", "other", "2", "same", "1"));
	}

	private Row<Item> row(String key) {
		return this.store.syncedSnapshot().collection(Item.class).row(key);
	}

	private List<String> operations(SyncedCommit commit) {
		return commit.changesSince(this.store.empty())
			.stream()
			.<String>map((change) -> change.operation() + " " + change.key())
			.toList();
	}

}
