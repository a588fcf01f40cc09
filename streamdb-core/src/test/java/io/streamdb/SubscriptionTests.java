package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.client.Scheduling;
import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.Change;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Origin;
import io.streamdb.store.StateStore;
import io.streamdb.store.Subscription;
import io.streamdb.testsupport.Latches;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for change subscriptions: SPEC M12.
 */
@Timeout(60)
class SubscriptionTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	private final BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();

	@Test
	@Spec({ "M12.2", "M12.3", "M12.6", "M12.11" })
	void deliversOneChangeSetPerCommitInOrder() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			String first = this.stream.append(Notes.insert("1", "one"), Notes.counter("c", 1));
			String second = this.stream.append(Notes.update("1", "uno"), Notes.delete("2"));
			ChangeSet inserts = Notes.next(this.received);
			ChangeSet updates = Notes.next(this.received);
			assertThat(inserts.offset()).isEqualTo(first);
			assertThat(inserts.initial()).isFalse();
			assertThat(inserts.changes()).extracting((change) -> change.operation() + " " + change.key())
				.containsExactly("INSERT 1", "INSERT c");
			assertThat(updates.offset()).isEqualTo(second);
			assertThat(updates.version()).isGreaterThan(inserts.version());
			Change<?> update = updates.changes().get(0);
			assertThat(update.value()).isEqualTo(new Note("1", "uno"));
			assertThat(update.previous()).isEqualTo(new Note("1", "one"));
			assertThat(update.origin().offset()).isEqualTo(second);
			assertThat(updates.changes()).hasSize(1);
		}
	}

	@Test
	@Spec("M12.8")
	void deliversOnlyWhatTheStreamSays() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			var handle = Notes.insert(db, "1", "one");
			handle.await();
			assertThat(Notes.next(this.received).changes()).extracting((change) -> change.origin().txid())
				.containsExactly(handle.txid());
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	@Spec({ "M12.1", "M12.5" })
	void aCollectionsSubscriptionAndAFilterLeaveOutTheRestAndEmptyChangeSets() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			db.collection(Note.class)
				.subscribe(SubscriptionOptions.defaults().withFilter((change) -> !change.key().equals("no")),
						this.received::add);
			this.stream.append(Notes.counter("c", 1));
			this.stream.append(Notes.insert("no", "x"));
			this.stream.append(Notes.insert("no", "y"), Notes.insert("yes", "x"), Notes.counter("c", 2));
			assertThat(Notes.next(this.received).changes()).extracting(Change::key).containsExactly("yes");
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	@Spec("M12.4")
	void theInitialStateComesFirstAndFitsTheChangesAfterIt() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.counter("c", 1));
		try (StreamDb db = Notes.open(this.stream)) {
			db.collection(Note.class).subscribe(SubscriptionOptions.defaults().withInitialState(), this.received::add);
			ChangeSet initial = Notes.next(this.received);
			assertThat(initial.initial()).isTrue();
			assertThat(initial.changes()).extracting((change) -> change.operation() + " " + change.key())
				.containsExactly("INSERT 1", "INSERT 2");
			this.stream.append(Notes.delete("1"));
			assertThat(Notes.next(this.received).changes()).extracting(Change::operation)
				.containsExactly(Operation.DELETE);
		}
	}

	@Test
	void theFirstLoadIsTheInitialStateOfThoseWhoSubscribedBeforeIt() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		BlockingQueue<ChangeSet> changesOnly = new LinkedBlockingQueue<>();
		try (StreamDb db = Notes.on(this.stream).build()) {
			db.subscribe(SubscriptionOptions.defaults().withInitialState(), this.received::add);
			db.subscribe(SubscriptionOptions.defaults(), changesOnly::add);
			Notes.loaded(db);
			assertThat(Notes.next(this.received).initial()).isTrue();
			this.stream.append(Notes.insert("2", "two"));
			assertThat(changesOnly.poll(10, TimeUnit.SECONDS).changes()).extracting(Change::key).containsExactly("2");
			assertThat(Notes.next(this.received).changes()).extracting(Change::key).containsExactly("2");
		}
	}

	@Test
	@Spec("M8.3")
	void aResetIsDeliveredAsTheDifference() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.insert("3", "three"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			this.stream.append(Notes.reset(), Notes.insert("2", "two"), Notes.insert("3", "drei"),
					Notes.insert("4", "four"));
			assertThat(Notes.next(this.received).changes())
				.extracting((change) -> change.operation() + " " + change.key())
				.containsExactly("DELETE 1", "UPDATE 3", "INSERT 4");
		}
	}

	@Test
	@Spec({ "M12.12", "M12.14" })
	void aSlowSubscriberOverflowsAloneAndHoldsUpNobody() throws Exception {
		CountDownLatch latch = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			Subscription slow = db.subscribe(SubscriptionOptions.defaults().withCapacity(2),
					(changeSet) -> Latches.awaitOpen(latch));
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			String offset = "";
			for (int i = 0; i < 5; i++) {
				offset = this.stream.append(Notes.insert("k" + i, "x"));
			}
			Notes.awaitOffset(db, offset);
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

	@Test
	@Spec("M12.15")
	void aThrowingSubscriberEndsItselfOnly() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			Subscription throwing = db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
				throw new IllegalArgumentException("no");
			});
			Subscription filtering = db.subscribe(SubscriptionOptions.defaults().withFilter((change) -> {
				throw new IllegalArgumentException("filter");
			}), this.received::add);
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			this.stream.append(Notes.insert("1", "one"));
			this.stream.append(Notes.insert("2", "two"));
			Notes.next(this.received);
			Notes.next(this.received);
			assertThat(throwing.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("no");
			assertThat(filtering.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("filter");
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(db.metrics().subscriptions()).isEqualTo(1);
		}
	}

	@Test
	void aClosedSubscriptionReceivesNothingMore() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			Subscription subscription = db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			this.stream.append(Notes.insert("1", "one"));
			Notes.next(this.received);
			subscription.close();
			subscription.close();
			assertThat(subscription.completion()).succeedsWithin(Duration.ofSeconds(10));
			Notes.awaitOffset(db, this.stream.append(Notes.insert("2", "two")));
			assertThat(this.received).isEmpty();
		}
	}

	@Test
	@Spec("T9.6")
	void aSubscriberMayReadAndWriteAndWait() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			db.collection(Note.class).subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
				String key = changeSet.changes().get(0).key();
				if (key.equals("ask")) {
					db.transact((transaction) -> transaction.collection(Counter.class)
						.insert(new Counter("answer", db.collection(Note.class).count()))).await();
					this.received.add(changeSet);
				}
			});
			this.stream.append(Notes.insert("ask", "?"));
			Notes.next(this.received);
			assertThat(db.syncedSnapshot().collection(Counter.class).find("answer")).contains(new Counter("answer", 1));
		}
	}

	@Test
	@Spec("M12.7")
	void subscriptionsRunOnTheGivenExecutorOneAtATime() throws Exception {
		List<Runnable> tasks = new ArrayList<>();
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor((task) -> {
			synchronized (tasks) {
				tasks.add(task);
			}
		}).build())) {
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			Set<String> told = ConcurrentHashMap.newKeySet();
			db.addListener(new StreamDbListener() {

				@Override
				public void afterBatch(String offset, boolean upToDate) {
					told.add(offset);
				}

			});
			this.stream.append(Notes.insert("1", "one"));
			String last = this.stream.append(Notes.insert("2", "two"));
			await().until(() -> told.contains(last));
			assertThat(this.received).isEmpty();
			synchronized (tasks) {
				assertThat(tasks).hasSize(1);
			}
			tasks.get(0).run();
			assertThat(this.received).hasSize(2);
		}
	}

	@Test
	void anExecutorThatRefusesEndsTheSubscription() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor((task) -> {
			throw new java.util.concurrent.RejectedExecutionException("full");
		}).build())) {
			Subscription subscription = db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "one")));
			assertThat(subscription.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("refuses");
		}
	}

	@Test
	void anExecutorThatFailsEndsTheSubscriptionAndNothingElse() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).executor((task) -> {
			throw new IllegalStateException("no thread");
		}).build())) {
			Subscription subscription = db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			Notes.awaitOffset(db, this.stream.append(Notes.reset(), Notes.insert("2", "two")));
			assertThat(subscription.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withStackTraceContaining("no thread");
			Notes.awaitOffset(db, this.stream.append(Notes.insert("3", "three")));
			assertThat(Notes.texts(db)).containsOnlyKeys("2", "3");
		}
	}

	@ParameterizedTest
	@EnumSource(ChangeFeed.class)
	@Spec({ "M8.3", "M12.15" })
	void anEqualsMethodThatFailsFailsNothingElse(ChangeFeed feed) throws Exception {
		StateSchema schema = StateSchema.of(CollectionDefinition.of(Unequal.class).type("note").build());
		this.stream.append(Notes.insert("1", "throws"), Notes.insert("2", "endless"));
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(Notes.stream(this.stream), schema).live(LiveMode.LONG_POLL).build())) {
			db.subscribe(SubscriptionOptions.defaults().withFeed(feed), this.received::add);
			Notes.awaitOffset(db, this.stream.append(Notes.reset(), Notes.insert("1", "throws"),
					Notes.insert("2", "endless"), Notes.insert("3", "new")));
			assertThat(Notes.next(this.received).changes())
				.extracting((change) -> change.operation() + " " + change.key())
				.containsExactly("UPDATE 1", "UPDATE 2", "INSERT 3");
			Notes.awaitOffset(db, this.stream.append(Notes.delete("1")));
			assertThat(Notes.next(this.received).changes()).extracting(Change::key).containsExactly("1");
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
		}
	}

	@Test
	@Spec("M12.12")
	void nothingIsDeliveredAfterAChangeSetThatWasLost() {
		StateStore store = new StateStore(Notes.schema());
		List<Runnable> tasks = new ArrayList<>();
		EngineThreads threads = new EngineThreads("notes", tasks::add, Scheduling.real());
		try {
			AtomicReference<ChangeSubscription> delivering = new AtomicReference<>();
			ChangeSubscription subscription = new ChangeSubscription(new ChangeSubscriptions(store, null, threads),
					SubscriptionOptions.defaults().withCapacity(1), null, (changeSet) -> {
						this.received.add(changeSet);
						// There is room again, before the subscription is woken to its
						// end.
						offer(delivering.get(), 3);
					}, threads);
			delivering.set(subscription);
			offer(subscription, 1);
			subscription.wake();
			offer(subscription, 2);
			tasks.remove(0).run();
			subscription.wake();
			assertThat(this.received).extracting(ChangeSet::version).containsExactly(1L);
			assertThat(subscription.completion()).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("too slow");
		}
		finally {
			threads.shutDown();
			threads.awaitEnd(Duration.ofSeconds(10));
		}
	}

	private static void offer(ChangeSubscription subscription, long version) {
		CollectionDefinition<Note> notes = CollectionDefinition.of(Note.class).build();
		Note note = new Note("1", "v" + version);
		Origin origin = new Origin() {

			@Override
			public String offset() {
				return null;
			}

			@Override
			public String txid() {
				return null;
			}

			@Override
			public String timestamp() {
				return null;
			}

			@Override
			public Map<String, JsonNode> headers() {
				return Map.of();
			}

		};
		subscription.offerChanges(version, "o" + version,
				List.of(new Change<>(notes, Operation.INSERT, "1", note, null, origin)));
	}

	@Test
	void refusesACapacityOfNothingAndAClosedDatabase() {
		assertThatIllegalArgumentException().isThrownBy(() -> SubscriptionOptions.defaults().withCapacity(0));
		StreamDb db = Notes.open(this.stream);
		Subscription subscription = db.subscribe(SubscriptionOptions.defaults(), this.received::add);
		db.close();
		assertThat(subscription.completion()).succeedsWithin(Duration.ofSeconds(10));
		assertThatIllegalStateException()
			.isThrownBy(() -> db.subscribe(SubscriptionOptions.defaults(), this.received::add))
			.withMessageContaining("StreamDB closed");
	}

	@RepeatedTest(5)
	@Spec({ "M12.3", "M12.6" })
	void replayedChangeSetsGiveTheSyncedState(RepetitionInfo repetition) throws Exception {
		long seed = repetition.getCurrentRepetition();
		Random random = new Random(seed);
		Map<String, String> replayed = new TreeMap<>();
		try (StreamDb db = Notes.open(this.stream)) {
			db.collection(Note.class).subscribe(SubscriptionOptions.defaults().withInitialState(), (changeSet) -> {
				for (Change<?> change : changeSet.changes()) {
					String previous = (change.operation() == Operation.DELETE) ? replayed.remove(change.key())
							: replayed.put(change.key(), ((Note) change.value()).text());
					assertThat((change.previous() != null) ? ((Note) change.previous()).text() : null)
						.isEqualTo(previous);
				}
				this.received.add(changeSet);
			});
			for (int i = 0; i < 200; i++) {
				List<String> items = new ArrayList<>();
				for (int j = random.nextInt(4); j >= 0; j--) {
					String key = "k" + random.nextInt(10);
					items.add(switch (random.nextInt(20)) {
						case 0 -> Notes.reset();
						case 1, 2, 3, 4 -> Notes.delete(key);
						default -> Notes.insert(key, i + "-" + j);
					});
				}
				this.stream.append(items.toArray(String[]::new));
			}
			Notes.awaitOffset(db, this.stream.tailOffset());
			Notes.awaitOffset(db, this.stream.append(Notes.insert("end", "end")));
			await().until(() -> this.received.stream()
				.anyMatch(
						(changeSet) -> changeSet.changes().stream().anyMatch((change) -> change.key().equals("end"))));
			assertThat(replayed).as("seed " + seed).isEqualTo(Notes.texts(db.syncedSnapshot()));
		}
	}

	@Test
	void subscriptionsThatBeginWhileCommitsArriveMissNothing() throws Exception {
		List<Map<String, String>> replicas = new ArrayList<>();
		try (StreamDb db = Notes.open(this.stream)) {
			for (int i = 0; i < 150; i++) {
				this.stream.append(Notes.insert("k" + i % 20, "v" + i), Notes.delete("k" + (i * 7) % 20));
				Map<String, String> replica = new ConcurrentSkipListMap<>();
				replicas.add(replica);
				db.subscribe(SubscriptionOptions.defaults().withInitialState(), (changeSet) -> {
					for (Change<?> change : changeSet.changes()) {
						if (change.operation() == Operation.DELETE) {
							replica.remove(change.key());
						}
						else {
							replica.put(change.key(), ((Note) change.value()).text());
						}
					}
				});
			}
			Notes.awaitOffset(db, this.stream.append(Notes.insert("end", "end")));
			await().untilAsserted(() -> assertThat(replicas).allMatch(Notes.texts(db.syncedSnapshot())::equals));
		}
	}

	private static org.awaitility.core.ConditionFactory await() {
		return org.awaitility.Awaitility.await();
	}

	record Unequal(String id, String text) {

		@Override
		public boolean equals(Object other) {
			if (this.text.equals("throws")) {
				throw new IllegalStateException("There is no equality");
			}
			return equals(other);
		}

		@Override
		public int hashCode() {
			return this.id.hashCode();
		}

	}

}
