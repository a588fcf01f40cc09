package io.streamdb.transaction;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import io.streamdb.Spec;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.transaction.TransactionFixture.Item;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static io.streamdb.transaction.TransactionFixture.insert;
import static io.streamdb.transaction.TransactionFixture.items;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for merging the mutations of one key: SPEC T1.
 */
@Timeout(60)
class KeyMutationTests {

	@ParameterizedTest
	@Spec({ "T1.4", "T1.5", "T1.6", "T1.7", "T1.8" })
	@CsvSource(nullValues = "nothing", value = { "false, insert update, INSERT", "false, insert save, INSERT",
			"false, insert delete, nothing", "false, insert delete insert, INSERT", "true, update delete, DELETE",
			"true, update update, UPDATE", "true, update save, UPDATE", "true, delete insert, UPDATE",
			"true, delete save, UPDATE", "true, delete insert update, UPDATE", "true, delete insert delete, DELETE",
			"true, save, UPDATE", "false, save, INSERT", "true, save update, UPDATE", "false, save update, INSERT",
			"true, save delete, DELETE", "false, save delete, nothing", "true, drop, DELETE", "false, drop, nothing",
			"true, drop drop, DELETE", "true, drop insert, UPDATE", "true, drop save, UPDATE",
			"true, drop insert update, UPDATE", "true, drop insert drop, DELETE", "true, update drop, DELETE",
			"true, save drop, DELETE", "true, delete drop, DELETE", "false, insert drop, nothing",
			"false, save drop, nothing", "false, drop insert, INSERT", "true, delete insert drop, DELETE" })
	void mergesToOneMutation(boolean there, String calls, Operation expected) {
		try (TransactionFixture fixture = new TransactionFixture()) {
			if (there) {
				fixture.bring(insert("a", "0"));
			}
			Transaction transaction = fixture.transactions.begin();
			String value = call(transaction, calls);
			assertThat(transaction.mutations()).extracting(Mutation::operation)
				.isEqualTo((expected != null) ? List.of(expected) : List.of());
			if (expected != null && expected != Operation.DELETE) {
				assertThat(transaction.mutations().get(0).value()).isEqualTo(new Item("a", value));
			}
			transaction.commit();
			if (expected == null) {
				assertThat(fixture.visible()).isEmpty();
				return;
			}
			List<ChangeEvent<?>> events = fixture.sendNext().events();
			assertThat(events).extracting((event) -> event.headers().operation()).containsExactly(expected);
			assertThat(fixture.synced()).isEqualTo((expected == Operation.DELETE) ? Map.of() : Map.of("a", value));
		}
	}

	/** What the transaction becomes when another writer deletes the key first. */
	@ParameterizedTest
	@CsvSource(nullValues = "conflict",
			value = { "drop, nothing", "drop drop, nothing", "drop save, INSERT", "drop insert, INSERT",
					"drop insert update, INSERT", "drop insert drop, nothing", "save drop, nothing",
					"save update drop, nothing", "delete, conflict", "delete drop, conflict",
					"delete insert drop, conflict", "update drop, conflict", "update delete, conflict" })
	void isAppliedAgainWhereItsKeyIsGone(String calls, String expected) {
		try (TransactionFixture fixture = new TransactionFixture()) {
			fixture.bring(insert("a", "0"));
			Transaction transaction = fixture.transactions.begin();
			String value = call(transaction, calls);
			TransactionHandle<Void> handle = transaction.commit();
			fixture.bring(TransactionFixture.delete("a"));
			if (expected == null) {
				assertThatExceptionOfType(ConflictException.class).isThrownBy(handle::await);
			}
			else if (expected.equals("nothing")) {
				assertThat(transaction.mutations()).isEmpty();
				assertThatExceptionOfType(RuntimeException.class).isThrownBy(fixture::encodeNext)
					.withMessage("There is nothing to send");
				handle.await();
				assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			}
			else {
				assertThat(fixture.sendNext().events()).extracting((event) -> event.headers().operation())
					.containsExactly(Operation.valueOf(expected));
				handle.await();
				assertThat(fixture.synced()).isEqualTo(Map.of("a", value));
			}
			assertThat(fixture.visible()).isEqualTo(fixture.synced());
		}
	}

