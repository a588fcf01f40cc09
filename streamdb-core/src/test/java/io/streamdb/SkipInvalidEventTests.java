package io.streamdb;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.streamdb.Notes.Note;
import io.streamdb.event.InvalidEvent;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link StreamDb#skipInvalidEvent()}: SPEC M9.
 */
@Timeout(60)
class SkipInvalidEventTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final String INVALID = " ";

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec("M9.15")
	void whatIsSkippedIsTreatedAsQuarantinedAndTheRestOfItsBatchIsApplied() {
		List<String> told = new CopyOnWriteArrayList<>();
		this.stream.append(Notes.insert("2", "two"));
		try (StreamDb db = open()) {
			db.addListener(new StreamDbListener() {

				@Override
				public void onInvalidEvent(InvalidEvent event, String offset, Instant at) {
					told.add(event.key() + " at " + offset);
				}

			});
			String offset = this.stream.append(Notes.event("insert", "1", "one", "t1"), Notes.update("2", INVALID),
					Notes.event("insert", "3", "three", "t3"));
			awaitFailure(db);
			assertThat(db.status().cause()).hasMessageContaining(offset)
				.hasMessageContaining("note '2' as item 2")
				.hasMessageContaining("text must not be blank")
				.hasMessageContaining("skipInvalidEvent()");
			QuarantinedEvent skipped = db.skipInvalidEvent();
			assertThat(skipped.offset()).isEqualTo(offset);
			assertThat(skipped.event().type()).isEqualTo("note");
			assertThat(skipped.event().key()).isEqualTo("2");
			assertThat(skipped.event().kind()).isEqualTo(InvalidEvent.Kind.INVALID_VALUE);
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two", "3", "three"));
			assertThat(db.awaitTxId("t3")).succeedsWithin(TIMEOUT);
			assertThat(db.metrics().invalidEvents()).isOne();
			assertThat(db.quarantinedEvents()).singleElement()
				.satisfies((event) -> assertThat(event.event()).isEqualTo(skipped.event()));
			assertThat(told).containsExactly("2 at " + offset);
			Notes.insert(db, "4", "four").await();
		}
	}

	@Test
	void aFirstLoadGoesOnToo() {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", INVALID));
		this.stream.append(Notes.insert("3", "three"));
		try (StreamDb db = build()) {
			assertThat(db.preload()).failsWithin(TIMEOUT);
			assertThat(db.preload()).as("the event is still there").failsWithin(TIMEOUT);
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "3", "three"));
			assertThat(db.quarantinedEvents()).hasSize(1);
		}
	}

	@Test
	@Spec("M9.15")
	void everyInvalidEventIsSkippedForItself() {
		this.stream.append(Notes.insert("1", INVALID), Notes.insert("2", "two"), Notes.insert("1", INVALID));
		this.stream.append(Notes.insert("3", INVALID), Notes.insert("4", "four"));
		try (StreamDb db = build()) {
			for (String key : List.of("1", "1", "3")) {
				assertThat(db.preload()).failsWithin(TIMEOUT);
				assertThat(db.skipInvalidEvent().event().key()).isEqualTo(key);
			}
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two", "4", "four"));
			assertThat(db.metrics().invalidEvents()).isEqualTo(3);
			this.stream.append(Notes.insert("1", INVALID));
			awaitFailure(db);
		}
	}

	/** A server may answer the same read with more or fewer items. */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4, 100 })
	void anEventIsSkippedHoweverTheServerSplitsTheStream(int itemsPerBatch) {
		this.stream.append(Notes.insert("0", "zero"));
		this.stream.append(Notes.insert("1", "one"), Notes.reset(), "7", Notes.insert("2", INVALID));
		this.stream.append("{\"type\":\"stranger\"}", Notes.insert("2", INVALID), Notes.insert("3", "three"));
		this.stream.append(Notes.insert("4", INVALID), Notes.insert("5", "five"));
		try (StreamDb db = build()) {
			assertThat(db.preload()).failsWithin(TIMEOUT);
			this.stream.rebatch(1, itemsPerBatch);
			db.skipInvalidEvent();
			assertThat(db.preload()).failsWithin(TIMEOUT);
			assertThat(db.skipInvalidEvent().event().key()).isEqualTo("2");
			assertThat(db.preload()).failsWithin(TIMEOUT);
			assertThat(db.skipInvalidEvent().event().key()).isEqualTo("4");
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "three", "5", "five"));
			assertThat(db.metrics().invalidEvents()).isEqualTo(3);
		}
	}

	@Test
	void anEventOfABatchThatBreaksOffIsStillSkipped() {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", INVALID), Notes.insert("3", "three"));
		try (StreamDb db = build()) {
			assertThat(db.preload()).failsWithin(TIMEOUT);
			this.stream.cutRead(250).cutRead(100);
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "3", "three"));
			assertThat(db.metrics().invalidEvents()).isOne();
		}
	}

	@Test
	void theEventOfAStreamThatIsGoneIsNotTheOneOfTheNext() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			this.stream.append(Notes.insert("2", INVALID));
			awaitFailure(db);
			this.stream.delete();
			db.skipInvalidEvent();
			await().until(() -> db.status().failureReason() == FailureReason.DELETED);
			this.stream.recreate();
			this.stream.append(Notes.insert("2", INVALID));
			assertThat(db.preload()).failsWithin(TIMEOUT);
			assertThat(db.status().failureReason()).isEqualTo(FailureReason.INVALID_EVENT);
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThat(db.collection(Note.class).count()).isZero();
		}
	}

	@Test
	void withoutAnInvalidEventThereIsNothingToSkip() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open()) {
			assertThatIllegalStateException().isThrownBy(db::skipInvalidEvent).withMessageContaining("nothing to skip");
			this.stream.append(Notes.insert("2", INVALID));
			awaitFailure(db);
			db.skipInvalidEvent();
			assertThat(db.preload()).succeedsWithin(TIMEOUT);
			assertThatIllegalStateException().isThrownBy(db::skipInvalidEvent).withMessageContaining("nothing to skip");
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
		}
	}

	@Test
	void underThePolicyQuarantineThereIsNothingToSkip() {
		this.stream.append(Notes.insert("1", INVALID));
		try (StreamDb db = Notes.open(this.stream)) {
			assertThatIllegalStateException().isThrownBy(db::skipInvalidEvent).withMessageContaining("nothing to skip");
		}
	}

	@Test
	void aClosedDatabaseSkipsNothing() {
		this.stream.append(Notes.insert("1", INVALID));
		StreamDb db = build();
		assertThat(db.preload()).failsWithin(TIMEOUT);
		db.close();
		assertThatExceptionOfType(StreamDbUnavailableException.class).isThrownBy(db::skipInvalidEvent)
			.withMessageContaining("StreamDB closed");
	}

	private StreamDb build() {
		return Notes.on(this.stream).invalidEventPolicy(InvalidEventPolicy.FAIL).build();
	}

	private StreamDb open() {
		return Notes.loaded(build());
	}

	private static void awaitFailure(StreamDb db) {
		await().until(() -> db.status().state() == StreamDbState.FAILED);
		assertThat(db.status().failureReason()).isEqualTo(FailureReason.INVALID_EVENT);
	}

}
