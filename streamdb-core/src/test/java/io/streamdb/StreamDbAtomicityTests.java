package io.streamdb;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.streamdb.Notes.Note;
import io.streamdb.client.StreamPayloadTooLargeException;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.ConflictException;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Nothing of a transaction that has failed reaches the stream, neither by itself nor
 * through others that were made on top of it: SPEC T5.
 */
@Timeout(60)
class StreamDbAtomicityTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec({ "T5.1", "T5.3", "T5.5" })
	void anUpdateOnTopOfARefusedInsertIsNotSent() {
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			TransactionHandle<Note> first = sendBehind(db, gate);
			this.stream.answer("POST", 413).answer("POST", 413);
			TransactionHandle<Note> refused = db.transact((transaction) -> {
				transaction.collection(Note.class).insert(new Note("k1", "A1"));
				return transaction.collection(Note.class).insert(new Note("k2", "A2"));
			});
			TransactionHandle<Note> dependent = append(db, "k2", "+B");
			TransactionHandle<Note> other = Notes.insert(db, "k3", "C");
			gate.complete(null);
			assertThatExceptionOfType(StreamPayloadTooLargeException.class).isThrownBy(refused::await);
			assertThatExceptionOfType(ConflictException.class).isThrownBy(dependent::await);
			assertThat(first.await()).isEqualTo(new Note("first", "0"));
			assertThat(other.await()).isEqualTo(new Note("k3", "C"));
			assertThat(refused.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(dependent.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(this.stream.items().toString()).doesNotContain("k1", "k2");
			assertThat(Notes.texts(db)).isEqualTo(Map.of("first", "0", "k3", "C"));
		}
	}

	@Test
	@Spec("T5.2")
	void anUpdateOnTopOfARefusedUpdateIsAppliedToWhatIsThere() {
		this.stream.append(Notes.insert("k", "0"));
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			sendBehind(db, gate);
			this.stream.answer("POST", 400).answer("POST", 400);
			TransactionHandle<Note> refused = append(db, "k", "+A");
			TransactionHandle<Note> dependent = append(db, "k", "+B");
			gate.complete(null);
			assertThat(dependent.await()).isEqualTo(new Note("k", "0+B"));
			assertThat(refused.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(this.stream.items().toString()).doesNotContain("+A");
			assertThat(Notes.texts(db)).containsEntry("k", "0+B");
		}
	}

	@Test
	void anUpdateThatNoLongerFitsIntoTheBatchIsMadeAgainWhenItsTurnComes() {
		this.stream.append(Notes.insert("k", "0"));
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			sendBehind(db, gate);
			CompletableFuture<Void> refusal = new CompletableFuture<>();
			this.stream.holdThenAnswer("POST", refusal, 413);
			TransactionHandle<Object> refused = db.transact((transaction) -> {
				transaction.collection(Note.class).update("k", (note) -> note.withText(note.text() + "+A"));
				return transaction.collection(Note.class).insert(new Note("large", "x".repeat(1 << 20)));
			});
			TransactionHandle<Note> dependent = append(db, "k", "+B");
			long before = this.stream.requestCount("POST");
			gate.complete(null);
			await().until(() -> this.stream.requestCount("POST") > before);
			refusal.complete(null);
			assertThat(dependent.await()).isEqualTo(new Note("k", "0+B"));
			assertThat(refused.outcome()).contains(TransactionOutcome.FAILED);
			assertThat(this.stream.items().toString()).doesNotContain("+A");
		}
	}

	@Test
	@Spec("T5.6")
	void whatMayHaveArrivedIsRepeatedAsItIs() {
		this.stream.append(Notes.insert("k", "0"));
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> gate = new CompletableFuture<>();
			this.stream.holdReads();
			sendBehind(db, gate);
			this.stream.loseAnswer();
			TransactionHandle<Note> first = append(db, "k", "+A");
			TransactionHandle<Note> second = append(db, "k", "+B");
			gate.complete(null);
			await().until(() -> this.stream.requestCount("POST") == 3);
			this.stream.releaseReads();
			assertThat(second.await(Duration.ofSeconds(10))).isEqualTo(new Note("k", "0+A+B"));
			assertThat(first.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(this.stream.items()).as("once").hasSize(4);
		}
	}

	/**
	 * Sends a transaction whose append is held, so that what follows gathers behind it.
	 */
	private TransactionHandle<Note> sendBehind(StreamDb db, CompletableFuture<Void> gate) {
		this.stream.hold("POST", gate);
		TransactionHandle<Note> first = Notes.insert(db, "first", "0");
		await().until(() -> this.stream.requestCount("POST") == 1);
		return first;
	}

	private static TransactionHandle<Note> append(StreamDb db, String id, String text) {
		return db.transact((transaction) -> transaction.collection(Note.class)
			.update(id, (note) -> note.withText(note.text() + text)));
	}

}