	/** What the transaction becomes when another writer inserts the key first. */
	@Test
	void aDeleteOfWhatWasThereTakesWhatIsThereNow() {
		try (TransactionFixture fixture = new TransactionFixture()) {
			fixture.bring(insert("a", "0"));
			Transaction transaction = fixture.transactions.begin();
			assertThat(items(transaction).deleteIfPresent("a")).isTrue();
			assertThat(items(transaction).deleteIfPresent("a")).isFalse();
			transaction.commit();
			fixture.bring(TransactionFixture.delete("a"));
			fixture.bring(insert("a", "1"));
			assertThat(fixture.visible()).isEmpty();
			assertThat(fixture.sendNext().events()).extracting((event) -> event.headers().operation())
				.containsExactly(Operation.DELETE);
			assertThat(fixture.synced()).isEmpty();
		}
	}

	@Test
	void aDeleteOfWhatIsNotThereMakesNothingOfIt() {
		try (TransactionFixture fixture = new TransactionFixture()) {
			Transaction transaction = fixture.transactions.begin();
			assertThat(items(transaction).deleteIfPresent("a")).isFalse();
			assertThat(transaction.mutations()).isEmpty();
			assertThat(((DefaultTransaction) transaction).reads().reads()).hasSize(1);
			fixture.bring(insert("a", "1"));
			transaction.commit().await();
			assertThat(fixture.sender.size()).isZero();
			assertThat(fixture.visible()).isEqualTo(Map.of("a", "1"));
		}
	}

	/** One transaction ends in the same state as one transaction per call. */
	@Test
	void endsWhereTheCallsOneByOneWouldEnd() {
		for (int seed = 0; seed < 300; seed++) {
			Random random = new Random(seed);
			try (TransactionFixture together = new TransactionFixture();
					TransactionFixture alone = new TransactionFixture()) {
				together.bring(insert("a", "0"), insert("b", "0"));
				alone.bring(insert("a", "0"), insert("b", "0"));
				Transaction transaction = together.transactions.begin();
				for (int i = 0; i < 12; i++) {
					int number = i;
					String kind = List.of("insert", "update", "save", "delete", "drop").get(random.nextInt(5));
					String key = List.of("a", "b", "c").get(random.nextInt(3));
					assertThat(succeeds(() -> call(transaction, kind, key, number))).as("seed " + seed)
						.isEqualTo(succeeds(() -> alone.transactions.transact((own) -> {
							call(own, kind, key, number);
							return null;
						})));
				}
				transaction.commit();
				assertThat(together.visible()).as("seed " + seed).isEqualTo(alone.visible());
				while (together.sender.size() > 0) {
					together.sendNext();
				}
				while (alone.sender.size() > 0) {
					alone.sendNext();
				}
				assertThat(together.synced()).as("seed " + seed).isEqualTo(alone.synced());
			}
		}
	}

	@Test
	void keysOfOneStringHashCodeSpread() {
		CollectionDefinition<Item> items = CollectionDefinition.of(Item.class).build();
		Set<Integer> hashes = new HashSet<>();
		for (int i = 0; i < 4096; i++) {
			StringBuilder key = new StringBuilder();
			for (int bit = 0; bit < 12; bit++) {
				key.append(((i >> bit & 1) == 0) ? "Aa" : "BB");
			}
			assertThat(key.toString()).hasSameHashCodeAs("AaAaAaAaAaAaAaAaAaAaAaAa");
			hashes.add(new KeyRef<>(items, key.toString()).hashCode());
		}
		assertThat(hashes).hasSizeGreaterThan(4090);
	}

	private static boolean succeeds(Runnable call) {
		try {
			call.run();
			return true;
		}
		catch (DuplicateKeyException | UnknownKeyException ex) {
			return false;
		}
	}

	private static void call(Transaction transaction, String kind, String key, int number) {
		switch (kind) {
			case "insert" -> items(transaction).insert(new Item(key, "i" + number));
			case "save" -> items(transaction).save(new Item(key, "s" + number));
			case "update" -> items(transaction).update(key, (item) -> item.plus("u" + number));
			case "drop" -> items(transaction).deleteIfPresent(key);
			default -> items(transaction).delete(key);
		}
	}

	private static String call(Transaction transaction, String calls) {
		String value = "0";
		int number = 0;
		for (String call : calls.split(" ")) {
			number++;
			String step = Integer.toString(number);
			switch (call) {
				case "insert" -> {
					items(transaction).insert(new Item("a", step));
					value = step;
				}
				case "save" -> {
					items(transaction).save(new Item("a", step));
					value = step;
				}
				case "update" -> {
					items(transaction).update("a", (item) -> item.plus("+" + step));
					value = value + "+" + step;
				}
				case "drop" -> items(transaction).deleteIfPresent("a");
				default -> items(transaction).delete("a");
			}
		}
		return value;
	}

}
