package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.store.CollectionSnapshot;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.ConflictException;
import io.streamdb.transaction.DuplicateKeyException;
import io.streamdb.transaction.TransactionException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.UnknownKeyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for many threads, and several databases on one stream: SPEC M6, M7, T7 to T9.
 */
@Timeout(120)
class StreamDbConcurrencyTests {

	/** Money moves between counters; no snapshot ever shows a part of a transfer. */
	@Test
	@Spec({ "M6.3", "T1.2" })
	void everySnapshotIsConsistentWhileWritersCommit() throws Exception {
		ScriptedStream stream = ScriptedStream.empty();
		int accounts = 20;
		List<String> opening = new ArrayList<>();
		for (int i = 0; i < accounts; i++) {
			opening.add(Notes.counter("a" + i, 100));
		}
		stream.append(opening.toArray(String[]::new));
		ExecutorService threads = Executors.newCachedThreadPool();
		AtomicBoolean stop = new AtomicBoolean();
		CountDownLatch reading = new CountDownLatch(2);
		try (StreamDb db = Notes.open(stream)) {
			List<Future<Long>> readers = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				readers.add(threads.submit(() -> {
					long checked = 0;
					while (!stop.get()) {
						StateSnapshot visible = db.snapshot();
						assertThat(sum(visible.collection(Counter.class))).isEqualTo(accounts * 100L);
						assertThat(sum(db.syncedSnapshot().collection(Counter.class))).isEqualTo(accounts * 100L);
						assertThat(visible.collection(Counter.class).count()).isEqualTo(accounts);
						assertThat(sum(visible.collection(Counter.class))).as("the same snapshot again")
							.isEqualTo(accounts * 100L);
						checked++;
						reading.countDown();
					}
					return checked;
				}));
			}
			assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();
			List<Future<?>> writers = new ArrayList<>();
			for (int writer = 0; writer < 4; writer++) {
				Random random = new Random(writer);
				writers.add(threads.submit(() -> {
					for (int i = 0; i < 75; i++) {
						String from = "a" + random.nextInt(accounts);
						String to = "a" + random.nextInt(accounts);
						long amount = random.nextInt(10);
						TransactionHandle<Object> handle = db.transact((transaction) -> {
							transaction.collection(Counter.class).update(from, (counter) -> counter.plus(-amount));
							transaction.collection(Counter.class).update(to, (counter) -> counter.plus(amount));
							return null;
						});
						if (i % 10 == 0) {
							handle.await();
						}
					}
				}));
			}
			for (Future<?> writer : writers) {
				writer.get(60, TimeUnit.SECONDS);
			}
			org.awaitility.Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.until(() -> db.metrics().pendingTransactions() == 0);
			stop.set(true);
			for (Future<Long> reader : readers) {
				assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
			}
			assertThat(db.metrics().completedTransactions()).isEqualTo(300);
			assertThat(Notes.texts(db)).isEqualTo(Notes.texts(db.syncedSnapshot()));
		}
		finally {
			stop.set(true);
			threads.shutdownNow();
		}
	}

	/** What an own transaction shows never goes away and comes back. */
	@Test
	@Spec("T4.11")
	void aCommittedRowNeverFlickers() throws Exception {
		ScriptedStream stream = ScriptedStream.empty();
		try (StreamDb db = Notes.open(stream)) {
			for (int i = 0; i < 60; i++) {
				String id = "n" + i;
				TransactionHandle<Note> handle = Notes.insert(db, id, "x");
				CompletableFuture<Void> done = handle.persisted().thenAccept((note) -> {
				});
				while (!done.isDone()) {
					assertThat(db.snapshot().collection(Note.class).row(id)).isNotNull();
				}
				assertThat(db.snapshot().collection(Note.class).row(id)).isNotNull();
				assertThat(db.syncedSnapshot().collection(Note.class).row(id)).isNotNull();
			}
		}
	}

	/**
	 * Three databases and a foreign writer on one stream whose server loses answers,
	 * answers 503 and cuts bodies.
	 */
	@ParameterizedTest
	@Spec("T9.1")
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6 })
	void databasesOnOneStreamEndEqualAndEveryTransactionIsThereOnceOrNever(long seed) throws Exception {
		ScriptedStream stream = ScriptedStream.empty();
		Random random = new Random(seed);
		Map<String, TransactionHandle<?>> handles = new HashMap<>();
		ExecutorService threads = Executors.newCachedThreadPool();
		List<StreamDb> dbs = List.of(Notes.open(stream), Notes.open(stream), Notes.open(stream));
		try {
			ConcurrentLinkedQueue<TransactionHandle<?>> made = new ConcurrentLinkedQueue<>();
			List<Future<?>> writers = new ArrayList<>();
			for (StreamDb db : dbs) {
				Random choice = new Random(random.nextLong());
				writers.add(threads.submit(() -> {
					for (int i = 0; i < 120; i++) {
						TransactionHandle<?> handle = transact(db, choice);
						if (handle != null) {
							made.add(handle);
						}
					}
				}));
			}
			writers.add(threads.submit(() -> {
				Random choice = new Random(seed + 1000);
				for (int i = 0; i < 120; i++) {
					switch (choice.nextInt(5)) {
						case 0 -> stream.loseAnswer();
						case 1 -> stream.answer("POST", 503);
						case 2 -> stream.cutRead(20 + choice.nextInt(200));
						case 3 -> stream.append(Notes.delete("k" + choice.nextInt(12)));
						default ->
							stream.append(Notes.insert("k" + choice.nextInt(12), "foreign" + i), Notes.counter("c", i));
					}
				}
			}));
			for (Future<?> writer : writers) {
				writer.get(60, TimeUnit.SECONDS);
			}
			for (StreamDb db : dbs) {
				org.awaitility.Awaitility.await()
					.atMost(Duration.ofSeconds(60))
					.until(() -> db.metrics().pendingTransactions() == 0);
			}
			// Only now does nobody append any more.
			dbs.forEach((db) -> Notes.awaitOffset(db, stream.tailOffset()));
			made.forEach((handle) -> handles.put(handle.txid(), handle));
			Map<String, String> expected = replay(stream);
			for (StreamDb db : dbs) {
				assertThat(Notes.texts(db)).as("seed " + seed).isEqualTo(expected);
				assertThat(Notes.texts(db.syncedSnapshot())).as("seed " + seed).isEqualTo(expected);
			}
			checkOutcomes(stream, handles, seed);
		}
		finally {
			threads.shutdownNow();
			dbs.forEach(StreamDb::close);
		}
	}

	@Test
	void callbacksThatWaitForOtherTransactionsGetThem() {
		int count = 200;
		try (StreamDb db = Notes.open(ScriptedStream.empty())) {
			List<CompletableFuture<Note>> chains = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				String id = "n" + i;
				chains.add(Notes.insert(db, id, "first")
					.persisted()
					.thenApply((first) -> Notes.insert(db, id + "+", "second").persisted().join()));
			}
			assertThat(CompletableFuture.allOf(chains.toArray(CompletableFuture[]::new)))
				.succeedsWithin(Duration.ofSeconds(60));
			assertThat(Notes.texts(db)).hasSize(2 * count);
		}
	}

	@Test
	void callbacksThatWaitHoldUpNeitherTimeoutsNorTheEnd() {
		CountDownLatch never = new CountDownLatch(1);
		ScriptedStream stream = ScriptedStream.empty();
		StreamDb db = Notes.loaded(Notes.on(stream).shutdownTimeout(Duration.ofMillis(300)).build());
		List<CompletableFuture<Void>> chains = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			chains.add(db.awaitOffset("0000_000000000001", Duration.ofHours(1)).thenRun(() -> {
				try {
					never.await();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException("interrupted", ex);
				}
			}));
		}
		stream.append(Notes.insert("1", "one"));
		Notes.awaitOffset(db, "0000_000000000001");
		assertThat(db.awaitTxId("nobody", Duration.ofMillis(20))).failsWithin(Duration.ofSeconds(30))
			.withThrowableThat()
			.withCauseInstanceOf(TimeoutException.class);
		CompletableFuture<Void> waiter = db.awaitTxId("nobody", Duration.ofHours(1));
		CompletableFuture<Void> closed = CompletableFuture.runAsync(db::close);
		assertThat(waiter).failsWithin(Duration.ofSeconds(30))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed");
		assertThat(closed).succeedsWithin(Duration.ofSeconds(30));
		assertThat(chains)
			.allSatisfy((chain) -> assertThat(chain).as("interrupted in the end").failsWithin(Duration.ofSeconds(30)));
	}

	private static TransactionHandle<?> transact(StreamDb db, Random random) {
		String first = "k" + random.nextInt(12);
		String second = "k" + random.nextInt(12);
		int kind = random.nextInt(4);
		try {
			return db.transact((transaction) -> {
				var notes = transaction.collection(Note.class);
				switch (kind) {
					case 0 -> notes.insert(new Note(first, "i"));
					case 1 -> notes.update(first, (note) -> note.withText(note.text() + "u"));
					case 2 -> notes.delete(first);
					default -> notes.save(new Note(first, "s"));
				}
				return notes.save(new Note(second, "t" + transaction.txid().substring(0, 4)));
			});
		}
		catch (DuplicateKeyException | UnknownKeyException ex) {
			return null;
		}
	}

	private static Map<String, String> replay(ScriptedStream stream) {
		Map<String, String> state = new TreeMap<>();
		stream.items().forEach((item) -> {
			if (item.path("type").asString().equals("note")) {
				if (item.at("/headers/operation").asString().equals("delete")) {
					state.remove(item.path("key").asString());
				}
				else {
					state.put(item.path("key").asString(), item.at("/value/text").asString());
				}
			}
		});
		return state;
	}

	private static void checkOutcomes(ScriptedStream stream, Map<String, TransactionHandle<?>> handles, long seed) {
		List<String> runs = new ArrayList<>();
		stream.items().forEach((item) -> {
			String txid = item.at("/headers/txid").asString("");
			if (!txid.isEmpty() && (runs.isEmpty() || !runs.get(runs.size() - 1).equals(txid))) {
				runs.add(txid);
			}
		});
		assertThat(runs).as("seed " + seed + ": each transaction stands together, once").doesNotHaveDuplicates();
		Set<String> completed = handles.values()
			.stream()
			.filter((handle) -> handle.outcome().orElseThrow() == TransactionOutcome.COMPLETED)
			.map(TransactionHandle::txid)
			.collect(Collectors.toSet());
		assertThat(runs).as("seed " + seed).containsExactlyInAnyOrderElementsOf(completed);
		handles.values().forEach((handle) -> {
			if (!completed.contains(handle.txid())) {
				assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
				try {
					handle.await();
				}
				catch (TransactionException ex) {
					assertThat(ex).isInstanceOf(ConflictException.class);
				}
			}
		});
	}

	private static long sum(CollectionSnapshot<Counter> counters) {
		return counters.stream().mapToLong(Counter::value).sum();
	}

}
