package io.streamdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.streamdb.Notes.Note;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.RetryPolicy;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamExistsException;
import io.streamdb.client.StreamForeignResponseException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamServerException;
import io.streamdb.client.StreamUnauthorizedException;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.InvalidEvent;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.NotYetVisibleException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for loading, following, failing and coming back: SPEC M1, M4, M8, M9, M10.
 */
@Timeout(60)
class StreamDbLifecycleTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	// M1, M4

	@Test
	@Spec({ "M1.1", "M4.5", "M4.6" })
	void nothingConnectsBeforePreloadAndReadsAndWritesThrow() {
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertThat(db.status().state()).isEqualTo(StreamDbState.IDLE);
			assertThat(db.status().lag()).isNull();
			assertThatIllegalStateException().isThrownBy(() -> db.collection(Note.class).findAll())
				.withMessageContaining("preload()");
			assertThatIllegalStateException().isThrownBy(db::beginTransaction).withMessageContaining("preload()");
			assertThat(db.snapshot().collection(Note.class).count()).isZero();
			assertThat(db.offset()).isNull();
			assertThat(this.stream.requestCount("GET")).isZero();
		}
	}

	@Test
	@Spec({ "M4.1", "M4.2" })
	void nothingIsVisibleUntilTheFirstUpToDateAndThenEverything() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"));
		List<Integer> seen = new CopyOnWriteArrayList<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		try (StreamDb db = Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void onEvent(ChangeEvent<?> event) {
				seen.add(self.get().snapshot().collection(Note.class).count());
			}

		}).build()) {
			self.set(db);
			CompletableFuture<Void> first = db.preload();
			CompletableFuture<Void> second = db.preload();
			first.get(10, TimeUnit.SECONDS);
			second.get(10, TimeUnit.SECONDS);
			assertThat(seen).containsExactly(0, 0);
			assertThat(db.snapshot().collection(Note.class).count()).isEqualTo(2);
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(db.status().lag()).isZero();
		}
	}

	@Test
	@Spec("M4.3")
	void manyCallersOfPreloadShareOneConsumer() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		CompletableFuture<Void> gate = new CompletableFuture<>();
		this.stream.hold("GET", gate);
		try (StreamDb db = Notes.on(this.stream).build()) {
			List<CompletableFuture<CompletableFuture<Void>>> callers = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				callers.add(CompletableFuture.supplyAsync(db::preload));
			}
			List<CompletableFuture<Void>> loads = new ArrayList<>();
			for (CompletableFuture<CompletableFuture<Void>> caller : callers) {
				loads.add(caller.get(10, TimeUnit.SECONDS));
			}
			assertThat(loads).noneMatch(CompletableFuture::isDone);
			gate.complete(null);
			for (CompletableFuture<Void> load : loads) {
				load.get(10, TimeUnit.SECONDS);
			}
			assertThat(db.preload()).as("one that comes later").succeedsWithin(Duration.ofSeconds(10));
			Notes.awaitOffset(db, this.stream.append(Notes.insert("2", "two")));
			assertThat(db.metrics().events()).as("read once").isEqualTo(2);
			assertThat(this.stream.requestsFrom("-1")).isEqualTo(1);
		}
	}

	@Test
	@Spec({ "M4.2", "M4.7" })
	void whileItLoadsReadersAndWritersWaitForIt() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		CompletableFuture<Void> gate = new CompletableFuture<>();
		this.stream.hold("GET", gate);
		try (StreamDb db = Notes.on(this.stream).build()) {
			CompletableFuture<Void> preload = db.preload();
			CompletableFuture<List<Note>> reader = CompletableFuture
				.supplyAsync(() -> db.collection(Note.class).findAll());
			CompletableFuture<Note> writer = CompletableFuture.supplyAsync(() -> Notes.insert(db, "2", "two").await());
			assertThat(preload).isNotDone();
			gate.complete(null);
			assertThat(reader.get(10, TimeUnit.SECONDS)).contains(new Note("1", "one"));
			assertThat(writer.get(10, TimeUnit.SECONDS)).isEqualTo(new Note("2", "two"));
		}
	}

	@Test
	@Spec("M4.7")
	void whileItLoadsReadersThrowAfterTheStartTimeout() {
		this.stream.hold("GET", new CompletableFuture<>());
		try (StreamDb db = Notes.on(this.stream)
			.startTimeout(Duration.ofMillis(30))
			.shutdownTimeout(Duration.ofSeconds(1))
			.build()) {
			db.preload();
			assertThatIllegalStateException().isThrownBy(() -> db.collection(Note.class).count())
				.withMessageContaining("PT0.03S");
			assertThatIllegalStateException().isThrownBy(db::beginTransaction).withMessageContaining("written");
		}
	}

	@Test
	void aListenerThatReadsBeforeTheFirstLoadIsToldAndDoesNotDeadlock() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		CompletableFuture<Throwable> thrown = new CompletableFuture<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		try (StreamDb db = Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void onEvent(ChangeEvent<?> event) {
				try {
					self.get().collection(Note.class).count();
				}
				catch (RuntimeException ex) {
					thrown.complete(ex);
				}
			}

		}).build()) {
			self.set(db);
			db.preload().get(10, TimeUnit.SECONDS);
			assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("listener");
		}
	}

	@Test
	void whoWaitedForATxidOfTheFirstLoadFindsTheDatabaseLive() throws Exception {
		this.stream.append(Notes.event("insert", "1", "one", "t1"));
		CompletableFuture<Void> gate = new CompletableFuture<>();
		this.stream.hold("GET", gate);
		CompletableFuture<String> found = new CompletableFuture<>();
		try (StreamDb db = Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void afterBatch(String offset, boolean upToDate) {
				found.orTimeout(10, TimeUnit.SECONDS).handle((state, failure) -> null).join();
			}

		}).build()) {
			db.preload();
			CompletableFuture<Void> waiter = db.awaitTxId("t1", Duration.ofSeconds(20));
			waiter.thenRun(() -> found.complete(db.status().state() + " " + db.collection(Note.class).count()));
			gate.complete(null);
			assertThat(found.get(20, TimeUnit.SECONDS)).isEqualTo("LIVE 1");
		}
	}

	@Test
	void cancellingOnePreloadDoesNotHarmTheOthers() throws Exception {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		this.stream.hold("GET", gate);
		try (StreamDb db = Notes.on(this.stream).build()) {
			db.preload().cancel(true);
			CompletableFuture<Void> other = db.preload();
			gate.complete(null);
			other.get(10, TimeUnit.SECONDS);
		}
	}

	// not found

	@Test
	@Spec({ "M4.4", "M4.9", "M4.10", "M10.10" })
	void aMissingStreamFailsWithWhatToDo() {
		ScriptedStream missing = ScriptedStream.missing();
		try (StreamDb db = Notes.on(missing).build()) {
			assertFailed(db, FailureReason.NOT_FOUND, "createIfMissing", StreamNotFoundException.class);
			assertThatExceptionOfType(StreamDbFailedException.class)
				.isThrownBy(() -> db.collection(Note.class).findAll())
				.withMessageContaining("does not exist");
			assertThatExceptionOfType(StreamDbFailedException.class).isThrownBy(db::beginTransaction);
			assertThat(db.awaitTxId("x")).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.withCauseInstanceOf(StreamDbFailedException.class);
			assertThat(db.snapshot().collection(Note.class).count()).isZero();
			missing.recreate();
			missing.append(Notes.insert("1", "one"));
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(10));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			assertThat(db.status().failureReason()).isNull();
		}
	}

	@Test
	@Spec("M10.9")
	void aMissingStreamIsCreatedWhenThatIsWanted() {
		ScriptedStream missing = ScriptedStream.missing();
		try (StreamDb db = Notes.loaded(Notes.on(missing).createIfMissing(true).build())) {
			assertThat(missing.requestCount("PUT")).isEqualTo(1);
			Notes.insert(db, "1", "one").await();
			assertThat(missing.items()).hasSize(1);
		}
	}

	@Test
	void aStreamThatCannotBeCreatedIsAClearFailure() {
		ScriptedStream missing = ScriptedStream.missing();
		missing.answer("PUT", 409);
		try (StreamDb db = Notes.on(missing).createIfMissing(true).build()) {
			assertFailed(db, FailureReason.ERROR, "could not be created", StreamExistsException.class);
		}
	}

	// unauthorized, unreachable, errors

	@Test
	void refusedCredentialsFail() {
		for (int i = 0; i < 5; i++) {
			this.stream.answer("GET", 401);
		}
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertFailed(db, FailureReason.UNAUTHORIZED, "credentials", StreamUnauthorizedException.class);
		}
	}

	@Test
	@Spec("M4.4")
	void anUnreachableServerFailsAfterABoundedNumberOfAttemptsAndCanBeTriedAgain() {
		this.stream.goAway();
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertFailed(db, FailureReason.UNREACHABLE, "could not be reached", StreamConnectionException.class);
			assertThat(this.stream.requestCount("GET")).isEqualTo(StreamConsumer.MAX_CONNECTS);
			assertThat(db.metrics().retries()).isEqualTo(StreamConsumer.MAX_CONNECTS);
			this.stream.comeBack();
			this.stream.append(Notes.insert("1", "one"));
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(10));
			assertThat(Notes.texts(db)).hasSize(1);
		}
	}

	@Test
	void aServerThatAnswersWithErrorsOnlyFailsAtTheStart() {
		for (int i = 0; i < 50; i++) {
			this.stream.answer("GET", 500);
		}
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertFailed(db, FailureReason.ERROR, "answers with errors", StreamServerException.class);
		}
	}

	@Test
	void someErrorsAtTheStartAreRetried() {
		this.stream.answer("GET", 500).answer("GET", 503).answer("GET", 429);
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(Notes.texts(db)).hasSize(1);
			assertThat(db.metrics().retries()).isEqualTo(3);
		}
	}

	@Test
	@Spec("M4.8")
	void aServerThatGoesAwayAndComesBackIsFollowedAgain() {
		this.stream.longPollMillis(50);
		List<StreamDbState> states = new CopyOnWriteArrayList<>();
		try (StreamDb db = Notes.open(this.stream)) {
			db.addListener(states(states));
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			assertThat(db.status().cause()).isInstanceOf(StreamConnectionException.class);
			assertThat(db.status().lag()).isNotNull();
			assertThat(db.collection(Note.class).findAll()).as("served meanwhile").isEmpty();
			this.stream.append(Notes.insert("1", "one"));
			this.stream.comeBack();
			await().until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			await().until(() -> states.contains(StreamDbState.LIVE));
			assertThat(states).containsExactly(StreamDbState.RETRYING, StreamDbState.LIVE);
			assertThat(db.status().cause()).isNull();
		}
	}

	@Test
	@Spec("P4.8")
	void aClientThatGivesUpOnTheConnectionIsStartedAgain() {
		this.stream.longPollMillis(50);
		DurableStream impatient = DurableStream.builder(ScriptedStream.URL)
			.transport(this.stream)
			.readRetryPolicy(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
			.build();
		try (StreamDb db = Notes.loaded(StreamDb.builder(impatient, Notes.schema()).live(LiveMode.LONG_POLL).build())) {
			this.stream.goAway();
			long before = this.stream.requestCount("GET");
			await().until(() -> this.stream.requestCount("GET") > before + 2);
			assertThat(db.status().state()).isEqualTo(StreamDbState.RETRYING);
			this.stream.append(Notes.insert("1", "one"));
			this.stream.comeBack();
			// It may have been away for several of the pauses, which double each time.
			await().atMost(Duration.ofSeconds(40)).until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).hasSize(1);
		}
	}

	@Test
	void pagesOfAProxyInPlaceOfTheServerAreWaitedOut() {
		this.stream.longPollMillis(50);
		List<StreamDbState> states = new CopyOnWriteArrayList<>();
		try (StreamDb db = Notes.open(this.stream)) {
			db.addListener(states(states));
			for (int i = 0; i < 30; i++) {
				this.stream.answer("GET", 200);
			}
			await().until(() -> db.metrics().retries() == 30);
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "one")));
			await().until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			assertThat(states).containsExactly(StreamDbState.RETRYING, StreamDbState.LIVE);
		}
	}

	@Test
	void aClientThatGivesUpOnThePagesOfAProxyIsStartedAgain() {
		this.stream.longPollMillis(50);
		DurableStream impatient = DurableStream.builder(ScriptedStream.URL)
			.transport(this.stream)
			.readRetryPolicy(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)))
			.build();
		try (StreamDb db = Notes.loaded(StreamDb.builder(impatient, Notes.schema()).live(LiveMode.LONG_POLL).build())) {
			this.stream.answer("GET", 200).answer("GET", 200).answer("GET", 200);
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			assertThat(db.status().cause()).isInstanceOf(StreamForeignResponseException.class);
			this.stream.append(Notes.insert("1", "one"));
			await().until(() -> db.status().state() == StreamDbState.LIVE);
			assertThat(Notes.texts(db)).hasSize(1);
		}
	}

	@Test
	void aUrlThatIsNoStreamFailsClearlyAtTheStart() {
		for (int i = 0; i < 10; i++) {
			this.stream.answer("GET", 200);
		}
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertFailed(db, FailureReason.MALFORMED, "check that the URL is a Durable Stream's",
					StreamForeignResponseException.class);
			assertThat(this.stream.requestCount("GET")).isEqualTo(4);
		}
	}

	// bodies

	@Test
	void aBodyThatIsCutInTheMiddleIsReadAgainAndNothingIsHalfApplied() {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), "17");
		this.stream.cutRead(110);
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two"));
			assertThat(db.metrics().events()).as("counted once").isEqualTo(2);
			assertThat(db.metrics().ignoredItems()).isEqualTo(1);
			assertThat(db.metrics().retries()).isEqualTo(1);
		}
	}

	@Test
	@Spec("M9.16")
	void brokenJsonFailsAfterRetriesAndNothingOfTheBodyIsApplied() {
		try (StreamDb db = Notes.open(this.stream)) {
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "one")));
			this.stream.append(Notes.insert("2", "two"), "!{\"type\":\"note\",,}");
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.MALFORMED);
			assertThat(db.status().cause()).hasMessageContaining(ScriptedStream.URL.toString())
				.hasMessageContaining("0000_000000000001");
			assertThat(Notes.texts(db.snapshot())).isEqualTo(Map.of("1", "one"));
			assertThat(db.metrics().events()).isEqualTo(1);
			assertThat(db.preload()).failsWithin(Duration.ofSeconds(10));
		}
	}

	// M9

	@Test
	@Spec({ "M9.1", "M9.8", "M9.10" })
	void anInvalidEventIsQuarantinedAndItsKeyKeepsItsLastValidValue() {
		List<String> told = new CopyOnWriteArrayList<>();
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			db.addListener(new StreamDbListener() {

				@Override
				public void onInvalidEvent(InvalidEvent event, String offset, java.time.Instant at) {
					told.add(event.kind() + " " + event.key() + " " + offset);
				}

			});
			String offset = this.stream.append(Notes.update("1", " "), Notes.insert("2", "two"),
					"{\"type\":\"note\",\"key\":\"3\",\"value\":5,\"headers\":{\"operation\":\"insert\",\"txid\":\"t3\"}}",
					"{\"type\":\"note\",\"key\":\"4\"}");
			Notes.awaitOffset(db, offset);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two"));
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(db.metrics().invalidEvents()).isEqualTo(3);
			assertThat(db.quarantinedEvents()).extracting((event) -> event.event().kind())
				.containsExactly(InvalidEvent.Kind.INVALID_VALUE, InvalidEvent.Kind.NOT_AN_OBJECT,
						InvalidEvent.Kind.MISSING_HEADERS);
			assertThat(db.quarantinedEvents()).allMatch((event) -> event.offset().equals(offset));
			assertThat(db.awaitTxId("t3")).succeedsWithin(Duration.ofSeconds(20));
			await().until(() -> told.size() == 3);
			assertThat(told.get(0)).isEqualTo("INVALID_VALUE 1 " + offset);
		}
	}

	@Test
	void invalidEventsOfABatchThatBreaksOffAreNotCountedTwice() {
		this.stream.append(Notes.insert("1", " "), Notes.insert("2", "two"), Notes.insert("3", "three"));
		this.stream.cutRead(150);
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.metrics().invalidEvents()).isEqualTo(1);
			assertThat(db.quarantinedEvents()).hasSize(1);
		}
	}

	@Test
	@Spec("M9.9")
	void theFirstInvalidEventOfEachKindIsLoggedWithItsOffset() {
		Logger logger = (Logger) LoggerFactory.getLogger(Quarantine.class);
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		log.start();
		logger.addAppender(log);
		String first;
		String second;
		try (StreamDb db = Notes.open(this.stream)) {
			first = this.stream.append(Notes.insert("1", " "), Notes.insert("2", " "));
			second = this.stream.append(Notes.insert("3", " "), "{\"type\":\"note\",\"key\":\"4\"}");
			Notes.awaitOffset(db, second);
		}
		finally {
			logger.detachAppender(log);
		}
		assertThat(log.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN, Level.WARN);
		assertThat(log.list.get(0).getFormattedMessage()).contains("at offset " + first, "note '1'", "INVALID_VALUE");
		assertThat(log.list.get(1).getFormattedMessage()).contains("at offset " + second, "note '4'",
				"MISSING_HEADERS");
	}

	@Test
	@Spec("M9.18")
	void everyProcessCountsForItself() {
		this.stream.append(Notes.insert("1", " "), Notes.insert("2", " "));
		try (StreamDb first = Notes.open(this.stream)) {
			assertThat(first.metrics().invalidEvents()).isEqualTo(2);
			try (StreamDb second = Notes.open(this.stream)) {
				assertThat(second.metrics().invalidEvents()).as("begins anew").isEqualTo(2);
			}
			assertThat(first.metrics().invalidEvents()).isEqualTo(2);
		}
	}

	/** The first and the second part of the stream may be one batch, or two. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@Spec({ "M9.1", "M9.17" })
	void aValueGivesWayOnlyToALaterValidOneOrToADelete(boolean oneBatch) {
		String[] valid = { Notes.insert("invalid", "a"), Notes.insert("twice", "a"), Notes.insert("valid", "a"),
				Notes.insert("deleted", "a"), Notes.delete("never") };
		String[] later = { unbindable("invalid"), unbindable("twice"), unbindable("twice"), unbindable("valid"),
				Notes.update("valid", "b"), unbindable("deleted"), Notes.delete("deleted"), unbindable("never") };
		if (oneBatch) {
			this.stream.append(Stream.concat(Arrays.stream(valid), Arrays.stream(later)).toArray(String[]::new));
		}
		else {
			this.stream.append(valid);
			this.stream.append(later);
		}
		Map<String, String> expected = Map.of("invalid", "a", "twice", "a", "valid", "b");
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(Notes.texts(db)).isEqualTo(expected);
			assertThat(db.quarantinedEvents()).extracting((event) -> event.event().key())
				.contains("invalid", "twice", "never");
			Notes.awaitOffset(db, this.stream.append(later));
			assertThat(Notes.texts(db)).as("followed live").isEqualTo(expected);
		}
	}

	private static String unbindable(String key) {
		return "{\"type\":\"note\",\"key\":\"" + key
				+ "\",\"value\":{\"text\":{\"no\":\"text\"}},\"headers\":{\"operation\":\"update\"}}";
	}

	@Test
	void onlyTheLastHundredInvalidEventsAreKept() {
		for (int i = 0; i < 120; i++) {
			this.stream.append(Notes.insert("k" + i, " "));
		}
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.metrics().invalidEvents()).isEqualTo(120);
			assertThat(db.quarantinedEvents()).hasSize(100);
			assertThat(db.quarantinedEvents().get(99).event().key()).isEqualTo("k119");
		}
	}

	@Test
	@Spec({ "M9.13", "M9.14" })
	void thePolicyFailStopsAndAppliesNothingOfTheBatch() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).invalidEventPolicy(InvalidEventPolicy.FAIL).build())) {
			CompletableFuture<Void> waiter = db.awaitTxId("t");
			this.stream.append(Notes.event("insert", "1", "one", "t"), Notes.insert("2", " "));
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.INVALID_EVENT);
			assertThat(db.status().cause()).hasMessageContaining("note '2'").hasMessageContaining("QUARANTINE");
			assertThat(db.snapshot().collection(Note.class).count()).isZero();
			assertThat(waiter).failsWithin(Duration.ofSeconds(20));
			assertThat(db.metrics().invalidEvents()).isZero();
		}
	}

	// M8

	@Test
	@Spec({ "M8.1", "M8.2", "M8.4" })
	void aResetReplacesTheStateWhenTheStreamIsUpToDateAgain() {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
		AtomicReference<StreamDb> self = new AtomicReference<>();
		List<StreamDbState> states = new CopyOnWriteArrayList<>();
		try (StreamDb db = Notes.open(this.stream)) {
			self.set(db);
			this.stream.holdReads();
			this.stream.append(Notes.reset(), Notes.insert("3", "three"));
			this.stream.append(Notes.event("insert", "2", "zwei", "t2"));
			this.stream.append(Notes.insert("4", "four"));
			db.addListener(new StreamDbListener() {

				@Override
				public void onEvent(ChangeEvent<?> event) {
					seen.add(Notes.texts(self.get()));
				}

				@Override
				public void onStatusChange(StreamDbStatus status) {
					states.add(status.state());
				}

			});
			CompletableFuture<Void> txid = db.awaitTxId("t2", Duration.ofSeconds(20));
			this.stream.releaseReads();
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(seen).hasSize(3).allMatch(Map.of("1", "one", "2", "two")::equals);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei", "3", "three", "4", "four"));
			assertThat(txid).succeedsWithin(Duration.ofSeconds(20));
			await().until(() -> states.contains(StreamDbState.LIVE));
			assertThat(states).containsExactly(StreamDbState.CATCHING_UP, StreamDbState.LIVE);
			assertThat(db.metrics().resets()).isEqualTo(1);
			assertThat(db.metrics().events()).isEqualTo(5);
		}
	}

	@Test
	@Spec("M8.6")
	void theOffsetOfAResetIsIgnored() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.append("{\"headers\":{\"control\":\"reset\",\"offset\":\"9999_999999999999\"}}",
					Notes.insert("2", "two"));
			Notes.awaitOffset(db, this.stream.append(Notes.insert("3", "three")));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two", "3", "three"));
			assertThat(db.offset()).isEqualTo(this.stream.tailOffset());
		}
	}

	@Test
	@Spec({ "M8.2", "M8.4", "M8.5" })
	void preloadWaitsForTheLoadAfterAResetAndReadersAreServedTheOldState() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		CompletableFuture<Void> gate = new CompletableFuture<>();
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.holdReads();
			this.stream.append(Notes.reset());
			this.stream.append(Notes.insert("2", "two"));
			db.addListener(new StreamDbListener() {

				@Override
				public void onStatusChange(StreamDbStatus status) {
					if (status.state() == StreamDbState.CATCHING_UP) {
						gate.join();
					}
				}

			});
			this.stream.releaseReads();
			await().until(() -> db.status().state() == StreamDbState.CATCHING_UP);
			CompletableFuture<Void> preload = db.preload();
			assertThat(preload).isNotDone();
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("1", "one"));
			gate.complete(null);
			preload.get(10, TimeUnit.SECONDS);
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("2", "two"));
		}
	}

	@Test
	void aTransactionPendingOverAResetIsAppliedOnTheNewState() {
		this.stream.append(Notes.insert("1", "one"));
		CompletableFuture<Void> gate = new CompletableFuture<>();
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.hold("POST", gate);
			Notes.insert(db, "0", "zero");
			await().until(() -> this.stream.requestCount("POST") == 1);
			var update = db.transact((transaction) -> transaction.collection(Note.class)
				.update("1", (note) -> note.withText(note.text() + "+")));
			Notes.awaitOffset(db, this.stream.append(Notes.reset(), Notes.insert("1", "eins")));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("0", "zero", "1", "eins+"));
			gate.complete(null);
			assertThat(update.await()).isEqualTo(new Note("1", "eins+"));
		}
	}

	// M10

	@Test
	void aStreamThatIsDeletedWhileItIsFollowedFailsAndIsLoadedAnewWhenItIsBack() {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"));
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.delete();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.DELETED);
			assertThat(Notes.texts(db.snapshot())).as("snapshots still answer").hasSize(2);
			assertThatExceptionOfType(StreamDbFailedException.class)
				.isThrownBy(() -> db.collection(Note.class).findAll());
			assertThat(db.preload()).failsWithin(Duration.ofSeconds(10));
			this.stream.recreate();
			this.stream.append(Notes.insert("3", "three"));
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(10));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "three"));
			Notes.insert(db, "4", "four").await();
			assertThat(this.stream.items()).hasSize(2);
		}
	}

	/** Its server names no incarnations. */
	@Test
	@Spec("M10.8")
	void aForeignStreamThatHasGrownPastOurOffsetIsTakenForTheOldOne() {
		this.stream.longPollMillis(50);
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"));
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			this.stream.recreate();
			this.stream.append(Notes.insert("3", "three"));
			this.stream.append(Notes.insert("4", "four"));
			String tail = this.stream.append(Notes.insert("5", "five"));
			this.stream.comeBack();
			Notes.awaitOffset(db, tail);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two", "5", "five"));
		}
	}

	@Test
	void aListenerMayLoadAnewWhenItIsToldOfAFailure() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		AtomicReference<StreamDb> self = new AtomicReference<>();
		CompletableFuture<CompletableFuture<Void>> again = new CompletableFuture<>();
		try (StreamDb db = Notes.on(this.stream).listener(new StreamDbListener() {

			@Override
			public void onStatusChange(StreamDbStatus status) {
				if (status.state() == StreamDbState.FAILED) {
					StreamDbLifecycleTests.this.stream.recreate();
					StreamDbLifecycleTests.this.stream.append(Notes.insert("2", "two"));
					again.complete(self.get().preload());
				}
			}

		}).build()) {
			self.set(db);
			Notes.loaded(db);
			CompletableFuture<Void> waiter = db.awaitTxId("t", Duration.ofHours(1));
			this.stream.delete();
			again.get(10, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS);
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two"));
			assertThat(waiter).as("began before the failure").failsWithin(Duration.ofSeconds(10));
			CompletableFuture<Void> later = db.awaitTxId("t", Duration.ofHours(1));
			this.stream.append(Notes.event("insert", "3", "three", "t"));
			assertThat(later).succeedsWithin(Duration.ofSeconds(10));
		}
	}

	@Test
	void whatOnlyTheDeletedStreamHeldIsNotShownOnTopOfItsSuccessor() {
		try (StreamDb db = Notes.loaded(Notes.on(this.stream).txIdTimeout(Duration.ofMillis(50)).build())) {
			this.stream.holdReads();
			TransactionHandle<Note> handle = Notes.insert(db, "1", "one");
			assertThatExceptionOfType(NotYetVisibleException.class).isThrownBy(handle::await);
			assertThat(handle.outcome()).contains(TransactionOutcome.DURABLE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			this.stream.delete();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			this.stream.recreate();
			this.stream.releaseReads();
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(10));
			assertThat(Notes.texts(db)).isEmpty();
			assertThat(db.collection(Note.class).count()).isZero();
		}
	}

	@Test
	void aTxidOfABatchThatBreaksOffIsNotSeen() throws Exception {
		this.stream.longPollMillis(50);
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> retried = new CompletableFuture<>();
			CompletableFuture<Void> goOn = new CompletableFuture<>();
			db.addListener(new StreamDbListener() {

				@Override
				public void onStatusChange(StreamDbStatus status) {
					if (status.state() == StreamDbState.RETRYING) {
						retried.complete(null);
						goOn.join();
					}
				}

			});
			this.stream.holdReads();
			this.stream.append(Notes.event("insert", "1", "one", "t1"), Notes.insert("2", "two"));
			this.stream.cutRead(130);
			this.stream.releaseReads();
			retried.get(10, TimeUnit.SECONDS);
			CompletableFuture<Void> waiter = db.awaitTxId("t1", Duration.ofSeconds(20));
			assertThat(waiter).isNotDone();
			assertThat(Notes.texts(db)).isEmpty();
			goOn.complete(null);
			waiter.get(10, TimeUnit.SECONDS);
			assertThat(Notes.texts(db)).hasSize(2);
		}
	}

	@Test
	void anOffsetThatIsNoLongerRetainedFailsAndPreloadLoadsWhatIsLeft() {
		this.stream.longPollMillis(50);
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			this.stream.append(Notes.insert("2", "two"));
			this.stream.append(Notes.insert("3", "three"));
			this.stream.dropFirst(2);
			this.stream.comeBack();
			await().until(() -> db.status().state() == StreamDbState.FAILED);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.RETENTION);
			assertThat(db.status().cause()).hasMessageContaining("no longer keeps");
			this.stream.dropFirst(0);
			assertThat(db.preload()).succeedsWithin(Duration.ofSeconds(10));
			assertThat(Notes.texts(db)).hasSize(3);
		}
	}

	private static StreamDbListener states(List<StreamDbState> states) {
		return new StreamDbListener() {

			@Override
			public void onStatusChange(StreamDbStatus status) {
				states.add(status.state());
			}

		};
	}

	private static void assertFailed(StreamDb db, FailureReason reason, String message,
			Class<? extends Throwable> cause) {
		assertThat(db.preload()).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(StreamDbFailedException.class)
			.withMessageContaining(message)
			.withMessageContaining(ScriptedStream.URL.toString())
			.withCauseInstanceOf(cause);
		assertThat(db.status().state()).isEqualTo(StreamDbState.FAILED);
		assertThat(db.status().failureReason()).isEqualTo(reason);
		assertThat(db.status().cause()).isInstanceOf(StreamDbFailedException.class);
	}

}
