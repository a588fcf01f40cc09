package io.streamdb;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import io.streamdb.Notes.Note;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.RolledBackException;
import io.streamdb.transaction.Transaction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for closing a database: SPEC M13.
 */
@Timeout(60)
class StreamDbCloseTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec("M13.1")
	void pendingTransactionsDrainBeforeTheEnd() throws Exception {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ofHours(1)).build());
		this.stream.hold("POST", gate);
		TransactionHandle<Note> first = Notes.insert(db, "1", "one");
		TransactionHandle<Note> second = Notes.insert(db, "2", "two");
		CompletableFuture<Void> closed = CompletableFuture.runAsync(db::close);
		await().until(() -> isRefused(db));
		assertThat(closed).isNotDone();
		gate.complete(null);
		closed.get(20, TimeUnit.SECONDS);
		assertThat(first.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(second.outcome()).contains(TransactionOutcome.COMPLETED);
		assertThat(this.stream.items()).hasSize(2);
	}

	@Test
	@Spec({ "M13.1", "M13.4", "M13.5" })
	void afterTheShutdownTimeoutWhatWasSentIsUnknownAndTheRestRolledBack() {
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ofMillis(200)).build());
		this.stream.hold("POST", new CompletableFuture<>());
		TransactionHandle<Note> sent = Notes.insert(db, "1", "one");
		await().until(() -> this.stream.requestCount("POST") == 1);
		TransactionHandle<Note> waiting = Notes.insert(db, "2", "two");
		Transaction open = db.beginTransaction();
		open.collection(Note.class).insert(new Note("3", "three"));
		db.close();
		assertThat(sent.outcome()).contains(TransactionOutcome.UNKNOWN);
		assertThat(waiting.outcome()).contains(TransactionOutcome.FAILED);
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(waiting::await);
		assertThatIllegalStateException().isThrownBy(open::commit).withMessageContaining("StreamDB closed");
		assertThat(Notes.texts(db)).isEmpty();
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
	}

	@Test
	void nothingIsWaitedForWhereNothingCanProgress() {
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ofHours(1)).build());
		this.stream.hold("POST", new CompletableFuture<>());
		TransactionHandle<Note> sent = Notes.insert(db, "1", "one");
		await().until(() -> this.stream.requestCount("POST") == 1);
		this.stream.delete();
		await().until(() -> db.status().state() == StreamDbState.FAILED);
		db.close();
		assertThat(sent.outcome()).contains(TransactionOutcome.UNKNOWN);
	}

	@Test
	void aFailureDuringTheDrainEndsIt() throws Exception {
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ofHours(1)).build());
		this.stream.hold("POST", new CompletableFuture<>());
		Notes.insert(db, "1", "one");
		await().until(() -> this.stream.requestCount("POST") == 1);
		CompletableFuture<Void> closed = CompletableFuture.runAsync(db::close);
		await().until(() -> isRefused(db));
		this.stream.delete();
		closed.get(20, TimeUnit.SECONDS);
	}

	@Test
	@Spec("M13.7")
	void closingTwiceIsFineAndReadsSaySo() {
		this.stream.append(Notes.insert("1", "one"));
		StreamDb db = Notes.open(this.stream);
		db.close();
		db.close();
		assertThatIllegalStateException().isThrownBy(() -> db.collection(Note.class).findAll())
			.withMessageContaining("StreamDB closed");
		assertThatIllegalStateException().isThrownBy(db::beginTransaction).withMessageContaining("StreamDB closed");
		assertThat(db.preload()).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed");
		assertThat(Notes.texts(db.snapshot())).isEqualTo(Map.of("1", "one"));
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
	}

	@Test
	void aDatabaseThatWasNeverLoadedCloses() {
		StreamDb db = Notes.on(this.stream).build();
		db.close();
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
		assertThat(this.stream.requestCount("GET")).isZero();
	}

	@Test
	@Spec("M13.2")
	void closingFailsAPreloadInProgress() {
		this.stream.hold("GET", new CompletableFuture<>());
		StreamDb db = Notes.on(this.stream).shutdownTimeout(Duration.ofSeconds(2)).build();
		CompletableFuture<Void> preload = db.preload();
		CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> db.collection(Note.class).count());
		db.close();
		assertThat(preload).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed");
		assertThat(reader).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed");
	}

	@Test
	@Spec("M13.6")
	void itsThreadsAreGoneAfterwards() {
		Set<Thread> before = threads();
		StreamDb db = Notes.open(this.stream);
		db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
		});
		Notes.insert(db, "1", "one").await();
		db.awaitTxId("never", Duration.ofHours(1));
		db.close();
		await().untilAsserted(() -> assertThat(threads()).allMatch(before::contains));
	}

	@Test
	void canBeClosedByASubscriber() throws Exception {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		StreamDb db = Notes.open(this.stream);
		db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
			db.close();
			closed.complete(null);
		});
		this.stream.append(Notes.insert("1", "one"));
		closed.get(20, TimeUnit.SECONDS);
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
		db.close();
	}

	@Test
	void canBeClosedByAListenerOnTheApplyThread() throws Exception {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		StreamDb db = Notes.open(this.stream);
		self.set(db);
		Notes.insert(db, "0", "zero").await();
		db.addListener(new StreamDbListener() {

			@Override
			public void afterBatch(String offset, boolean upToDate) {
				self.get().close();
				closed.complete(null);
			}

		});
		this.stream.append(Notes.insert("1", "one"));
		closed.get(20, TimeUnit.SECONDS);
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
	}

	@Test
	void aSubscriberThatHangsIsInterruptedInTheEnd() throws Exception {
		CountDownLatch started = new CountDownLatch(1);
		CompletableFuture<Void> interrupted = new CompletableFuture<>();
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ofMillis(100)).build());
		db.subscribe(SubscriptionOptions.defaults(), (changeSet) -> {
			started.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.complete(null);
			}
		});
		this.stream.append(Notes.insert("1", "one"));
		assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
		db.close();
		assertThat(interrupted).succeedsWithin(Duration.ofSeconds(10));
	}

	private static boolean isRefused(StreamDb db) {
		try {
			db.beginTransaction().rollback();
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

	private static Set<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("streamdb-"))
			.collect(Collectors.toSet());
	}

	@Test
	@Spec("M13.4")
	void whatFoundNoConnectionIsRolledBack() {
		StreamDb db = Notes.loaded(Notes.on(this.stream).shutdownTimeout(Duration.ZERO).build());
		this.stream.goAway();
		TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
		await().until(() -> this.stream.requestCount("POST") > 1);
		db.close();
		assertThatExceptionOfType(RolledBackException.class).isThrownBy(handle::await)
			.withMessageContaining("nothing of it is in the stream");
	}

}
