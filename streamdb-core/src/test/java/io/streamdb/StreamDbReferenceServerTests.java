package io.streamdb;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.ReferenceServer;
import io.streamdb.transaction.TransactionHandle;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for databases on the reference server, over real HTTP.
 */
@EnabledWithNode
@Timeout(120)
class StreamDbReferenceServerTests {

	@ParameterizedTest
	@EnumSource(value = LiveMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	void twoDatabasesWriteAtOnceAndEndEqual(LiveMode live) throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			URI url = server.url("shared-" + live);
			try (StreamDb first = open(url, live); StreamDb second = open(url, live)) {
				CompletableFuture<List<TransactionHandle<?>>> ofFirst = write(first, "f");
				CompletableFuture<List<TransactionHandle<?>>> ofSecond = write(second, "s");
				List<TransactionHandle<?>> handles = new ArrayList<>(ofFirst.get(60, TimeUnit.SECONDS));
				handles.addAll(ofSecond.get(60, TimeUnit.SECONDS));
				handles.forEach((handle) -> handle.await(Duration.ofSeconds(30)));
				for (TransactionHandle<?> handle : handles) {
					first.awaitTxId(handle.txid()).get(30, TimeUnit.SECONDS);
					second.awaitTxId(handle.txid()).get(30, TimeUnit.SECONDS);
				}
				assertThat(Notes.texts(first)).hasSize(400).isEqualTo(Notes.texts(second));
				assertThat(first.collection(Counter.class).find("f")).contains(new Counter("f", 200));
				assertThat(first.collection(Counter.class).find("s")).contains(new Counter("s", 200));
				assertThat(first.metrics().events()).isEqualTo(802);
				await().until(() -> first.status().state() == StreamDbState.LIVE);
			}
		}
	}

	/** SPEC T8, M7. */
	@ParameterizedTest
	@Spec("T8.1")
	@EnumSource(value = LiveMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
	void aPendingActionNeverHidesOrDelaysAnotherWritersRow(LiveMode live) throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			URI url = server.url("held-" + live);
			CountDownLatch latch = new CountDownLatch(1);
			try (StreamDb db = open(url, live); StreamDb other = open(url, live)) {
				TransactionHandle<Note> pending = db.invoke(Notes.heldBy(latch), new Note("mine", "1"));
				TransactionHandle<Note> theirs = Notes.insert(other, "theirs", "2");
				db.awaitTxId(theirs.txid(), Duration.ofSeconds(30)).get(60, TimeUnit.SECONDS);
				assertThat(db.collection(Note.class).find("theirs")).contains(new Note("theirs", "2"));
				assertThat(Notes.texts(db)).isEqualTo(Map.of("mine", "1", "theirs", "2"));
				assertThat(pending.outcome()).isEmpty();
				latch.countDown();
				pending.await(Duration.ofSeconds(30));
			}
			finally {
				latch.countDown();
			}
		}
	}

	/**
	 * By long-poll, since that server keeps an idle connection for events for a minute.
	 */
	@Test
	void aDeletedStreamIsNoticed() throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			URI url = server.url("deleted");
			try (StreamDb db = open(url, LiveMode.LONG_POLL)) {
				Notes.insert(db, "1", "one").await();
				db.stream().delete().get(10, TimeUnit.SECONDS);
				await().until(() -> db.status().state() == StreamDbState.FAILED);
				assertThat(db.status().failureReason()).isEqualTo(FailureReason.DELETED);
				assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one"));
			}
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60));
	}

	private static CompletableFuture<List<TransactionHandle<?>>> write(StreamDb db, String name) {
		return CompletableFuture.supplyAsync(() -> {
			List<TransactionHandle<?>> handles = new ArrayList<>();
			handles
				.add(db.transact((transaction) -> transaction.collection(Counter.class).insert(new Counter(name, 0))));
			for (int i = 0; i < 200; i++) {
				String id = name + i;
				handles.add(db.transact((transaction) -> {
					transaction.collection(Counter.class).update(name, (counter) -> counter.plus(1));
					return transaction.collection(Note.class).insert(new Note(id, "by " + name));
				}));
			}
			return handles;
		});
	}

	private static StreamDb open(URI url, LiveMode live) {
		return Notes.loaded(StreamDb.builder(DurableStream.builder(url).build(), Notes.schema())
			.live(live)
			.createIfMissing(true)
			.txIdTimeout(Duration.ofSeconds(60))
			.build());
	}

}
