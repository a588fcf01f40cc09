package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.streamdb.Notes.Note;
import io.streamdb.client.Scheduling;
import io.streamdb.store.ChangeSet;
import io.streamdb.store.Subscription;
import io.streamdb.testsupport.Latches;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the bounds of a database: what happens there, and that the counters tell.
 */
@Timeout(120)
class BoundsTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final ScriptedStream stream = ScriptedStream.empty();

	private final CountDownLatch released = new CountDownLatch(1);

	@Test
	void callbacksThatBlockEndTheTakingOfTransactionsAndWaitersUntilTheyAreOver() {
		LaterByHand later = new LaterByHand();
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).scheduling(later.scheduling()).build())) {
			AtomicInteger blocked = new AtomicInteger();
			for (int i = 0; i < CompletionThreads.FEW; i++) {
				db.awaitTxId("first").thenRun(() -> {
					blocked.incrementAndGet();
					Latches.awaitOpen(this.released);
				});
			}
			this.stream.append(Notes.event("insert", "1", "one", "first"));
			await().until(() -> blocked.get() == CompletionThreads.FEW);
			CompletableFuture<?>[] waiters = IntStream.range(0, CompletionThreads.LIMIT)
				.mapToObj((i) -> db.awaitTxId("second", Duration.ofHours(1)))
				.toArray(CompletableFuture[]::new);
			this.stream.append(Notes.event("insert", "2", "two", "second"));
			await().until(() -> db.metrics().waitingCompletions() == CompletionThreads.LIMIT);
			assertThat(db.metrics().completionThreads()).isEqualTo(CompletionThreads.FEW);
			assertThat(db.awaitTxId("third")).failsWithin(TIMEOUT)
				.withThrowableThat()
				.withCauseInstanceOf(StreamDbUnavailableException.class)
				.withMessageContaining("100000 futures");
			assertThatExceptionOfType(StreamDbUnavailableException.class)
				.isThrownBy(() -> Notes.insert(db, "3", "three"))
				.withMessageContaining("100000 futures");
			assertThat(Notes.texts(db)).as("what is refused leaves no trace, and reads go on")
				.containsOnlyKeys("1", "2");
			this.released.countDown();
			assertThat(CompletableFuture.allOf(waiters)).succeedsWithin(TIMEOUT);
			await().until(() -> db.metrics().completionThreads() == 0);
			assertThat(db.metrics().waitingCompletions()).isZero();
			assertThat(Notes.insert(db, "3", "three").await()).isEqualTo(new Note("3", "three"));
		}
	}

	@Test
	void actionsThatWaitForAThreadAreCountedAndRunWhenThereIsOne() {
		int more = 50;
		try (StreamDb db = Notes.open(this.stream)) {
			List<TransactionHandle<Note>> handles = new ArrayList<>();
			for (int i = 0; i < TaskThreads.LIMIT + more; i++) {
				handles.add(db.invoke(Notes.heldBy(this.released), new Note("n" + i, "text")));
			}
			await().until(() -> db.metrics().taskThreads() == TaskThreads.LIMIT);
			assertThat(db.metrics().waitingTasks()).isEqualTo(more);
			assertThat(db.metrics().pendingTransactions()).isEqualTo(TaskThreads.LIMIT + more);
			assertThat(db.metrics().shownTransactions()).isEqualTo(TaskThreads.LIMIT + more);
			assertThat(handles.get(TaskThreads.LIMIT + more - 1).rollback()).as("it has not begun").isTrue();
			this.released.countDown();
			handles.subList(0, TaskThreads.LIMIT + more - 1).forEach(TransactionHandle::await);
			await().until(() -> db.metrics().taskThreads() == 0);
			assertThat(db.metrics().shownTransactions()).isZero();
		}
	}

	@Test
	void whatIsAcknowledgedAndNotThereYetIsShownAndCounted() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).txIdTimeout(Duration.ofMillis(10)).build())) {
			this.stream.holdReads();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> handle.outcome().isPresent());
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			assertThat(db.metrics().pendingTransactions()).isZero();
			assertThat(db.metrics().shownTransactions()).isOne();
			this.stream.releaseReads();
			await().until(() -> db.metrics().shownTransactions() == 0);
		}
	}

	@Test
	void aBlockedSubscriberOfTheLatestKeepsOneChangeOfEachKeyOfAHundredThousand() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();
			CountDownLatch begun = new CountDownLatch(1);
			db.subscribe(SubscriptionOptions.defaults().withDelivery(ChangeDelivery.LATEST), (changeSet) -> {
				received.add(changeSet);
				begun.countDown();
				Latches.awaitOpen(this.released);
			});
			this.stream.append(Notes.insert("first", "one"));
			assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
			appendHundredThousand(db);
			assertThat(db.metrics().waitingChangeSets()).isOne();
			assertThat(db.metrics().events()).isEqualTo(100_001);
			this.released.countDown();
			List<ChangeSet> later = new ArrayList<>();
			Map<String, String> texts = new HashMap<>();
			await().until(() -> {
				received.drainTo(later);
				later.stream()
					.flatMap((changeSet) -> changeSet.changes().stream())
					.forEach((change) -> texts.put(change.key(), ((Note) change.value()).text()));
				return texts.entrySet()
					.stream()
					.filter((text) -> text.getValue().startsWith("text 9999"))
					.count() == 10;
			});
			// The first one, what was merged, and perhaps a last batch that had been
			// published and not told.
			assertThat(later).hasSizeBetween(2, 3)
				.allSatisfy((changes) -> assertThat(changes.changes()).hasSizeLessThan(11));
		}
	}

	@Test
	void aBlockedSubscriberOfEveryChangeIsEndedAndHoldsNothingOfAHundredThousandEvents() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			CountDownLatch begun = new CountDownLatch(1);
			Subscription subscription = db.subscribe(SubscriptionOptions.defaults().withCapacity(100), (changeSet) -> {
				begun.countDown();
				Latches.awaitOpen(this.released);
			});
			this.stream.append(Notes.insert("first", "one"));
			assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
			appendHundredThousand(db);
			assertThat(subscription.completion()).failsWithin(TIMEOUT)
				.withThrowableThat()
				.withMessageContaining("too slow");
			assertThat(db.metrics().waitingChangeSets()).isZero();
			assertThat(db.metrics().subscriptionOverflows()).isOne();
			this.released.countDown();
		}
	}

	/** As a thousand batches. */
	private void appendHundredThousand(StreamDb db) {
		String offset = "";
		for (int i = 0; i < 1000; i++) {
			String[] items = new String[100];
			for (int j = 0; j < 100; j++) {
				int number = 100 * i + j;
				items[j] = Notes.update("key " + number % 10, "text " + number);
			}
			offset = this.stream.append(items);
		}
		Notes.awaitOffset(db, offset);
	}

	@Test
	void thereAreSoManySubscriptionsAndNoMore() {
		try (StreamDb db = Notes.open(this.stream)) {
			List<Subscription> open = new ArrayList<>();
			for (int i = 0; i < ChangeSubscriptions.LIMIT; i++) {
				open.add(db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
				}));
			}
			assertThatExceptionOfType(StreamDbUnavailableException.class)
				.isThrownBy(() -> db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
				}))
				.withMessageContaining("10000 open subscriptions");
			assertThat(db.metrics().subscriptions()).isEqualTo(ChangeSubscriptions.LIMIT);
			open.get(0).close();
			db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
			});
			assertThat(db.metrics().subscriptions()).isEqualTo(ChangeSubscriptions.LIMIT);
		}
	}

	@Test
	void thereAreSoManyListenersAndNoMore() {
		try (StreamDb db = Notes.on(this.stream).build()) {
			for (int i = 0; i < Listeners.LIMIT; i++) {
				db.addListener(new StreamDbListener() {
				});
			}
			assertThat(db.metrics().listeners()).isEqualTo(Listeners.LIMIT);
			assertThatIllegalStateException().isThrownBy(() -> db.addListener(new StreamDbListener() {
			})).withMessageContaining("1000 listeners");
			assertThat(db.metrics().listeners()).isEqualTo(Listeners.LIMIT);
		}
		assertThatIllegalStateException()
			.isThrownBy(() -> new Listeners(Collections.nCopies(Listeners.LIMIT + 1, new StreamDbListener() {
			})));
	}

	@Test
	void soManyMayWaitForALoadAndNoMore() {
		EngineThreads threads = new EngineThreads("http://localhost/s", null, Scheduling.real());
		try {
			PreloadWaiters waiters = new PreloadWaiters(threads, "http://localhost/s");
			CompletableFuture<Void> load = new CompletableFuture<>();
			CompletableFuture<Void> first = waiters.add(load);
			for (int i = 1; i < PreloadWaiters.LIMIT; i++) {
				waiters.add(load);
			}
			assertThat(waiters.add(load)).failsWithin(TIMEOUT)
				.withThrowableThat()
				.withCauseInstanceOf(StreamDbUnavailableException.class)
				.withMessageContaining("100000 callers wait already");
			assertThat(waiters.count()).isEqualTo(PreloadWaiters.LIMIT);
			load.complete(null);
			assertThat(first).succeedsWithin(TIMEOUT);
			assertThat(waiters.count()).isZero();
		}
		finally {
			threads.shutDown();
		}
	}

	@Test
	void ofAHundredThousandInvalidEventsTheLastHundredAreKept() {
		try (StreamDb db = Notes.open(this.stream)) {
			String offset = "";
			for (int i = 0; i < 20; i++) {
				int from = 5000 * i;
				offset = this.stream.append(IntStream.range(from, from + 5000)
					.mapToObj((number) -> Notes.insert("key " + number, " "))
					.toArray(String[]::new));
			}
			Notes.awaitOffset(db, offset);
			assertThat(db.metrics().invalidEvents()).isEqualTo(100_000);
			assertThat(db.quarantinedEvents()).hasSize(100);
			assertThat(db.quarantinedEvents().get(99).event().key()).isEqualTo("key 99999");
		}
	}

	@Test
	void ofALongKeyOfAnInvalidEventTheStartIsKept() {
		try (StreamDb db = Notes.open(this.stream)) {
			String key = "k".repeat(1_000_000);
			Notes.awaitOffset(db, this.stream.append(Notes.event("insert", key, " ", "t".repeat(1_000_000))));
			assertThat(db.quarantinedEvents()).singleElement().satisfies((quarantined) -> {
				assertThat(quarantined.event().key()).hasSize(301).startsWith("kkk").endsWith("…");
				assertThat(quarantined.event().txid()).hasSize(301).startsWith("ttt").endsWith("…");
			});
		}
	}

	@Test
	void whatIsSkippedIsCountedUntilItsBatchIsApplied() {
		this.stream.append(Notes.insert("1", " "), Notes.insert("2", " "));
		try (StreamDb db = Notes.on(this.stream).invalidEventPolicy(InvalidEventPolicy.FAIL).build()) {
			assertThat(db.preload()).failsWithin(TIMEOUT);
			db.skipInvalidEvent();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.metrics().skippedEvents()).isOne();
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(db.metrics().skippedEvents()).isZero();
		}
	}

	@Test
	void theTxidsThatAreRememberedAreCounted() {
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.metrics().rememberedTxids()).isZero();
			Notes.awaitOffset(db, this.stream.append(Notes.event("insert", "1", "one", "t1"),
					Notes.event("insert", "2", "two", "t2"), Notes.event("insert", "3", "three", "t2")));
			assertThat(db.metrics().rememberedTxids()).isEqualTo(2);
		}
	}

}
