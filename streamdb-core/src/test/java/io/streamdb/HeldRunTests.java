package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for transactions that the server splits over responses: SPEC M5, M7, M11.
 */
@Timeout(60)
class HeldRunTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final ScriptedStream stream = ScriptedStream.empty().split(1);

	private final BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();

	@Test
	@Spec({ "M5.1", "M5.2", "M5.3", "M5.4", "M5.8", "M7.2", "M11.1" })
	void aTransactionThatIsSplitOverResponsesIsVisibleAtOnceWhenTheStreamIsUpToDate() throws Exception {
		try (StreamDb db = open("before")) {
			String before = db.offset();
			CompletableFuture<Void> txid = db.awaitTxId("t1", LONG);
			String middle = read(db, 2, Notes.event("insert", "1", "one", "t1"), counter("c", 1, "t1"),
					Notes.event("update", "before", "after", "t1"));
			CompletableFuture<Void> offset = db.awaitOffset(middle, LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("before", "0"));
			assertThat(db.collection(Counter.class).count()).isZero();
			assertThat(db.offset()).as("nothing after it is complete").isEqualTo(before);
			assertThat(db.metrics().heldBytes()).isPositive();
			assertThat(txid).isNotDone();
			assertThat(offset).isNotDone();
			assertThat(db.awaitTxId("t1", Duration.ofMillis(20))).failsWithin(LONG);
			this.stream.releaseReads();
			txid.get(10, TimeUnit.SECONDS);
			offset.get(10, TimeUnit.SECONDS);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("before", "after", "1", "one"));
			assertThat(db.collection(Counter.class).find("c")).contains(new Counter("c", 1));
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
			assertThat(db.metrics().heldBytes()).isZero();
			assertThat(db.metrics().releasedRuns()).isZero();
			assertThat(db.snapshot().collection(Note.class).row("1").origin())
				.isSameAs(db.snapshot().collection(Counter.class).row("c").origin());
			assertThat(next().changes()).extracting((change) -> change.operation() + " " + change.key())
				.containsExactly("INSERT 1", "INSERT c", "UPDATE before");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"headers\":{\"control\":\"snapshot-start\"}}", "{\"headers\":{\"control\":\"fence\"}}",
			"null", "{}", "7", "{\"type\":\"other\",\"headers\":{\"operation\":\"x\"}}",
			"{\"type\":\"other\",\"headers\":{\"txid\":\"t2\"}}", "{\"type\":\"note\",\"key\":\"x\"}",
			"{\"type\":\"note\",\"key\":\"x\",\"headers\":{\"txid\":\"t2\"}}",
			"{\"type\":\"note\",\"key\":\"9\",\"headers\":{\"operation\":\"delete\"}}",
			"{\"type\":\"note\",\"key\":\"9\",\"headers\":{\"operation\":\"delete\",\"txid\":\"t2\"}}" })
	@Spec({ "M5.5", "M5.6", "M5.7" })
	void aRunEndsAtAnythingThatIsNotOfItsTxid(String end) throws Exception {
		try (StreamDb db = open("before")) {
			CompletableFuture<Void> txid = db.awaitTxId("t1", LONG);
			read(db, 2, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"), end,
					Notes.insert("3", "three"));
			assertThat(Notes.texts(db)).hasSize(1);
			this.stream.limitReads(4);
			txid.get(10, TimeUnit.SECONDS);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("before", "0", "1", "one", "2", "two"));
			this.stream.releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).hasSize(4);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"other\",\"headers\":{\"txid\":\"t1\"}}",
			"{\"type\":\"note\",\"key\":\"x\",\"headers\":{\"txid\":\"t1\"}}",
			"{\"type\":\"note\",\"key\":\"x\",\"value\":5,\"headers\":{\"operation\":\"insert\",\"txid\":\"t1\"}}" })
	@Spec("M5.4")
	void itemsOfTheSameTxidThatChangeNothingDoNotEndARun(String item) {
		try (StreamDb db = open("before")) {
			read(db, 4, Notes.event("insert", "1", "one", "t1"), item, Notes.event("insert", "2", "two", "t1"), item,
					Notes.event("insert", "3", "three", "t1"));
			assertThat(Notes.texts(db)).hasSize(1);
			this.stream.releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).hasSize(4);
		}
	}

	@Test
	@Spec("M5.8")
	void anEmptyAnswerThatIsUpToDateEndsARun() {
		this.stream.longPollMillis(50);
		try (StreamDb db = open("before")) {
			CompletableFuture<Void> txid = db.awaitTxId("t1", LONG);
			this.stream.limitReads(3);
			this.stream.append(Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"),
					Notes.event("insert", "3", "three", "t1"));
			assertThat(txid).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).containsOnlyKeys("before", "1", "2");
		}
	}

	@Test
	@Spec({ "M5.1", "M11.1" })
	void theRestOfABatchIsVisibleWhileItsEndIsHeld() {
		try (StreamDb db = open("before")) {
			this.stream.split((left) -> (left > 2) ? 2 : 1);
			String before = db.offset();
			CompletableFuture<Void> first = db.awaitTxId("t1", LONG);
			read(db, 1, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t2"),
					Notes.event("insert", "3", "three", "t2"), Notes.event("insert", "4", "four", "t2"));
			assertThat(first).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).containsOnlyKeys("before", "1");
			assertThat(db.offset()).isEqualTo(before);
			this.stream.releaseReads();
			assertThat(db.awaitTxId("t2", LONG)).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).hasSize(5);
		}
	}

	@Test
	@Spec("M5.4")
	void aBatchThatBreaksOffLeavesWhatWasHeldBeforeIt() {
		try (StreamDb db = open("before")) {
			this.stream.split((left) -> (left > 3) ? 1 : 3);
			read(db, 1, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"),
					Notes.event("insert", "3", "three", "t2"), Notes.event("insert", "4", "four", "t2"));
			this.stream.cutRead(120).cutRead(240).cutRead(5);
			this.stream.releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db))
				.isEqualTo(Map.of("before", "0", "1", "one", "2", "two", "3", "three", "4", "four"));
			assertThat(db.metrics().events()).as("counted once").isEqualTo(5);
			assertThat(next().changes()).extracting(Change::key).containsExactly("1", "2", "3", "4");
		}
	}

	@Test
	@Spec("M5.4")
	void aReaderThatReconnectsGoesOnWhereItHasReadTo() {
		try (StreamDb db = open("before")) {
			read(db, 2, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"),
					Notes.event("insert", "3", "three", "t1"), Notes.event("insert", "4", "four", "t1"));
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			assertThat(Notes.texts(db)).hasSize(1);
			this.stream.releaseReads();
			this.stream.comeBack();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).hasSize(5);
			assertThat(db.metrics().events()).isEqualTo(5);
		}
	}

	@Test
	@Spec({ "M5.7", "M8.1" })
	void aResetEndsTheRunAndReplacesIt() {
		try (StreamDb db = open("before")) {
			CompletableFuture<Void> txid = db.awaitTxId("t1", LONG);
			read(db, 2, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"), Notes.reset(),
					Notes.event("insert", "3", "three", "t3"), Notes.event("insert", "4", "four", "t3"));
			this.stream.limitReads(5);
			await().until(() -> db.metrics().resets() == 1);
			assertThat(Notes.texts(db)).as("the old state").containsOnlyKeys("before");
			assertThat(db.metrics().heldBytes()).isZero();
			this.stream.releaseReads();
			assertThat(txid).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "three", "4", "four"));
		}
	}

	@Test
	@Spec("M5.8")
	void theEndOfAClosedStreamEndsARun() {
		try (StreamDb db = open("before")) {
			read(db, 1, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"));
			this.stream.close();
			this.stream.releaseReads();
			await().until(() -> db.status().state() == StreamDbState.COMPLETE);
			assertThat(Notes.texts(db)).hasSize(3);
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
		}
	}

	@Test
	@Spec({ "M5.4", "M9.13" })
	void thePolicyFailStopsAtAnInvalidEventOfAHeldRunAndWhatIsHeldIsNotLost() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).invalidEventPolicy(InvalidEventPolicy.FAIL).build())) {
			read(db, 2, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"),
					Notes.event("insert", "3", " ", "t1"), Notes.event("insert", "4", "four", "t1"));
			this.stream.releaseReads();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.snapshot().collection(Note.class).count()).isZero();
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two", "4", "four"));
			assertThat(db.awaitTxId("t1")).isCompleted();
			assertThat(db.metrics().events()).isEqualTo(3);
		}
	}

	@Test
	@Spec("M9.8")
	void anInvalidEventOfAHeldRunIsCountedOnce() {
		try (StreamDb db = open("before")) {
			String offset = read(db, 1, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", " ", "t1"),
					Notes.event("insert", "3", "three", "t1"), Notes.event("insert", "4", "four", "t1"));
			this.stream.limitReads(3).cutRead(40);
			await().until(() -> db.metrics().invalidEvents() == 1);
			this.stream.cutRead(40).releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).containsOnlyKeys("before", "1", "3", "4");
			assertThat(db.quarantinedEvents()).singleElement()
				.satisfies((event) -> assertThat(event.offset()).isGreaterThan(offset)
					.isLessThan(this.stream.tailOffset()));
		}
	}

	@Test
	@Spec({ "M5.4", "T4.9" })
	void anOwnTransactionCompletesWhenAllOfItIsVisibleAndDoesNotFlicker() throws Exception {
		try (StreamDb db = open("before")) {
			Set<Integer> sizes = ConcurrentHashMap.newKeySet();
			AtomicReference<StateSnapshot> last = new AtomicReference<>();
			this.stream.limitReads(2);
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Counter.class).insert(new Counter("c", 1));
				transaction.collection(Note.class).insert(new Note("1", "one"));
				return transaction.collection(Note.class).insert(new Note("2", "two"));
			});
			await().until(() -> db.metrics().events() == 2);
			assertThat(Notes.texts(db)).hasSize(3);
			assertThat(Notes.texts(db.syncedSnapshot())).hasSize(1);
			assertThat(handle.outcome()).isEmpty();
			Thread watching = new Thread(() -> {
				while (!Thread.currentThread().isInterrupted()) {
					StateSnapshot now = db.snapshot();
					if (now != last.getAndSet(now)) {
						sizes.add(now.collection(Note.class).count());
					}
				}
			});
			watching.start();
			this.stream.limitReads(3);
			await().until(() -> db.metrics().events() == 3);
			assertThat(handle.outcome()).as("a part of it").isEmpty();
			this.stream.releaseReads();
			assertThat(handle.await()).isEqualTo(new Note("2", "two"));
			watching.interrupt();
			watching.join();
			assertThat(sizes).containsExactly(3);
			assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(Notes.texts(db.syncedSnapshot())).hasSize(3);
		}
	}

	@Test
	void anOwnTransactionOfWhichAPartIsInvalidIsDurable() {
		try (StreamDb db = Notes.open((request) -> this.stream.send(Notes.replacing(request, "one", " ")))) {
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).insert(new Note("1", "one"));
				return transaction.collection(Note.class).insert(new Note("2", "two"));
			});
			assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
				.withMessageContaining("note '1'");
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two"));
		}
	}

	@Test
	@Spec("M3.2")
	void valuesAreMergedWithWhatIsHeld() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).updateMode(UpdateMode.MERGE).build())) {
			read(db, 3, Notes.event("insert", "1", "one", "t1"), patch("1", "\"more\":1"),
					"{\"type\":\"note\",\"key\":\"2\",\"headers\":{\"operation\":\"delete\",\"txid\":\"t1\"}}",
					Notes.event("insert", "2", "two", "t1"), patch("1", "\"other\":2"),
					patch("2", "\"text\":\"zwei\""));
			this.stream.cutRead(30).releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "zwei"));
			assertThat(db.metrics().invalidEvents()).isZero();
		}
	}

	@Test
	@Spec({ "M3.2", "M5.9" })
	void valuesAreMergedWithWhatIsAppliedOfARunThatIsLetGo() {
		StreamDbBuilder builder = Notes.on(this.stream.split(100)).updateMode(UpdateMode.MERGE);
		builder.heldRunLimit = 10;
		try (StreamDb db = Notes.loaded(builder.build())) {
			Notes.awaitOffset(db, this.stream.append(Notes.event("insert", "1", "one", "t1"),
					patch("1", "\"text\":\"uno\""), patch("1", "\"more\":1")));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "uno"));
		}
	}

	@Test
	@Spec({ "M5.9", "M5.10" })
	void onlyARunThatIsTooLongIsLetGoInParts() throws Exception {
		StreamDbBuilder builder = Notes.on(this.stream);
		builder.heldRunLimit = 1000;
		this.stream.append(Notes.insert("before", "0"));
		try (StreamDb db = Notes.loaded(builder.build())) {
			CompletableFuture<Void> txid = db.awaitTxId("t1", LONG);
			String text = "x".repeat(300);
			read(db, 2, Notes.event("insert", "1", text, "t1"), Notes.event("insert", "2", text, "t1"),
					Notes.event("insert", "3", text, "t1"), Notes.event("insert", "4", text, "t1"),
					Notes.event("insert", "5", text, "t1"), Notes.event("insert", "6", text, "t1"));
			assertThat(Notes.texts(db)).containsOnlyKeys("before");
			assertThat(db.metrics().heldBytes()).isBetween(600L, 1000L);
			this.stream.cutRead(100).limitReads(4);
			await().until(() -> db.metrics().releasedRuns() == 1);
			await().until(() -> Notes.texts(db).size() == 4);
			assertThat(db.metrics().heldBytes()).isZero();
			assertThat(txid).as("not all of it is visible").isNotDone();
			this.stream.cutRead(100).limitReads(5);
			await().until(() -> Notes.texts(db).size() == 5);
			this.stream.releaseReads();
			txid.get(10, TimeUnit.SECONDS);
			assertThat(Notes.texts(db)).hasSize(7);
			assertThat(db.metrics().releasedRuns()).isEqualTo(1);
			assertThat(db.metrics().events()).isEqualTo(7);
		}
	}

	@Test
	@Spec("M5.9")
	void aLongRunThatEndsWithItsBatchIsNotLetGoInParts() {
		StreamDbBuilder builder = Notes.on(this.stream.split(100));
		builder.heldRunLimit = 1000;
		try (StreamDb db = Notes.loaded(builder.build())) {
			List<String> items = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				items.add(Notes.event("insert", "k" + i, "x".repeat(1000), "t1"));
			}
			Notes.awaitOffset(db, this.stream.append(items.toArray(String[]::new)));
			assertThat(Notes.texts(db)).hasSize(50);
			assertThat(db.metrics().releasedRuns()).isZero();
		}
	}

	@Test
	@Spec("M5.9")
	void theLimitIsSixtyFourMebibytes() {
		assertThat(HeldRun.LIMIT).isEqualTo(64 * 1024 * 1024);
		assertThat(Notes.on(this.stream).heldRunLimit).isEqualTo(HeldRun.LIMIT);
	}

	@Test
	void whatIsHeldOfAStreamThatIsDeletedIsGoneWithIt() {
		try (StreamDb db = open("before")) {
			read(db, 1, Notes.event("insert", "1", "one", "t1"), Notes.event("insert", "2", "two", "t1"));
			this.stream.delete();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			this.stream.recreate();
			this.stream.releaseReads();
			this.stream.append(Notes.event("insert", "3", "three", "t1"));
			assertThat(db.preload()).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "three"));
			assertThat(db.metrics().heldBytes()).isZero();
		}
	}

	/**
	 * However the server splits and cuts, what is visible is always a prefix of the
	 * stream that ends where a transaction ends.
	 */
	@RepeatedTest(10)
	@Spec({ "M5.1", "M5.2", "M5.3", "M5.4" })
	void whatIsVisibleIsAlwaysWholeTransactions(RepetitionInfo repetition) {
		long seed = 4711L * repetition.getCurrentRepetition();
		Random random = new Random(seed);
		Set<Map<String, String>> wholes = new HashSet<>();
		Map<String, String> model = new TreeMap<>();
		wholes.add(Map.copyOf(model));
		Set<Map<String, String>> seen = ConcurrentHashMap.newKeySet();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		this.stream.split((left) -> 1 + random.nextInt(4)).longPollMillis(1000);
		try (StreamDb db = Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void afterBatch(String offset, boolean upToDate) {
				seen.add(Map.copyOf(state(self.get().snapshot())));
			}

		}).build()) {
			self.set(db);
			Notes.loaded(db);
			for (int i = 0; i < 40; i++) {
				List<String> items = new ArrayList<>();
				String txid = (random.nextInt(5) == 0) ? null : "t" + seed + "-" + i;
				for (int j = random.nextInt(8); j >= 0; j--) {
					String key = "k" + random.nextInt(6);
					if (random.nextInt(5) == 0) {
						items.add(counter(key, i * 100L + j, txid));
						model.put("counter " + key, Long.toString(i * 100L + j));
					}
					else {
						items.add(Notes.event("upsert", key, i + "-" + j, txid));
						model.put("note " + key, i + "-" + j);
					}
					if (txid == null) {
						wholes.add(Map.copyOf(model));
					}
				}
				wholes.add(Map.copyOf(model));
				for (int cuts = random.nextInt(3); cuts > 0; cuts--) {
					this.stream.cutRead(1 + random.nextInt(300));
				}
				this.stream.append(items.toArray(String[]::new));
			}
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(state(db.snapshot())).as("seed " + seed).isEqualTo(model);
			assertThat(wholes).as("seed " + seed).containsAll(seen);
		}
	}

	private static Map<String, String> state(StateSnapshot snapshot) {
		Map<String, String> state = new TreeMap<>();
		Notes.texts(snapshot).forEach((key, text) -> state.put("note " + key, text));
		snapshot.collection(Counter.class)
			.rows()
			.forEach((row) -> state.put("counter " + row.key(), Long.toString(row.value().value())));
		return state;
	}

	private static String counter(String id, long value, String txid) {
		return Notes.counter(id, value)
			.replace("\"upsert\"", "\"upsert\"" + ((txid != null) ? ",\"txid\":\"" + txid + "\"" : ""));
	}

	private static String patch(String id, String property) {
		return "{\"type\":\"note\",\"key\":\"" + id + "\",\"value\":{" + property
				+ "},\"headers\":{\"operation\":\"update\",\"txid\":\"t1\"}}";
	}

	/** Opens the database with one note, and collects its changes. */
	private StreamDb open(String id) {
		this.stream.append(Notes.insert(id, "0"));
		StreamDb db = Notes.open(this.stream);
		db.subscribe(SubscriptionOptions.defaults(), this.received::add);
		return db;
	}

	/**
	 * Appends items and waits until the first batches of them are read.
	 * @return the offset after these batches
	 */
	private String read(StreamDb db, int batches, String... items) {
		int before = this.stream.appendCount();
		long read = db.metrics().batches();
		this.stream.limitReads(before + batches);
		this.stream.append(items);
		await().until(() -> db.metrics().batches() == read + batches);
		return this.stream.offset(before + batches);
	}

	private ChangeSet next() {
		try {
			ChangeSet changeSet = this.received.poll(10, TimeUnit.SECONDS);
			assertThat(changeSet).isNotNull();
			return changeSet;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
