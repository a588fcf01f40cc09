package io.streamdb;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

import io.streamdb.Notes.Note;
import io.streamdb.client.LiveMode;
import io.streamdb.client.Scheduling;
import io.streamdb.store.StateStore;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for waiting for txids and offsets: SPEC M7.
 */
@Timeout(60)
class WaitersTests {

	private final ScriptedStream stream = ScriptedStream.empty();

	@Test
	@Spec({ "M7.1", "M7.11" })
	void aSeenTxidIsCompletedAtOnce() {
		this.stream.append(Notes.event("insert", "1", "one", "t1"));
		try (StreamDb db = Notes.open(this.stream)) {
			assertThat(db.awaitTxId("t1")).isCompleted();
			assertThat(db.awaitOffset(this.stream.tailOffset(), Duration.ZERO)).isCompleted();
			assertThat(db.awaitOffset("-1", Duration.ZERO)).isCompleted();
			assertThat(db.metrics().waiters()).isZero();
		}
	}

	@Test
	@Spec("M7.3")
	void manyMayWaitForOneTxid() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			List<CompletableFuture<Void>> waiters = IntStream.range(0, 20).mapToObj((i) -> db.awaitTxId("t1")).toList();
			assertThat(db.metrics().waiters()).isEqualTo(20);
			this.stream.append(Notes.event("insert", "1", "one", "t1"));
			for (CompletableFuture<Void> waiter : waiters) {
				waiter.get(10, TimeUnit.SECONDS);
			}
			assertThat(db.metrics().waiters()).isZero();
		}
	}

	@Test
	@Spec("M7.5")
	void aTimeoutNamesStreamOffsetAndLagAndForgetsTheWaiter() {
		try (StreamDb db = Notes.open(this.stream)) {
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "one")));
			CompletableFuture<Void> waiter = db.awaitTxId("never", Duration.ofMillis(20));
			assertThat(waiter).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(TimeoutException.class)
				.withMessageContaining("txid never")
				.withMessageContaining(ScriptedStream.URL.toString())
				.withMessageContaining("offset 0000_000000000001")
				.withMessageContaining("lag PT0S");
			assertThat(db.awaitOffset("9", Duration.ofMillis(20))).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withMessageContaining("the offset 9");
			await().until(() -> db.metrics().waiters() == 0);
		}
	}

	@Test
	void aWaiterMayWaitForEver() {
		Duration forEver = ChronoUnit.FOREVER.getDuration();
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> txid = db.awaitTxId("t1", forEver);
			CompletableFuture<Void> offset = db.awaitOffset("0000_000000000001", forEver);
			this.stream.append(Notes.event("insert", "1", "one", "t1"));
			assertThat(txid).succeedsWithin(Duration.ofSeconds(20));
			assertThat(offset).succeedsWithin(Duration.ofSeconds(20));
		}
	}

	@Test
	void aCancelledWaiterIsForgotten() {
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> other = db.awaitTxId("t");
			db.awaitTxId("t").cancel(true);
			db.awaitOffset("9", Duration.ofHours(1)).cancel(true);
			assertThat(db.metrics().waiters()).isEqualTo(1);
			this.stream.append(Notes.event("insert", "1", "one", "t"));
			assertThat(other).succeedsWithin(Duration.ofSeconds(10));
		}
	}

	@Test
	@Spec("M7.4")
	void fiveSecondsAreTheDefault() {
		List<Duration> delays = new CopyOnWriteArrayList<>();
		Scheduling noting = (Scheduling) Proxy.newProxyInstance(WaitersTests.class.getClassLoader(),
				new Class<?>[] { Scheduling.class }, (proxy, method, arguments) -> {
					if (!method.getName().equals("newTimer")) {
						return method.invoke(Scheduling.real(), arguments);
					}
					return new ScheduledThreadPoolExecutor(1) {

						@Override
						public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
							delays.add(Duration.of(delay, unit.toChronoUnit()));
							return super.schedule(task, delay, unit);
						}

					};
				});
		try (StreamDb db = Notes.loaded(StreamDb.builder(Notes.stream(this.stream), Notes.schema())
			.live(LiveMode.LONG_POLL)
			.scheduling(noting)
			.build())) {
			delays.clear();
			db.awaitTxId("never");
			assertThat(delays).containsExactly(Duration.ofSeconds(5));
		}
	}

	@Test
	@Spec("M7.9")
	void whatIsWaitedForIsFoundWhateverComesAfterItInItsBatch() {
		StateStore store = new StateStore(Notes.schema());
		EngineThreads threads = new EngineThreads("test", null, Scheduling.real());
		try {
			StateWaiters waiters = new StateWaiters(threads, () -> "test", 2);
			CompletableFuture<Void> waiter = waiters.awaitTxId("first", Duration.ofHours(1));
			BatchInProgress batch = new BatchInProgress(store.batch(store.empty(), false), new Listeners(List.of()),
					(txid) -> false, waiters::isAwaited, 2);
			for (String txid : List.of("first", "second", "third", "fourth")) {
				batch.unknownType("any", txid);
			}
			waiters.visible(batch.txids().log(), batch.txids().awaited(), "1");
			assertThat(waiter).succeedsWithin(Duration.ofSeconds(20));
			assertThat(waiters.awaitTxId("second", Duration.ofHours(1))).as("nobody waited for it").isNotDone();
			assertThat(waiters.awaitTxId("fourth", Duration.ofHours(1))).isCompleted();
		}
		finally {
			threads.shutDown();
		}
	}

	@Test
	@Spec({ "M7.6", "M13.3" })
	void closingFailsThoseWhoWait() {
		StreamDb db = Notes.open(this.stream);
		CompletableFuture<Void> waiter = db.awaitTxId("t", Duration.ofHours(1));
		db.close();
		assertThat(waiter).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed")
			.withMessageContaining(ScriptedStream.URL.toString())
			.withMessageContaining("offset 0000_000000000000")
			.withMessageContaining("lag PT0S");
		assertThat(db.awaitTxId("t")).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withMessageContaining("StreamDB closed");
	}

	@Test
	@Spec("M7.11")
	void waitsForOffsetsInTheirOrder() throws Exception {
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> second = db.awaitOffset("0000_000000000002", Duration.ofSeconds(20));
			Notes.awaitOffset(db, this.stream.append(Notes.insert("1", "one")));
			assertThat(second).isNotDone();
			this.stream.append(Notes.insert("2", "two"));
			second.get(10, TimeUnit.SECONDS);
			assertThat(db.collection(Note.class).count()).isEqualTo(2);
			assertThatIllegalArgumentException().isThrownBy(() -> db.awaitOffset("now", Duration.ofSeconds(1)));
			assertThatIllegalArgumentException().isThrownBy(() -> db.awaitOffset("", Duration.ofSeconds(1)));
		}
	}

	@Test
	void whatDependsOnAWaiterCannotHoldUpTheStream() throws Exception {
		CountDownLatch latch = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> blocked = db.awaitTxId("t1").thenRun(() -> {
				try {
					latch.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			});
			this.stream.append(Notes.event("insert", "1", "one", "t1"));
			this.stream.append(Notes.event("insert", "2", "two", "t2"));
			db.awaitTxId("t2").get(10, TimeUnit.SECONDS);
			assertThat(blocked).isNotDone();
			latch.countDown();
			blocked.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void aWaiterMayBeginBeforeTheLoad() {
		this.stream.append(Notes.event("insert", "1", "one", "t1"));
		try (StreamDb db = Notes.on(this.stream).build()) {
			CompletableFuture<Void> waiter = db.awaitTxId("t1", Duration.ofSeconds(20));
			Notes.loaded(db);
			assertThat(waiter).succeedsWithin(Duration.ofSeconds(10));
		}
	}

}
