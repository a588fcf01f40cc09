package io.streamdb;

import java.util.concurrent.TimeUnit;

import io.streamdb.Notes.Note;
import io.streamdb.testsupport.ScriptedStream;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link StreamDb}, end to end.
 */
@Timeout(60)
class StreamDbTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	void loadsWhatTheStreamHoldsAndFollowsIt() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		this.stream.append(Notes.insert("2", "two"), Notes.update("1", "uno"));
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("1", "uno"), new Note("2", "two"));
			String offset = this.stream.append(Notes.delete("1"));
			db.awaitOffset(offset, java.time.Duration.ofSeconds(10)).get(20, TimeUnit.SECONDS);
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("2", "two"));
			assertThat(db.status().state()).isEqualTo(StreamDbState.LIVE);
		}
	}

	@Test
	void writesATransactionAsOneAppendAndCompletesWhenItIsVisible() {
		try (StreamDb db = Notes.open(this.stream)) {
			TransactionHandle<Note> handle = db.transact((transaction) -> {
				transaction.collection(Note.class).insert(new Note("2", "other"));
				return transaction.collection(Note.class).insert(new Note("1", "one"));
			});
			assertThat(db.collection(Note.class).find("1")).contains(new Note("1", "one"));
			assertThat(handle.await()).isEqualTo(new Note("1", "one"));
			assertThat(handle.outcome()).contains(TransactionOutcome.COMPLETED);
			assertThat(this.stream.appendCount()).isEqualTo(1);
			assertThat(this.stream.items()).hasSize(2)
				.allMatch((item) -> item.at("/headers/txid").asString().equals(handle.txid()));
			assertThat(db.syncedSnapshot().collection(Note.class).count()).isEqualTo(2);
			assertThat(db.awaitTxId(handle.txid())).succeedsWithin(java.time.Duration.ofSeconds(5));
		}
	}

	@Test
	void readsAndWritesThrowBeforePreload() {
		try (StreamDb db = Notes.on(this.stream).build()) {
			assertThatIllegalStateException().isThrownBy(() -> db.collection(Note.class).findAll())
				.withMessageContaining("preload()");
			assertThatIllegalStateException().isThrownBy(db::beginTransaction).withMessageContaining("preload()");
			assertThat(db.snapshot().collection(Note.class).count()).isZero();
			assertThat(this.stream.requestCount("GET")).isZero();
		}
	}

}
