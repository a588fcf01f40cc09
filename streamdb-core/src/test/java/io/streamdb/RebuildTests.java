package io.streamdb;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.Notes.Note;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import io.streamdb.event.ChangeEvent;
import io.streamdb.store.ChangeSet;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.StreamWitness;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import io.streamdb.transaction.UnknownOutcomeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for streams that lose their beginning, are deleted, and are created again: SPEC
 * M10.
 */
@Timeout(60)
class RebuildTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final String SNAPSHOT_START = "{\"headers\":{\"control\":\"snapshot-start\"}}";

	private static final String SNAPSHOT_END = "{\"headers\":{\"control\":\"snapshot-end\"}}";

	private final ScriptedStream stream = ScriptedStream.empty();

	private final BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();

	private final List<StreamDbState> states = new CopyOnWriteArrayList<>();

	// what is left after a retention

	@Test
	@Spec({ "M10.1", "M8.3" })
	void whatIsLeftIsLoadedAndSwappedInWhenItBeginsWithASnapshot() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open()) {
			List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
			db.addListener(new StreamDbListener() {

				@Override
				public void onEvent(ChangeEvent<?> event) {
					seen.add(Notes.texts(db));
				}

			});
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("lost", "?"));
				this.stream.append(SNAPSHOT_START, Notes.insert("2", "zwei"));
				this.stream.append(Notes.event("insert", "3", "three", "t3"), SNAPSHOT_END);
				this.stream.append(Notes.insert("4", "four"));
				this.stream.dropFirst(2);
			});
			assertThat(db.awaitTxId("t3", LONG)).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei", "3", "three", "4", "four"));
			assertThat(seen).hasSize(3).allMatch(Map.of("1", "one", "2", "two")::equals);
			assertThat(next()).containsExactly("DELETE 1", "UPDATE 2", "INSERT 3", "INSERT 4");
			await().until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(this.states).doesNotContain(StreamDbState.FAILED).contains(StreamDbState.CATCHING_UP);
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
			Notes.insert(db, "5", "five").await();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"headers\":{\"control\":\"snapshot-end\"}}",
			"{\"type\":\"note\",\"key\":\"9\",\"headers\":{\"operation\":\"delete\"}}", "null",
			"{\"type\":\"other\",\"headers\":{}}", "{\"type\":\"note\"}" })
	@Spec("M10.3")
	void whatIsLeftWithoutASnapshotIsNoWholeState(String first) {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("2", "two"));
				this.stream.append(first);
				this.stream.append(SNAPSHOT_START, Notes.insert("3", "three"), SNAPSHOT_END);
				this.stream.dropFirst(2);
			});
			awaitFailed(db, FailureReason.RETENTION);
			assertThat(db.status().cause()).hasMessageContaining("0000_000000000001");
			assertThat(Notes.texts(db.snapshot())).isEqualTo(Map.of("1", "one"));
			assertThat(db.metrics().events()).as("nothing of it was applied").isEqualTo(1);
			assertThat(db.preload()).as("when it is asked for").succeedsWithin(LONG);
			assertThat(Notes.texts(db)).containsOnlyKeys("3");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec("M10.3")
	void aFailureSaysUpToWhereTheStateIsVisibleWhateverHappensWhileTheRestIsLoaded(boolean goneAgain) {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(new Interposed().stream(), Notes.schema()).live(LiveMode.LONG_POLL).build())) {
			String visible = db.offset();
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			this.stream.append(Notes.insert("2", "two"));
			this.stream.append(goneAgain ? SNAPSHOT_START : Notes.insert("3", "three"));
			this.stream.append(Notes.insert("4", "four"));
			this.stream.append(Notes.insert("5", "five"));
			this.stream.dropFirst(2);
			if (goneAgain) {
				this.stream.limitReads(3);
			}
			else {
				this.stream.answerFrom("-1", 500);
			}
			this.stream.comeBack();
			if (goneAgain) {
				await().atMost(LONG).until(() -> this.stream.requestsFrom(this.stream.offset(3)) > 0);
				this.stream.dropFirst(4);
				this.stream.releaseReads();
			}
			await().atMost(LONG).until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.RETENTION);
			assertThat(db.status().cause()).hasMessageContaining("offset " + visible);
		}
	}

	@Test
	@Spec("M10.3")
	void aFailureSaysUpToWhereTheStateIsVisibleWhenTheServerRefusesTheRestAsWell() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("2", "two"));
				this.stream.append(Notes.insert("3", "three"));
				this.stream.dropFirst(2);
				this.stream.answerFrom("-1", 410);
			});
			awaitFailed(db, FailureReason.RETENTION);
			assertThat(db.status().cause()).hasMessageContaining("follows offset 0000_000000000001;");
		}
	}

	@Test
	@Spec("M10.3")
	void aFailureAfterARestWasLoadedSaysUpToWhereThatIsVisible() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("lost", "?"));
				this.stream.append(SNAPSHOT_START, Notes.insert("2", "two"), SNAPSHOT_END);
				this.stream.dropFirst(2);
			});
			Notes.awaitOffset(db, this.stream.tailOffset());
			String visible = db.offset();
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("3", "three"));
				this.stream.append(Notes.insert("4", "four"));
				this.stream.dropFirst(4);
			});
			awaitFailed(db, FailureReason.RETENTION);
			assertThat(db.status().cause()).hasMessageContaining("follows offset " + visible + ";");
		}
	}

	@Test
	@Spec("M10.3")
	void nothingIsNoWholeState() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			awayWhile(db, () -> {
				this.stream.append(Notes.insert("2", "two"));
				this.stream.dropFirst(2);
			});
			awaitFailed(db, FailureReason.RETENTION);
			assertThat(Notes.texts(db.snapshot())).isEqualTo(Map.of("1", "one"));
		}
	}

	@Test
	@Spec("M10.1")
	void anAcknowledgedTransactionIsCompleteWhenTheSnapshotComesFromAfterIt() {
		try (StreamDb db = open()) {
			this.stream.holdReads();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.appendCount() == 1);
			awayWhile(db, () -> {
				this.stream.append(SNAPSHOT_START, Notes.insert("1", "one"), SNAPSHOT_END);
				this.stream.dropFirst(1);
			});
			assertThat(handle.await()).isEqualTo(new Note("1", "one"));
			assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(Notes.texts(db.syncedSnapshot())).isEqualTo(Map.of("1", "one"));
		}
	}

	@Test
	@Spec({ "M10.1", "T5.11" })
	void anUnansweredTransactionIsUnknownWhenTheSnapshotComesFromAfterIt() {
		AtomicInteger sent = new AtomicInteger();
		CompletableFuture<Void> fence = new CompletableFuture<>();
		StreamTransport losing = (request) -> {
			if (!request.method().equals("POST")) {
				return this.stream.send(request);
			}
			if (request.headers().get("Producer-Epoch").equals("0")) {
				if (sent.getAndIncrement() == 0) {
					this.stream.send(request);
				}
				return CompletableFuture.failedFuture(new IOException("The answer got lost"));
			}
			return fence.thenCompose((open) -> this.stream.send(request));
		};
		try (StreamDb db = Notes.loaded(Notes.on(losing).transactionTimeout(Duration.ofSeconds(2)).build())) {
			this.stream.holdReads();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.appendCount() == 1);
			awayWhile(db, () -> {
				this.stream.append(SNAPSHOT_START, Notes.insert("1", "one"), SNAPSHOT_END);
				this.stream.dropFirst(1);
				this.stream.releaseReads();
			});
			await().until(() -> Notes.texts(db.syncedSnapshot()).containsKey("1"));
			fence.complete(null);
			assertThatExceptionOfType(UnknownOutcomeException.class).isThrownBy(handle::await);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
		}
	}

	// deleted

	@Test
	@Spec({ "M10.4", "M10.5", "M10.6", "M8.3", "M4.9", "M4.10" })
	void aDeletedStreamIsLoadedAnewByItselfWhenItIsThereAgain() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open()) {
			CompletableFuture<Void> waiter = db.awaitTxId("never", Duration.ofHours(1));
			this.stream.delete();
			awaitFailed(db, FailureReason.DELETED);
			assertThat(Notes.texts(db.snapshot())).as("snapshots still answer").hasSize(2);
			assertThatExceptionOfType(StreamDbFailedException.class)
				.isThrownBy(() -> db.collection(Note.class).findAll())
				.withMessageContaining("was deleted");
			assertThatExceptionOfType(StreamDbFailedException.class).isThrownBy(() -> Notes.insert(db, "x", "x"))
				.withMessageContaining("was deleted")
				.satisfies((failure) -> assertThat(failure.reason()).isEqualTo(FailureReason.DELETED));
			assertThat(waiter).failsWithin(LONG).withThrowableThat().withMessageContaining("was deleted");
			assertThat(db.awaitTxId("never")).failsWithin(LONG)
				.withThrowableThat()
				.withMessageContaining("was deleted");
			long probes = this.stream.requestCount("HEAD");
			await().until(() -> this.stream.requestCount("HEAD") > probes);
			this.states.clear();
			this.stream.recreate();
			this.stream.append(Notes.insert("2", "zwei"), Notes.insert("3", "three"));
			await().atMost(LONG).until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei", "3", "three"));
			assertThat(next()).containsExactly("DELETE 1", "UPDATE 2", "INSERT 3");
			await().until(() -> this.states.contains(StreamDbState.LIVE));
			assertThat(this.states).containsExactly(StreamDbState.CATCHING_UP, StreamDbState.LIVE);
			assertThat(db.preload()).succeedsWithin(LONG);
			Notes.insert(db, "4", "four").await();
			assertThat(this.stream.items()).hasSize(3);
		}
	}

	@Test
	@Spec("M10.5")
	void probingGoesOnWhileTheServerIsAway() {
		try (StreamDb db = open()) {
			this.stream.delete();
			awaitFailed(db, FailureReason.DELETED);
			this.stream.goAway();
			long probes = this.stream.requestCount("HEAD");
			await().until(() -> this.stream.requestCount("HEAD") > probes);
			this.stream.recreate();
			this.stream.append(Notes.insert("1", "one"));
			this.stream.comeBack();
			await().atMost(Duration.ofSeconds(40)).until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).hasSize(1);
		}
	}

	@Test
	@Spec("M13.8")
	void aDatabaseThatProbesCanBeClosed() {
		StreamDb db = open();
		this.stream.delete();
		awaitFailed(db, FailureReason.DELETED);
		db.close();
		assertThat(db.status().state()).isEqualTo(StreamDbState.CLOSED);
		long probes = this.stream.requestCount("HEAD");
		this.stream.recreate();
		assertThat(db.preload()).failsWithin(LONG);
		assertThat(this.stream.requestCount("HEAD")).isEqualTo(probes);
	}

	@Test
	@Spec("M10.4")
	void aTransactionThatFindsNoStreamFails() {
		try (StreamDb db = open()) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.hold("POST", gate);
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.requestCount("POST") == 1);
			this.stream.delete();
			awaitFailed(db, FailureReason.DELETED);
			gate.complete(null);
			assertThatExceptionOfType(StreamNotFoundException.class).isThrownBy(handle::await);
			assertThat(handle.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(Notes.texts(db.snapshot())).isEmpty();
		}
	}

	// created again

	@Test
	@Spec({ "M10.2", "M8.1", "M8.2", "M8.3" })
	void aStreamOfAnotherIncarnationIsLoadedWhileTheOldStateIsServed() throws Exception {
		this.stream.nameIncarnations().append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open()) {
			List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
			db.addListener(new StreamDbListener() {

				@Override
				public void onEvent(ChangeEvent<?> event) {
					seen.add(Notes.texts(db));
				}

			});
			awayWhile(db, () -> {
				this.stream.recreate();
				this.stream.append(Notes.insert("2", "zwei"));
				this.stream.append(Notes.event("insert", "3", "three", "t3"));
			});
			assertThat(db.awaitTxId("t3", LONG)).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei", "3", "three"));
			assertThat(seen).hasSize(2).allMatch(Map.of("1", "one", "2", "two")::equals);
			assertThat(next()).containsExactly("DELETE 1", "UPDATE 2", "INSERT 3");
			await().until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(this.states).doesNotContain(StreamDbState.FAILED).contains(StreamDbState.CATCHING_UP);
		}
	}

	@Test
	@Spec("M10.7")
	void aTailBehindWhatWasReadIsAnotherStream() throws Exception {
		this.stream.append(Notes.event("insert", "1", "one", "t1"));
		this.stream.append(Notes.insert("2", "two"));
		try (StreamDb db = open()) {
			assertThat(db.awaitTxId("t1")).isCompleted();
			awayWhile(db, () -> {
				this.stream.recreate();
				this.stream.append(Notes.insert("3", "three"));
			});
			await().until(() -> Notes.texts(db).equals(Map.of("3", "three")));
			assertThat(next()).containsExactly("DELETE 1", "DELETE 2", "INSERT 3");
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
			assertThat(this.states).doesNotContain(StreamDbState.FAILED);
			assertThat(db.awaitTxId("t1", Duration.ofMillis(20))).as("not readable any more").failsWithin(LONG);
		}
	}

	/**
	 * A reader that waits for something new may not notice it, but an append does.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec({ "M10.7", "T4.6" })
	void anAppendThatIsAcknowledgedBehindWhatWasReadIsOnAnotherStream(boolean incarnations) throws Exception {
		if (incarnations) {
			this.stream.nameIncarnations();
		}
		for (int i = 0; i < 5; i++) {
			this.stream.append(Notes.insert("old" + i, "x"));
		}
		Deaf deaf = new Deaf();
		try (StreamDb db = Notes.open(deaf)) {
			db.subscribe(SubscriptionOptions.defaults(), this.received::add);
			deaf.waits();
			this.stream.recreate();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			assertThat(handle.await(LONG)).isEqualTo(new Note("1", "one"));
			assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			assertThat(Notes.texts(db.syncedSnapshot())).isEqualTo(Map.of("1", "one"));
			assertThat(next()).containsExactly("DELETE old0", "DELETE old1", "DELETE old2", "DELETE old3",
					"DELETE old4", "INSERT 1");
			assertThat(this.stream.items()).hasSize(1);
		}
	}

	@Test
	@Spec("M10.6")
	void anAppendThatFindsNoStreamShowsThatItWasDeleted() {
		this.stream.append(Notes.insert("old", "x"));
		Deaf deaf = new Deaf();
		try (StreamDb db = Notes.open(deaf)) {
			deaf.waits();
			this.stream.delete();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			assertThatExceptionOfType(StreamNotFoundException.class).isThrownBy(handle::await);
			awaitFailed(db, FailureReason.DELETED);
			this.stream.recreate();
			this.stream.append(Notes.insert("2", "two"));
			this.stream.append(Notes.insert("3", "three"));
			await().atMost(LONG).until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two", "3", "three"));
		}
	}

	/** What was found out has closed the reader before the one that was being started. */
	@Test
	@Spec("M10.6")
	void aStreamThatIsMissedWhileItsReadStartsIsReadOnceMore() {
		this.stream.append(Notes.insert("1", "one"));
		Interposed executor = new Interposed();
		try (StreamDb db = Notes
			.loaded(StreamDb.builder(executor.stream(), Notes.schema()).live(LiveMode.LONG_POLL).build())) {
			StreamWitness witness = ((DefaultStreamDb) db).consumer;
			executor.before(1, witness::missing);
			witness.missing();
			await().atMost(LONG).until(() -> executor.count() == 3);
			assertThat(db.preload()).succeedsWithin(LONG);
			assertThat(Notes.texts(db)).containsOnlyKeys("1");
		}
	}

	@Test
	@Spec("M10.9")
	void anExecutorThatRefusesToCreateTheStreamFailsTheLoad() {
		Interposed executor = new Interposed();
		executor.before(2, () -> {
			throw new RejectedExecutionException("full");
		});
		this.stream.delete();
		try (StreamDb db = StreamDb.builder(executor.stream(), Notes.schema())
			.live(LiveMode.LONG_POLL)
			.createIfMissing(true)
			.build()) {
			assertThat(db.preload()).failsWithin(LONG).withThrowableThat().withMessageContaining("full");
			assertThat(db.preload()).as("when it is asked for again").succeedsWithin(LONG);
		}
	}

	// own transactions

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec({ "M10.6", "T4.14" })
	void whatOnlyTheOldStreamHasAcknowledgedIsAbandonedWithIt(boolean incarnations) {
		if (incarnations) {
			this.stream.nameIncarnations();
		}
		this.stream.append(Notes.insert("0", "zero"));
		try (StreamDb db = open()) {
			this.stream.holdReads();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.appendCount() == 2);
			awayWhile(db, () -> {
				this.stream.recreate();
				for (int i = 0; i < (incarnations ? 5 : 0); i++) {
					this.stream.append(Notes.insert("new", "n" + i));
				}
			});
			assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await)
				.withMessageContaining("was deleted since");
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			await().until(() -> !Notes.texts(db).containsKey("1"));
			assertThat(Notes.texts(db)).doesNotContainKey("0");
			this.stream.releaseReads();
			Notes.insert(db, "1", "again").await();
			assertThat(Notes.texts(db)).containsEntry("1", "again");
		}
	}

	@Test
	@Spec({ "M10.6", "T4.14" })
	void whatTheOldStreamAcknowledgesWhileTheNewOneIsAskedForInVainLeavesWithTheOldOne() {
		this.stream.nameIncarnations().append(Notes.insert("0", "zero"));
		AtomicBoolean away = new AtomicBoolean();
		AtomicInteger refused = new AtomicInteger();
		List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
		try (StreamDb db = Notes.open((request) -> {
			if (away.get() && String.valueOf(request.uri().getQuery()).contains("offset=-1")) {
				refused.incrementAndGet();
				return CompletableFuture.failedFuture(new ConnectException("away"));
			}
			return this.stream.send(request);
		})) {
			CompletableFuture<Void> answer = new CompletableFuture<>();
			this.stream.holdReads();
			this.stream.holdAnswer(answer);
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.appendCount() == 2);
			away.set(true);
			this.stream.recreate();
			this.stream.append(Notes.insert("new", "n"));
			await().until(() -> refused.get() > 0);
			TransactionHandle<Note> next = Notes.insert(db, "2", "two");
			answer.complete(null);
			await().until(() -> this.stream.appendCount() == 2);
			int before = refused.get();
			await().until(() -> refused.get() > before + 1);
			db.addListener(new StreamDbListener() {

				@Override
				public void afterBatch(String offset, boolean upToDate) {
					seen.add(Notes.texts(db));
				}

			});
			away.set(false);
			this.stream.releaseReads();
			assertThat(next.await()).isEqualTo(new Note("2", "two"));
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			await().until(() -> !seen.isEmpty());
			assertThat(seen).allMatch(Map.of("new", "n", "2", "two")::equals);
		}
	}

	@Test
	@Spec("M10.6")
	void whatIsNotSentYetGoesToTheNewStream() {
		this.stream.nameIncarnations().append(Notes.insert("0", "zero"));
		try (StreamDb db = open()) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.hold("POST", gate);
			TransactionHandle<Note> first = Notes.insert(db, "1", "one");
			await().until(() -> this.stream.requestCount("POST") == 1);
			TransactionHandle<Note> second = Notes.insert(db, "2", "two");
			awayWhile(db, () -> {
				this.stream.recreate();
				this.stream.append(Notes.insert("new", "n"));
			});
			await().until(() -> Notes.texts(db.syncedSnapshot()).containsKey("new"));
			assertThat(Notes.texts(db)).as("applied on the new state")
				.isEqualTo(Map.of("new", "n", "1", "one", "2", "two"));
			gate.complete(null);
			assertThat(first.await()).isEqualTo(new Note("1", "one"));
			assertThat(second.await()).isEqualTo(new Note("2", "two"));
			assertThat(this.stream.items()).hasSize(3);
			assertThat(Notes.texts(db.syncedSnapshot())).isEqualTo(Map.of("new", "n", "1", "one", "2", "two"));
		}
	}

	@Test
	void aStreamThatAlwaysLooksLikeAnotherOneIsNotAskedInATightLoop() {
		AtomicInteger reads = new AtomicInteger();
		this.stream.append(Notes.insert("1", "one"));
		StreamTransport odd = (request) -> {
			if (request.method().equals("GET") && !request.uri().getQuery().contains("offset=-1")) {
				reads.incrementAndGet();
				return this.stream.send(new TransportRequest("GET",
						ScriptedStream.URL.resolve("?offset=0000_000000000009"), request.headers(), null, null));
			}
			return this.stream.send(request);
		};
		try (StreamDb db = Notes.on(odd).build()) {
			assertThat(db.preload()).succeedsWithin(LONG);
			await().until(() -> reads.get() >= 2);
			assertThat(db.status().state()).isIn(StreamDbState.CATCHING_UP, StreamDbState.LIVE);
			await().until(() -> reads.get() >= 3);
			assertThat(reads).hasValueLessThan(10);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec("M10.6")
	void whatWasLoadedOfAStreamThatIsDeletedMeanwhileIsDropped(boolean createIfMissing) {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"));
		this.stream.limitReads(1);
		StreamDbListener deleting = new StreamDbListener() {

			@Override
			public void onEvent(ChangeEvent<?> event) {
				if (event.key().equals("1")) {
					RebuildTests.this.stream.delete();
				}
			}

		};
		try (StreamDb db = Notes.on(this.stream).createIfMissing(createIfMissing).listener(deleting).build()) {
			CompletableFuture<Void> load = db.preload();
			if (!createIfMissing) {
				assertThat(load).failsWithin(LONG);
				this.stream.recreate();
				this.stream.append(Notes.insert("3", "three"));
				this.stream.append(Notes.insert("4", "four"));
				this.stream.releaseReads();
				assertThat(db.preload()).succeedsWithin(LONG);
				assertThat(Notes.texts(db)).containsOnlyKeys("3", "4");
			}
			else {
				this.stream.releaseReads();
				assertThat(load).succeedsWithin(LONG);
				assertThat(Notes.texts(db)).isEmpty();
			}
		}
	}

	private StreamDb open() {
		StreamDb db = Notes.loaded(Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void onStatusChange(StreamDbStatus status) {
				RebuildTests.this.states.add(status.state());
			}

		}).build());
		await().until(() -> this.states.contains(StreamDbState.LIVE));
		this.states.clear();
		db.subscribe(SubscriptionOptions.defaults(), this.received::add);
		return db;
	}

	/** Changes the stream while nobody can look. */
	private void awayWhile(StreamDb db, Runnable change) {
		this.stream.goAway();
		await().until(() -> db.status().state() == StreamDbState.RETRYING);
		change.run();
		this.stream.comeBack();
	}

	private static void awaitFailed(StreamDb db, FailureReason reason) {
		await().until(() -> db.status().state() == StreamDbState.FAILED);
		assertThat(db.status().failureReason()).isEqualTo(reason);
	}

	private List<String> next() throws InterruptedException {
		ChangeSet changeSet = this.received.poll(20, TimeUnit.SECONDS);
		assertThat(changeSet).isNotNull();
		return changeSet.changes().stream().map((change) -> change.operation() + " " + change.key()).toList();
	}

	/** An executor that does something else first, once. */
	private final class Interposed implements Executor {

		private int count;

		private int left;

		private Runnable action;

		DurableStream stream() {
			return DurableStream.builder(ScriptedStream.URL)
				.transport(RebuildTests.this.stream)
				.executor(this)
				.readRetryPolicy(new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1)))
				.build();
		}

		/**
		 * Counts the tasks from now on: each read is one, and each request of another
		 * sort.
		 */
		synchronized void before(int task, Runnable run) {
			this.left = task;
			this.action = run;
		}

		synchronized int count() {
			return this.count;
		}

		private synchronized Runnable next() {
			this.count++;
			return (this.left > 0 && --this.left == 0) ? this.action : () -> {
			};
		}

		@Override
		public void execute(Runnable task) {
			next().run();
			new Thread(task, "interposed").start();
		}

	}

	/**
	 * A connection on which the first live read is never answered, as on a server that
	 * forgets its readers when a stream is deleted.
	 */
	private final class Deaf implements StreamTransport {

		private volatile boolean waiting;

		@Override
		public CompletableFuture<TransportResponse> send(TransportRequest request) {
			boolean live = request.method().equals("GET") && request.uri().getQuery().contains("live=");
			if (live && !this.waiting) {
				this.waiting = true;
				return new CompletableFuture<>();
			}
			return RebuildTests.this.stream.send(request);
		}

		void waits() {
			await().until(() -> this.waiting);
		}

	}

}
