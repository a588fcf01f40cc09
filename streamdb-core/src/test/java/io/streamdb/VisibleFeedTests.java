package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Subscription;
import io.streamdb.testsupport.Latches;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.UnknownKeyException;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the visible feed and for merged delivery: SPEC M12.
 */
@Timeout(60)
class VisibleFeedTests {

	private static final SubscriptionOptions VISIBLE = SubscriptionOptions.defaults().withFeed(ChangeFeed.VISIBLE);

	private static final SubscriptionOptions LATEST = SubscriptionOptions.defaults()
		.withDelivery(ChangeDelivery.LATEST);

	private final ScriptedStream stream = ScriptedStream.empty();

	private final BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();

	// visible

	@Test
	@Spec({ "M12.9", "M12.10" })
	void pendingChangesAreToldAtOnceAndTheirConfirmationIsNot() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(VISIBLE, this.received::add);
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.hold("POST", gate);
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).delete("2");
				transaction.collection(Note.class).update("1", (note) -> note.withText("uno"));
				return transaction.collection(Note.class).insert(new Note("3", "three"));
			});
			ChangeSet pending = Notes.next(this.received);
			assertThat(told(pending)).containsExactlyInAnyOrder("DELETE 2", "UPDATE 1", "INSERT 3");
			assertThat(pending.changes())
				.allMatch((change) -> handle.txid().equals(change.origin().txid()) && change.origin().offset() == null);
			Change<?> update = pending.changes()
				.stream()
				.filter((change) -> change.operation() == Operation.UPDATE)
				.findAny()
				.orElseThrow();
			assertThat(update.value()).isEqualTo(new Note("1", "uno"));
			assertThat(update.previous()).isEqualTo(new Note("1", "one"));
			gate.complete(null);
			handle.await();
			Notes.awaitOffset(db, this.stream.append(Notes.insert("4", "four")));
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT 4");
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	@Spec("M12.10")
	void aConfirmationOfAnObjectWithoutEqualityIsNotTold() throws Exception {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(Open.class).type("note").build());
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(Notes.stream(this.stream), schema).live(LiveMode.LONG_POLL).build())) {
			db.subscribe(VISIBLE, this.received::add);
			Open open = new Open();
			open.setId("1");
			db.transact((transaction) -> transaction.collection(Open.class).insert(open)).await();
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT 1");
			Notes.awaitOffset(db, this.stream.append(Notes.update("1", "one")));
			assertThat(told(Notes.next(this.received))).containsExactly("UPDATE 1");
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	@Spec({ "M12.10", "T6.11" })
	void aConfirmationOfWhatAnActionHasPersistedIsNotToldWithoutEqualityEither() throws Exception {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(Open.class).type("note").build());
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(Notes.stream(this.stream), schema).live(LiveMode.LONG_POLL).build())) {
			db.subscribe(VISIBLE, this.received::add);
			Open open = new Open();
			open.setId("1");
			db.invoke(action(Open.class, ActionContext::persist), open).await();
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT 1");
			Notes.awaitOffset(db, this.stream.append(Notes.insert("2", "two")));
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT 2");
			assertThat(this.received).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "shown", "other" })
	@Spec({ "M12.9", "M12.10", "T6.5" })
	void whatAnotherSystemHasWrittenForAnActionIsToldUnlessItIsWhatWasShown(String written) throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(VISIBLE, this.received::add);
			db.invoke(action(Note.class, (context) -> {
				this.stream.append(Notes.event("insert", "1", written, context.txid()));
				return db.awaitTxId(context.txid());
			}), new Note("1", "shown")).await();
			assertThat(texts(Notes.next(this.received))).containsExactly("1=shown");
			Notes.awaitOffset(db, this.stream.append(Notes.insert("2", "two")));
			if (written.equals("other")) {
				assertThat(texts(Notes.next(this.received))).containsExactly("1=other");
			}
			assertThat(texts(Notes.next(this.received))).containsExactly("2=two");
		}
	}

	@Test
	@Spec("M12.9")
	void aDeleteByALoadIsOfNoEvent() throws Exception {
		this.stream.append(Notes.event("insert", "1", "one", "t1"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(VISIBLE, this.received::add);
			String end = this.stream.append(Notes.reset(), Notes.event("insert", "2", "two", "t2"));
			ChangeSet replaced = Notes.next(this.received);
			assertThat(told(replaced)).containsExactly("DELETE 1", "INSERT 2");
			assertThat(replaced.changes().get(0).origin()).satisfies((origin) -> {
				assertThat(origin.txid()).isNull();
				assertThat(origin.offset()).isEqualTo(end);
			});
		}
	}

	@Test
	@Spec("M12.9")
	void whatIsTakenBackIsTold() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(VISIBLE, this.received::add);
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.hold("POST", gate);
			Notes.insert(db, "first", "0");
			await().until(() -> this.stream.requestCount("POST") == 1);
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).delete("2");
				transaction.collection(Note.class).update("1", (note) -> note.withText("uno"));
				return transaction.collection(Note.class).insert(new Note("3", "three"));
			});
			Notes.next(this.received);
			Notes.next(this.received);
			assertThat(handle.rollback()).isTrue();
			ChangeSet back = Notes.next(this.received);
			assertThat(told(back)).containsExactlyInAnyOrder("INSERT 2", "UPDATE 1", "DELETE 3");
			Change<?> delete = back.changes()
				.stream()
				.filter((change) -> change.operation() == Operation.DELETE)
				.findAny()
				.orElseThrow();
			assertThat(delete.origin().txid()).as("whose end removed it").isEqualTo(handle.txid());
			gate.complete(null);
		}
	}

	@Test
	@Spec("M12.9")
	void whatTheStreamBringsUnderAPendingUpdateIsToldAsItIsVisible() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.hold("POST", gate);
			Notes.insert(db, "first", "0");
			await().until(() -> this.stream.requestCount("POST") == 1);
			db.transact((transaction) -> transaction.collection(Note.class)
				.update("1", (note) -> note.withText(note.text() + "+")));
			db.collection(Note.class).subscribe(VISIBLE.withInitialState(), this.received::add);
			assertThat(texts(Notes.next(this.received))).containsExactlyInAnyOrder("1=one+", "first=0");
			Notes.awaitOffset(db, this.stream.append(Notes.update("1", "eins"), Notes.counter("c", 1)));
			assertThat(texts(Notes.next(this.received))).containsExactly("1=eins+");
			Notes.awaitOffset(db,
					this.stream.append(Notes.reset(), Notes.insert("1", "uno"), Notes.insert("2", "due")));
			assertThat(texts(Notes.next(this.received))).containsExactlyInAnyOrder("1=uno+", "2=due");
			gate.complete(null);
		}
	}

	@Test
	@Spec({ "M12.4", "M12.9" })
	void theFirstLoadIsTheInitialStateOfThisFeedToo() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		BlockingQueue<ChangeSet> changesOnly = new LinkedBlockingQueue<>();
		try (StreamDb db = Notes.on(this.stream).build()) {
			db.subscribe(VISIBLE.withInitialState(), this.received::add);
			db.subscribe(VISIBLE, changesOnly::add);
			Notes.loaded(db);
			ChangeSet initial = Notes.next(this.received);
			assertThat(initial.initial()).isTrue();
			assertThat(told(initial)).containsExactly("INSERT 1");
			Notes.insert(db, "2", "two").await();
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT 2");
			assertThat(told(changesOnly.poll(10, TimeUnit.SECONDS))).containsExactly("INSERT 2");
		}
	}

	@Test
	@Spec({ "M12.14", "M12.15" })
	void aSubscriberOnTheCallersThreadRunsWithoutTheCommitLock() {
		AtomicInteger deliveries = new AtomicInteger();
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor(Runnable::run).build())) {
			db.subscribe(VISIBLE.withInitialState(), (changeSet) -> {
				deliveries.incrementAndGet();
				// Whoever held the commit lock here would wait for this for ever.
				CompletableFuture.supplyAsync(() -> db.beginTransaction().commit())
					.orTimeout(20, TimeUnit.SECONDS)
					.join();
			});
			Subscription throwing = db.subscribe(VISIBLE, (changeSet) -> {
				throw new IllegalArgumentException("no");
			});
			assertThat(Notes.insert(db, "1", "one").await()).isEqualTo(new Note("1", "one"));
			assertThat(deliveries).hasValue(2);
			assertThat(throwing.completion()).failsWithin(Duration.ofSeconds(10));
		}
	}

	@Test
	@Spec({ "M12.12", "M12.14" })
	void aSlowSubscriberOfTheVisibleFeedOverflowsAlone() throws Exception {
		CountDownLatch latch = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			Subscription slow = db.subscribe(VISIBLE.withCapacity(2), (changeSet) -> Latches.awaitOpen(latch));
			db.subscribe(VISIBLE, this.received::add);
			for (int i = 0; i < 5; i++) {
				Notes.insert(db, "k" + i, "x").await();
			}
			assertThat(slow.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("too slow");
			for (int i = 0; i < 5; i++) {
				Notes.next(this.received);
			}
			assertThat(db.metrics().subscriptionOverflows()).isEqualTo(1);
			assertThat(db.metrics().subscriptions()).isEqualTo(1);
			latch.countDown();
		}
	}

	@RepeatedTest(5)
	@Spec({ "M12.6", "M12.9", "M12.13" })
	void replayedVisibleChangesGiveTheVisibleState(RepetitionInfo repetition) {
		long seed = 31L * repetition.getCurrentRepetition();
		Random random = new Random(seed);
		Map<String, String> every = new ConcurrentSkipListMap<>();
		Map<String, String> latest = new ConcurrentSkipListMap<>();
		List<String> errors = new ArrayList<>();
		try (StreamDb db = Notes.open(this.stream)) {
			db.collection(Note.class)
				.subscribe(VISIBLE.withInitialState().withCapacity(100_000), (set) -> replay(set, every, errors));
			db.collection(Note.class)
				.subscribe(LATEST.withFeed(ChangeFeed.VISIBLE).withInitialState(),
						(set) -> replay(set, latest, errors));
			for (int i = 0; i < 200; i++) {
				String key = "k" + random.nextInt(6);
				String text = "v" + i;
				switch (random.nextInt(8)) {
					case 0 -> this.stream.append(Notes.delete(key));
					case 1 -> this.stream.append(Notes.insert(key, text), Notes.insert("k0", text));
					case 2 -> this.stream.answer("POST", 403);
					case 3 -> this.stream.append(Notes.reset(), Notes.insert(key, text));
					default -> db.transact((transaction) -> {
						if (random.nextInt(4) > 0) {
							return transaction.collection(Note.class).save(new Note(key, text));
						}
						try {
							transaction.collection(Note.class).delete(key);
						}
						catch (UnknownKeyException ex) {
							// The stream has deleted it, perhaps just now.
						}
						return null;
					});
				}
			}
			await().until(() -> db.metrics().pendingTransactions() == 0);
			Notes.awaitOffset(db, this.stream.tailOffset());
			await().untilAsserted(() -> assertThat(every).as("seed " + seed).isEqualTo(Notes.texts(db)));
			await().untilAsserted(() -> assertThat(latest).as("seed " + seed).isEqualTo(Notes.texts(db)));
			assertThat(errors).as("seed " + seed).isEmpty();
		}
	}

	private static void replay(ChangeSet changeSet, Map<String, String> replica, List<String> errors) {
		for (Change<?> change : changeSet.changes()) {
			String previous = (change.operation() == Operation.DELETE) ? replica.remove(change.key())
					: replica.put(change.key(), ((Note) change.value()).text());
			String told = (change.previous() != null) ? ((Note) change.previous()).text() : null;
			if (!Objects.equals(told, previous)) {
				synchronized (errors) {
					errors.add(change.operation() + " " + change.key() + " of " + told + " and not " + previous);
				}
			}
		}
	}

	// latest

	@Test
	@Spec("M12.13")
	void whatASlowSubscriberHasMissedIsMergedByKey() throws Exception {
		this.stream.append(Notes.insert("kept", "0"), Notes.insert("gone", "0"), Notes.insert("renewed", "0"));
		CountDownLatch latch = new CountDownLatch(1);
		CountDownLatch started = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(LATEST.withCapacity(1), (changeSet) -> {
				started.countDown();
				Latches.awaitOpen(latch);
				this.received.add(changeSet);
			});
			this.stream.append(Notes.insert("wake", "up"));
			assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
			this.stream.append(Notes.insert("brief", "1"), Notes.insert("new", "1"), Notes.update("kept", "1"));
			this.stream.append(Notes.update("kept", "2"), Notes.delete("brief"), Notes.update("gone", "1"));
			this.stream.append(Notes.delete("gone"), Notes.delete("renewed"), Notes.update("new", "2"));
			String last = this.stream.append(Notes.insert("renewed", "1"));
			Notes.awaitOffset(db, last);
			await().until(() -> db.metrics().waitingChangeSets() == 1);
			latch.countDown();
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT wake");
			ChangeSet merged = Notes.next(this.received);
			assertThat(told(merged)).containsExactlyInAnyOrder("UPDATE kept", "DELETE gone", "UPDATE renewed",
					"INSERT new");
			assertThat(merged.offset()).isEqualTo(last);
			for (Change<?> change : merged.changes()) {
				assertThat(text(change.previous())).isEqualTo(change.key().equals("new") ? null : "0");
			}
			assertThat(texts(merged)).contains("kept=2", "new=2", "renewed=1");
			assertThat(this.received).isEmpty();
			assertThat(db.metrics().subscriptionOverflows()).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(ChangeFeed.class)
	@Spec({ "M12.4", "M12.13" })
	void theInitialStateComesFirstHoweverLateItIsTaken(ChangeFeed feed) throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		List<Runnable> tasks = new ArrayList<>();
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor((task) -> {
			synchronized (tasks) {
				tasks.add(task);
			}
		}).build())) {
			db.subscribe(LATEST.withFeed(feed).withInitialState(), this.received::add);
			for (int i = 0; i < 50; i++) {
				Notes.awaitOffset(db, this.stream.append(Notes.update("1", "v" + i)));
			}
			synchronized (tasks) {
				assertThat(tasks).hasSize(1);
			}
			await().until(() -> db.metrics().waitingChangeSets() == 2);
			tasks.get(0).run();
			ChangeSet initial = Notes.next(this.received);
			assertThat(initial.initial()).isTrue();
			assertThat(texts(initial)).containsExactly("1=one");
			assertThat(texts(Notes.next(this.received))).containsExactly("1=v49");
		}
	}

	@Test
	@Spec({ "M12.5", "M12.13" })
	void aFilterSeesWhatMergedChangesComeTo() throws Exception {
		List<Runnable> tasks = new ArrayList<>();
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor((task) -> {
			synchronized (tasks) {
				tasks.add(task);
			}
		}).build())) {
			db.collection(Counter.class)
				.subscribe(LATEST.withFilter((change) -> ((Counter) change.value()).value() > 1), this.received::add);
			this.stream.append(Notes.counter("a", 2), Notes.counter("b", 1));
			Notes.awaitOffset(db, this.stream.append(Notes.counter("a", 1), Notes.counter("b", 2)));
			await().until(() -> db.metrics().waitingChangeSets() == 1);
			tasks.get(0).run();
			assertThat(told(Notes.next(this.received))).containsExactly("INSERT b");
		}
	}

	/** Inserts what it is called with, and has it persisted as asked. */
	private static <T> OptimisticAction<T, T> action(Class<T> type,
			Function<ActionContext, CompletionStage<?>> persistence) {
		return new OptimisticAction<>() {

			@Override
			public T onMutate(T entity, ActionContext context) {
				return context.collection(type).insert(entity);
			}

			@Override
			public CompletionStage<?> mutate(T entity, ActionContext context) {
				return persistence.apply(context);
			}

		};
	}

	private static List<String> told(ChangeSet changeSet) {
		return changeSet.changes().stream().map((change) -> change.operation() + " " + change.key()).toList();
	}

	private static List<String> texts(ChangeSet changeSet) {
		return changeSet.changes().stream().map((change) -> change.key() + "=" + text(change.value())).toList();
	}

	private static String text(Object note) {
		return (note != null) ? ((Note) note).text() : null;
	}

}
