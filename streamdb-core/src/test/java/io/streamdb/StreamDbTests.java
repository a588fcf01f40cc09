package io.streamdb;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.client.StreamClosedException;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.event.ChangeEvent;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.IllegalTransactionStateException;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.RolledBackException;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.TransactionTimeoutException;
import io.streamdb.transaction.UnknownOutcomeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for reading and writing through a {@link StreamDb}: SPEC M3, M6, M11, T4 to T9,
 * Q1.
 */
@Timeout(60)
class StreamDbTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec({ "M11.1", "M11.5" })
	void loadsWhatTheStreamHoldsAndFollowsIt() {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"), Notes.update("1", "uno"));
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("1", "uno"), new Note("2", "two"));
			Notes.awaitOffset(db, this.stream.append(Notes.delete("1")));
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("2", "two"));
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
			assertThat(db.stream().url()).isEqualTo(ScriptedStream.URL);
		}
	}

	@Test
	@Spec("M1.3")
	void answersTheQueriesOfACollection() {
		this.stream.append(Notes.insert("1", "c"), Notes.insert("2", "a"), Notes.insert("3", "b"),
				Notes.counter("n", 7));
		try (StreamDb db = Notes.open(this.stream)) {
			EntityCollection<Note> notes = db.collection(Note.class);
			assertThat(notes.find("2")).contains(new Note("2", "a"));
			assertThat(notes.find("9")).isEmpty();
			assertThat(notes.count()).isEqualTo(3);
			assertThat(notes.find((note) -> !note.id().equals("1"), (a, b) -> a.text().compareTo(b.text()), 1, 5))
				.containsExactly(new Note("3", "b"));
			assertThat(notes.snapshot().stream()).hasSize(3);
			assertThat(db.collection(Counter.class).find("n")).contains(new Counter("n", 7));
			assertThat(db.collection(Note.class)).isSameAs(notes);
			assertThatIllegalArgumentException().isThrownBy(() -> db.collection(String.class))
				.withMessageContaining("[note, counter]");
		}
	}

	@Test
	@Spec({ "T4.1", "T4.2", "T4.3", "T4.13" })
	void writesATransactionAsOneAppendAndCompletesWhenItIsVisible() {
		try (StreamDb db = Notes.open(this.stream)) {
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Counter.class).insert(new Counter("c", 1));
				return transaction.collection(Note.class).insert(new Note("1", "one"));
			});
			assertThat(db.collection(Note.class).find("1")).contains(new Note("1", "one"));
			assertThat(handle.await()).isEqualTo(new Note("1", "one"));
			assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(this.stream.appendCount()).isEqualTo(1);
			assertThat(this.stream.items()).hasSize(2)
				.allMatch((item) -> item.at("/headers/txid").asString().equals(handle.txid()))
				.allMatch((item) -> item.at("/headers/timestamp").asString().endsWith("Z"));
			assertThat(db.syncedSnapshot().collection(Note.class).count()).isEqualTo(1);
			assertThat(db.awaitTxId(handle.txid())).succeedsWithin(Duration.ofSeconds(20));
			assertThat(db.metrics().completedTransactions()).isEqualTo(1);
		}
	}

	@Test
	void readsInTheAmbientTransactionSeeItsMutations() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.transact((transaction) -> {
				transaction.collection(Note.class).update("1", (note) -> note.withText("uno"));
				transaction.collection(Note.class).insert(new Note("2", "two"));
				assertThat(db.currentTransaction()).contains(transaction);
				assertThat(db.collection(Note.class).find("1")).contains(new Note("1", "uno"));
				assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("1", "uno"),
						new Note("2", "two"));
				assertThat(db.collection(Note.class).count()).isEqualTo(2);
				assertThat(Notes.texts(db)).as("others see nothing of it").isEqualTo(Map.of("1", "one"));
				return null;
			}).await();
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "uno", "2", "two"));
		}
	}

	/** SPEC T8: the first of two things that the reference gets wrong. */
	@Test
	@Spec({ "M6.1", "T8.1" })
	void aPendingActionNeverHidesOrDelaysAnotherWritersRow() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			CountDownLatch latch = new CountDownLatch(1);
			TransactionHandle<Note> pending = db.invoke(Notes.heldBy(latch), new Note("mine", "1"));
			String offset = this.stream.append(Notes.event("insert", "theirs", "1", "their-tx"));
			db.awaitTxId("their-tx").get(10, TimeUnit.SECONDS);
			assertThat(db.collection(Note.class).find("theirs")).contains(new Note("theirs", "1"));
			assertThat(db.syncedSnapshot().offset()).isEqualTo(offset);
			assertThat(pending.outcome()).isEmpty();
			assertThat(Notes.texts(db)).isEqualTo(Map.of("mine", "1", "theirs", "1"));
			assertThat(Notes.texts(db.syncedSnapshot())).isEqualTo(Map.of("theirs", "1"));
			latch.countDown();
			pending.await();
		}
	}

	/** SPEC T8, M7: the second of two things that the reference gets wrong. */
	@Test
	@Spec({ "M7.2", "T8.2" })
	void aTxidThatResolvesIsReadable() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			for (int i = 0; i < 200; i++) {
				String id = "n" + i;
				CompletableFuture<Boolean> readable = db.awaitTxId("tx" + i)
					.thenApply((nothing) -> db.collection(Note.class).find(id).isPresent());
				this.stream.append(Notes.event("insert", id, "1", "tx" + i));
				assertThat(readable.get(10, TimeUnit.SECONDS)).isTrue();
			}
		}
	}

	@Test
	@Spec({ "T7.1", "T7.2" })
	void concurrentTransactionsShareAppendsAndKeepTheirTxids() {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.hold("POST", gate);
			List<TransactionHandle<Note>> handles = IntStream.range(0, 50)
				.mapToObj((i) -> Notes.insert(db, "n" + i, "1"))
				.toList();
			gate.complete(null);
			handles.forEach(TransactionHandle::await);
			assertThat(this.stream.appendCount()).isLessThan(10);
			Set<String> txids = this.stream.items()
				.stream()
				.map((item) -> item.at("/headers/txid").asString())
				.collect(Collectors.toSet());
			assertThat(txids).hasSize(50)
				.isEqualTo(handles.stream().map(TransactionHandle::txid).collect(Collectors.toSet()));
		}
	}

	@Test
	@Spec("T4.10")
	void completesWhenTheStreamBringsItBeforeTheAnswer() {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.holdAnswer(gate);
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			assertThat(handle.await()).isEqualTo(new Note("1", "one"));
			assertThat(Notes.texts(db.syncedSnapshot())).isEqualTo(Map.of("1", "one"));
			Notes.awaitOffset(db, this.stream.append(Notes.delete("1")));
			assertThat(Notes.texts(db)).isEmpty();
			gate.complete(null);
			Notes.insert(db, "1", "again").await();
			assertThat(db.metrics().completedTransactions()).isEqualTo(2);
		}
	}

	@Test
	@Spec("T4.7")
	void everyProcessHasARandomProducerId() {
		Set<String> first = producerIds();
		Set<String> second = producerIds();
		assertThat(first).hasSize(1);
		assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
	}

	private Set<String> producerIds() {
		Set<String> ids = ConcurrentHashMap.newKeySet();
		try (StreamDb db = Notes.open((request) -> {
			if (request.method().equals("POST")) {
				ids.add(request.headers().get("Producer-Id"));
			}
			return this.stream.send(request);
		})) {
			String id = Integer.toString(this.stream.appendCount());
			Notes.insert(db, id, "one").await();
			Notes.insert(db, id + "+", "two").await();
		}
		return ids;
	}

	@Test
	void aLostAnswerDoesNotDuplicateATransaction() {
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.loseAnswer();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			handle.await();
			assertThat(this.stream.items()).hasSize(1);
			await().until(() -> this.stream.requestCount("POST") == 2);
		}
	}

	@Test
	@Spec({ "T5.4", "T5.5" })
	void aRefusedTransactionFailsAloneAndTheOthersGoThrough() {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.hold("POST", gate);
			TransactionHandle<Note> first = Notes.insert(db, "0", "0");
			await().until(() -> this.stream.requestCount("POST") == 1);
			TransactionHandle<Note> refused = Notes.insert(db, "1", "1");
			TransactionHandle<Note> fine = Notes.insert(db, "2", "2");
			this.stream.answer("POST", 400).answer("POST", 400);
			gate.complete(null);
			first.await();
			assertThatExceptionOfType(io.streamdb.client.StreamBadRequestException.class).isThrownBy(refused::await);
			fine.await();
			assertThat(Notes.texts(db)).isEqualTo(Map.of("0", "0", "2", "2"));
			assertThat(db.metrics().failedTransactions()).isEqualTo(1);
		}
	}

	@Test
	@Spec({ "T5.8", "T5.10" })
	void aTransactionThatWasTakenWithoutAnAnswerAndThenRefusedIsFoundBeforeTheFence() {
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.holdReads();
			this.stream.loseAnswer().answer("POST", 404);
			TransactionHandle<Note> sent = Notes.insert(db, "1", "1");
			await().until(() -> this.stream.items().size() == 2);
			assertThat(this.stream.items().get(1).at("/headers/control").asString()).isEqualTo("fence");
			assertThat(sent.outcome()).isEmpty();
			assertThat(Notes.texts(db)).as("it stays visible").isEqualTo(Map.of("1", "1"));
			this.stream.releaseReads();
			assertThat(sent.await()).isEqualTo(new Note("1", "1"));
			assertThat(sent.outcome()).contains(TransactionOutcome.COMPLETED);
			Notes.insert(db, "2", "2").await();
		}
	}

	@Test
	@Spec({ "T5.7", "T5.9" })
	void aTransactionWithoutAnAnswerThatTheStreamDoesNotHoldBeforeTheNextBatchHasFailed() {
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.answer("POST", 503).holdThenAnswer("POST", gate, 404);
			TransactionHandle<Note> lost = Notes.insert(db, "1", "1");
			await().until(() -> this.stream.requestCount("POST") == 2);
			TransactionHandle<Note> next = Notes.insert(db, "2", "2");
			gate.complete(null);
			next.await();
			assertThatExceptionOfType(RolledBackException.class).isThrownBy(lost::await)
				.withMessageContaining("the stream does not contain it");
			assertThat(lost.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "2"));
			assertThat(this.stream.items()).as("no fence item, since something waited").hasSize(1);
		}
	}

	@Test
	@Spec("T5.11")
	void aTransactionWithoutAnAnswerIsUnknownWhenTheFenceIsRefusedToo() {
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.answer("POST", 503).answer("POST", 401).answer("POST", 401);
			TransactionHandle<Note> sent = Notes.insert(db, "1", "1");
			assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(sent::await);
			assertThat(sent.outcome()).contains(TransactionOutcome.UNKNOWN);
			assertThat(Notes.texts(db)).isEmpty();
			Notes.insert(db, "2", "2").await();
		}
	}

	@Test
	void whatCouldNotBeSentInTimeIsNotSentLater() {
		StreamDb db = Notes.loaded(Notes.on(this.stream).transactionTimeout(Duration.ofSeconds(3)).build());
		try (db) {
			this.stream.goAway();
			TransactionHandle<Note> first = Notes.insert(db, "1", "1");
			TransactionHandle<Note> second = Notes.insert(db, "2", "2");
			assertThat(Notes.texts(db)).hasSize(2);
			assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(first::await);
			assertThatExceptionOfType(TransactionTimeoutException.class).isThrownBy(second::await);
			assertThat(Notes.texts(db)).isEmpty();
			this.stream.comeBack();
			Notes.insert(db, "3", "3").await();
			assertThat(this.stream.items()).hasSize(1);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "3"));
		}
	}

	@Test
	@Spec("T9.5")
	void waitingOnTheApplyThreadThrowsInsteadOfDeadlocking() throws Exception {
		CompletableFuture<Throwable> thrown = new CompletableFuture<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		StreamDbListener listener = new StreamDbListener() {

			@Override
			public void afterBatch(String offset, boolean upToDate) {
				StreamDb db = self.get();
				if (db != null && !thrown.isDone() && db.collection(Note.class).find("1").isPresent()) {
					TransactionHandle<Note> handle = Notes.insert(db, "2", "2");
					try {
						handle.await();
						thrown.complete(null);
					}
					catch (RuntimeException ex) {
						thrown.complete(ex);
					}
				}
			}

		};
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).listener(listener).build())) {
			self.set(db);
			this.stream.append(Notes.insert("1", "1"));
			assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(IllegalTransactionStateException.class)
				.hasMessageContaining("apply thread");
			await().until(() -> db.syncedSnapshot().collection(Note.class).count() == 2);
		}
	}

	@Test
	@Spec({ "M11.2", "M11.3", "M11.4", "T9.6" })
	void listenersSeeBatchesAndEventsInOrderAndMayRead() throws Exception {
		List<String> calls = new java.util.concurrent.CopyOnWriteArrayList<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		StreamDbListener listener = new StreamDbListener() {

			@Override
			public void beforeBatch(String offset) {
				calls.add("before");
				throw new IllegalStateException("harms nobody");
			}

			@Override
			public void onEvent(ChangeEvent<?> event) {
				calls.add("event " + event.key() + " " + ((Note) event.value()).text() + " "
						+ Notes.texts(self.get()).containsKey(event.key()));
			}

			@Override
			public void afterBatch(String offset, boolean upToDate) {
				calls.add("after " + Notes.texts(self.get()).size() + " " + upToDate);
			}

		};
		try (StreamDb db = Notes.open(this.stream)) {
			self.set(db);
			db.addListener(listener);
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "a"), Notes.insert("2", "b")));
			await().until(() -> calls.contains("after 2 true"));
			assertThat(calls).containsSubsequence("before", "event 1 a false", "event 2 b false", "after 2 true");
		}
	}

	@Test
	@Spec({ "P3.8", "P3.9", "P3.10" })
	void aClosedStreamIsReadOnAndRefusesWrites() {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.close();
		try (StreamDb db = Notes.open(this.stream)) {
			await().until(() -> db.status().state() == StreamDbState.COMPLETE);
			assertThat(db.collection(Note.class).count()).isEqualTo(1);
			assertThat(db.status().lag()).isZero();
			assertThatExceptionOfType(StreamClosedException.class).isThrownBy(() -> Notes.insert(db, "2", "two"));
			assertThat(db.awaitTxId("never")).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.withMessageContaining("read to its end");
		}
	}

	@Test
	@Spec({ "P3.8", "P3.10" })
	void aStreamThatIsClosedWhileItIsFollowedEndsAsComplete() {
		try (StreamDb db = Notes.open(this.stream)) {
			Transaction open = db.beginTransaction();
			open.collection(Note.class).insert(new Note("1", "one"));
			this.stream.close();
			await().until(() -> db.status().state() == StreamDbState.COMPLETE);
			assertThatExceptionOfType(StreamClosedException.class).isThrownBy(open::commit);
			assertThat(Notes.texts(db)).isEmpty();
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(20));
		}
	}

	@Test
	@Spec({ "P3.12", "P3.13" })
	void liveModeOffReadsOnceAndIsReadOnly() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).live(io.streamdb.client.LiveMode.OFF).build())) {
			await().until(() -> db.status().state() == StreamDbState.COMPLETE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> Notes.insert(db, "2", "two"))
				.withMessageContaining("read-only");
		}
	}

	@Test
	@Spec("M6.2")
	void snapshotsNeverChange() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			StateSnapshot before = db.snapshot();
			Notes.awaitOffset(db, this.stream.append(Notes.update("1", "uno"), Notes.insert("2", "two")));
			Notes.insert(db, "3", "three").await();
			assertThat(Notes.texts(before)).isEqualTo(Map.of("1", "one"));
			assertThat(Notes.texts(db)).hasSize(3);
			assertThat(db.snapshot().version()).isGreaterThan(before.version());
		}
	}

	@Test
	@Spec("M11.6")
	void aRowKnowsWhatWroteIt() {
		try (StreamDb db = Notes.open(this.stream)) {
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			assertThat(db.snapshot().collection(Note.class).row("1").origin().txid()).isEqualTo(handle.txid());
			handle.await();
			assertThat(db.snapshot().collection(Note.class).row("1").origin().offset()).isEqualTo(db.offset());
			assertThat(db.snapshot().collection(Note.class).row("1").origin().txid()).isEqualTo(handle.txid());
			assertThat(db.snapshot().collection(Note.class).row("1").origin().timestamp()).endsWith("Z");
		}
	}

	@Test
	@Spec({ "M1.5", "M1.7", "M1.8" })
	void unknownTypesAndOtherItemsAreCountedAndTheirTxidsCount() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.append(
					"{\"type\":\"other\",\"key\":\"1\",\"headers\":{\"operation\":\"x\",\"txid\":\"t-other\"}}", "null",
					"17", "{\"headers\":{\"control\":\"who knows\"}}", "{\"headers\":{\"control\":\"snapshot-start\"}}",
					Notes.event("insert", "1", "one", "t-mine"));
			db.awaitTxId("t-other").get(10, TimeUnit.SECONDS);
			db.awaitTxId("t-mine").get(10, TimeUnit.SECONDS);
			StreamDbMetrics metrics = db.metrics();
			assertThat(metrics.unknownTypeEvents()).isEqualTo(1);
			assertThat(metrics.ignoredItems()).isEqualTo(3);
			assertThat(metrics.controlEvents()).isEqualTo(1);
			assertThat(metrics.events()).isEqualTo(1);
			assertThat(metrics.batches()).isGreaterThanOrEqualTo(1);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
		}
	}

	@Test
	void writesGoOnAfterAnErrorOfTheThreadThatSends() {
		AtomicReference<Throwable> failure = new AtomicReference<>(
				new OutOfMemoryError("unable to create native thread"));
		StreamTransport failing = (request) -> {
			Throwable once = request.method().equals("POST") ? failure.getAndSet(null) : null;
			if (once instanceof Error error) {
				throw error;
			}
			return this.stream.send(request);
		};
		try (StreamDb db = Notes.open(failing)) {
			TransactionHandle<Note> first = Notes.insert(db, "1", "one");
			assertThatExceptionOfType(RolledBackException.class).as("the next producer has found out")
				.isThrownBy(first::await)
				.withMessageContaining("the stream does not contain it");
			assertThat(Notes.insert(db, "2", "two").await()).isEqualTo(new Note("2", "two"));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two"));
		}
	}

	@Test
	void writesGoOnAfterTheThreadThatSendsWasInterrupted() {
		AtomicReference<Thread> sending = new AtomicReference<>();
		CompletableFuture<Void> never = new CompletableFuture<>();
		this.stream.hold("POST", never);
		try (StreamDb db = Notes.open((request) -> {
			if (request.method().equals("POST")) {
				sending.set(Thread.currentThread());
			}
			return this.stream.send(request);
		})) {
			TransactionHandle<Note> first = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.requestCount("POST") == 1);
			TransactionHandle<Note> second = Notes.insert(db, "2", "two");
			sending.get().interrupt();
			assertThatExceptionOfType(RolledBackException.class).as("the next producer has found out")
				.isThrownBy(first::await)
				.withMessageContaining("the stream does not contain it");
			assertThatExceptionOfType(RolledBackException.class).isThrownBy(second::await);
			assertThat(Notes.insert(db, "3", "three").await()).isEqualTo(new Note("3", "three"));
		}
	}

	@Test
	void rollsBackWhatFoundNoConnection() {
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.goAway();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.requestCount("POST") > 1);
			await("between two attempts").until(handle::rollback);
			assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await);
			this.stream.comeBack();
			assertThat(Notes.insert(db, "2", "two").await()).isEqualTo(new Note("2", "two"));
			assertThat(this.stream.items().toString()).doesNotContain("one");
		}
	}

	@Test
	void doesNotSendWhatNobodyCouldReadAgain() {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(Account.class)
			.validator((account) -> (((Account) account).getPassword() != null) ? List.of()
					: List.of("password must not be null"))
			.build(), CollectionDefinition.of(Note.class).build());
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(Notes.stream(this.stream), schema).live(LiveMode.LONG_POLL).build())) {
			TransactionHandle<Account> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).insert(new Note("1", "one"));
				return transaction.collection(Account.class).insert(new Account("joe", "secret"));
			});
			assertThatExceptionOfType(TransactionException.class).isThrownBy(handle::await)
				.withMessageContaining("insert of account 'joe'")
				.withMessageContaining("password must not be null (INVALID_VALUE)")
				.withMessageContaining("Jackson annotations of " + Account.class.getName());
			assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(Notes.texts(db)).isEmpty();
			assertThat(Notes.insert(db, "2", "two").await()).isEqualTo(new Note("2", "two"));
			assertThat(this.stream.items()).as("nothing of the other one").hasSize(1);
		}
	}

	@Test
	void whatComesBackInvalidIsDurableAndToldSo() {
		StreamTransport changing = (request) -> {
			byte[] body = request.body();
			return this.stream.send(!request.method().equals("POST") ? request : new TransportRequest(request.method(),
					request.uri(), request.headers(),
					new String(body, StandardCharsets.UTF_8).replace("one", " ").getBytes(StandardCharsets.UTF_8),
					request.timeout()));
		};
		try (StreamDb db = Notes.open(changing)) {
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).insert(new Note("2", "two"));
				return transaction.collection(Note.class).insert(new Note("1", "one"));
			});
			assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
				.withMessageContaining("note '1'")
				.withMessageContaining("text must not be blank")
				.withMessageContaining("do not repeat");
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two"));
		}
	}

	/**
	 * Reads a property that it does not write.
	 */
	static final class Account {

		private final String id;

		private final String password;

		@JsonCreator
		Account(@JsonProperty("id") String id, @JsonProperty("password") String password) {
			this.id = id;
			this.password = password;
		}

		public String getId() {
			return this.id;
		}

		@JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
		public String getPassword() {
			return this.password;
		}

	}

}
