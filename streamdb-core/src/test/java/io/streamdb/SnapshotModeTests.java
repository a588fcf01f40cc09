package io.streamdb;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.streamdb.Notes.Counter;
import io.streamdb.event.Operation;
import io.streamdb.store.ChangeSet;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for snapshots in the stream: SPEC M8.
 */
@Timeout(60)
class SnapshotModeTests {

	private static final String START = "{\"headers\":{\"control\":\"snapshot-start\"}}";

	private static final String END = "{\"headers\":{\"control\":\"snapshot-end\"}}";

	private final ScriptedStream stream = ScriptedStream.empty();

	private final BlockingQueue<ChangeSet> received = new LinkedBlockingQueue<>();

	@Test
	@Spec("M8.7")
	void byDefaultASnapshotIsAHint() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = Notes.open(this.stream)) {
			Notes.awaitOffset(db, this.stream.append(START, Notes.insert("2", "two"), END));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "two"));
			assertThat(db.metrics().controlEvents()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 100 })
	@Spec("M8.8")
	void whatASnapshotDoesNotNameIsRemovedAtItsEnd(int itemsPerBatch) throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.insert("3", "three"),
				Notes.counter("c", 1));
		this.stream.split(itemsPerBatch);
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			this.stream.append(START, Notes.event("upsert", "2", "two", "t1"), Notes.event("upsert", "4", "four", "t1"),
					Notes.event("upsert", "5", "five", "t2"), END, Notes.insert("6", "six"));
			Notes.awaitOffset(db, this.stream.tailOffset());
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two", "4", "four", "5", "five", "6", "six"));
			assertThat(db.collection(Counter.class).count()).as("a type that was not seen").isEqualTo(1);
			ChangeSet last = null;
			while (last == null || !last.offset().equals(this.stream.tailOffset())) {
				last = next();
				last.changes()
					.stream()
					.filter((change) -> change.operation() == Operation.DELETE)
					.forEach((change) -> assertThat(change.origin().offset()).isNotNull());
			}
		}
	}

	@Test
	@Spec({ "M8.8", "M12.3" })
	void theRemovalsAreTold() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			this.stream.append(START, Notes.insert("2", "zwei"), END);
			ChangeSet changes = next();
			assertThat(changes.changes()).extracting((change) -> change.operation() + " " + change.key())
				.containsExactlyInAnyOrder("UPDATE 2", "DELETE 1");
			assertThat(changes.changes()).allMatch((change) -> changes.offset().equals(change.origin().offset()));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 100 })
	@Spec("M8.8")
	void theSameGoesForALoad(int itemsPerBatch) {
		this.stream.split(itemsPerBatch);
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.counter("c", 1), START,
				Notes.insert("2", "two"), END);
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "two"));
			assertThat(db.collection(Counter.class).count()).isEqualTo(1);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"headers\":{\"control\":\"reset\"}}", "{\"headers\":{\"control\":\"snapshot-start\"}}",
			"{\"headers\":{\"control\":\"fence\"}}" })
	@Spec("M8.9")
	void anUnfinishedSnapshotRemovesNothing(String breaksOff) {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			Notes.awaitOffset(db, this.stream.append(START, Notes.insert("2", "zwei")));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "zwei"));
			Notes.awaitOffset(db, this.stream.append(breaksOff, Notes.insert("3", "three")));
			boolean reset = breaksOff.contains("reset");
			assertThat(Notes.texts(db)).hasSize(reset ? 1 : 3);
			Notes.awaitOffset(db, this.stream.append(END));
			assertThat(Notes.texts(db))
				.isEqualTo(breaksOff.contains("fence") ? Map.of("2", "zwei", "3", "three") : Map.of("3", "three"));
			Notes.awaitOffset(db, this.stream.append(END));
			assertThat(Notes.texts(db)).containsKey("3");
		}
	}

	@Test
	@Spec("M8.9")
	void anEndWithoutABeginningRemovesNothing() {
		this.stream.append(Notes.insert("1", "one"));
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			Notes.awaitOffset(db, this.stream.append(Notes.insert("2", "two"), END));
			assertThat(Notes.texts(db)).hasSize(2);
		}
	}

	@ParameterizedTest
	@EnumSource(UpdateMode.class)
	@Spec({ "M8.8", "M9.1" })
	void anEntityThatIsNamedByAnInvalidEventKeepsItsValue(UpdateMode mode) {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.insert("3", "three"));
		try (StreamDb db = open(mode)) {
			this.stream.split(1);
			Notes.awaitOffset(db, this.stream.append(START, Notes.event("update", "1", " ", "t1"),
					Notes.event("update", "new", " ", "t1"), Notes.event("insert", "2", "zwei", "t1"), END));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "2", "zwei"));
			Notes.awaitOffset(db, this.stream.append(
					"{\"type\":\"note\",\"key\":\"1\",\"value\":{\"more\":1},\"headers\":{\"operation\":\"update\"}}"));
			assertThat(Notes.texts(db)).hasSize(2);
		}
	}

	@Test
	@Spec("M8.8")
	void aSnapshotInABatchThatBreaksOffIsReadAgain() {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"), Notes.insert("3", "three"));
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			this.stream.cutRead(200).cutRead(20);
			this.stream.append(START, Notes.insert("2", "zwei"));
			Notes.awaitOffset(db, this.stream.append(Notes.insert("4", "four"), END));
			assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei", "4", "four"));
		}
	}

	@Test
	@Spec("M8.8")
	void aReaderThatReconnectsGoesOnWithTheSnapshot() {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		try (StreamDb db = open(UpdateMode.REPLACE)) {
			Notes.awaitOffset(db, this.stream.append(START, Notes.insert("2", "zwei")));
			this.stream.goAway();
			await().until(() -> db.status().state() == StreamDbState.RETRYING);
			this.stream.append(END);
			this.stream.comeBack();
			await().untilAsserted(() -> assertThat(Notes.texts(db)).isEqualTo(Map.of("2", "zwei")));
		}
	}

	private StreamDb open(UpdateMode mode) {
		StreamDb db = Notes.loaded(Notes.on(this.stream).updateMode(mode).snapshotMode(SnapshotMode.REPLACE).build());
		db.subscribe(SubscriptionOptions.defaults(), this.received::add);
		return db;
	}

	private ChangeSet next() throws InterruptedException {
		ChangeSet changeSet = this.received.poll(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
		assertThat(changeSet).isNotNull();
		return changeSet;
	}

}
