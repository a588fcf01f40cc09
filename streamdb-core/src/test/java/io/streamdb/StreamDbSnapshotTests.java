package io.streamdb;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import com.sun.management.ThreadMXBean;
import io.streamdb.Notes.Counter;
import io.streamdb.Notes.Note;
import io.streamdb.event.ChangeEvent;
import io.streamdb.store.StateSnapshot;
import io.streamdb.testsupport.Latches;
import io.streamdb.testsupport.ScriptedStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for snapshots: SPEC M6.
 */
@Timeout(60)
class StreamDbSnapshotTests {

	private static final int SNAPSHOTS = 1000;

	private final ScriptedStream stream = ScriptedStream.empty();

	/** Measured in what it allocates, which does not depend on the machine. */
	@Test
	@Spec("M6.4")
	void takingASnapshotCostsTheSameWhateverItsSize() {
		this.stream.append(Notes.insert("first", "x"));
		try (StreamDb db = Notes.open(this.stream)) {
			long ofOneRow = allocatedBySnapshots(db);
			Notes.awaitOffset(db, this.stream
				.append(IntStream.range(0, 20_000).mapToObj((i) -> Notes.insert("k" + i, "x")).toArray(String[]::new)));
			Notes.insert(db, "mine", "x");
			assertThat(db.snapshot().collection(Note.class).count()).isEqualTo(20_002);
			assertThat(allocatedBySnapshots(db)).isLessThan(2 * ofOneRow + SNAPSHOTS * 100L);
		}
	}

	private static long allocatedBySnapshots(StreamDb db) {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		StateSnapshot[] taken = new StateSnapshot[2 * SNAPSHOTS];
		long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
		for (int i = 0; i < SNAPSHOTS; i++) {
			taken[2 * i] = db.snapshot();
			taken[2 * i + 1] = db.syncedSnapshot();
		}
		long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
		assertThat(taken).doesNotContainNull();
		return allocated;
	}

	@Test
	@Spec("M6.3")
	void aSnapshotShowsAllCollectionsAtOneMoment() throws Exception {
		this.stream.append(Notes.insert("n", "0"), Notes.counter("c", 0));
		AtomicBoolean stop = new AtomicBoolean();
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
				while (!stop.get()) {
					for (StateSnapshot snapshot : List.of(db.snapshot(), db.syncedSnapshot())) {
						String text = snapshot.collection(Note.class).find("n").orElseThrow().text();
						long value = snapshot.collection(Counter.class).find("c").orElseThrow().value();
						assertThat(Long.parseLong(text)).isEqualTo(value);
					}
				}
			});
			for (int i = 1; i <= 300; i++) {
				int number = i;
				if (number % 2 == 0) {
					Notes.awaitOffset(db,
							this.stream.append(Notes.update("n", "" + number), Notes.counter("c", number)));
				}
				else {
					db.transact((transaction) -> {
						transaction.collection(Note.class).update("n", (note) -> note.withText("" + number));
						return transaction.collection(Counter.class).update("c", (counter) -> new Counter("c", number));
					}).await();
				}
			}
			stop.set(true);
			reader.get(20, TimeUnit.SECONDS);
		}
		finally {
			stop.set(true);
		}
	}

	@Test
	@Spec({ "M6.2", "M6.5" })
	void aReaderInTheMiddleOfASnapshotHoldsUpNoWriter() throws Exception {
		this.stream.append(Notes.insert("1", "one"), Notes.insert("2", "two"));
		CountDownLatch reading = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			CompletableFuture<List<Note>> reader = CompletableFuture
				.supplyAsync(() -> db.snapshot().collection(Note.class).stream().peek((note) -> {
					reading.countDown();
					Latches.awaitOpen(goOn);
				}).toList());
			assertThat(reading.await(20, TimeUnit.SECONDS)).isTrue();
			Notes.awaitOffset(db, this.stream.append(Notes.delete("1"), Notes.delete("2")));
			assertThat(Notes.insert(db, "3", "three").await(Duration.ofSeconds(20))).isNotNull();
			assertThat(Notes.texts(db)).isEqualTo(Map.of("3", "three"));
			assertThat(reader).isNotDone();
			goOn.countDown();
			assertThat(reader.get(20, TimeUnit.SECONDS)).containsExactlyInAnyOrder(new Note("1", "one"),
					new Note("2", "two"));
		}
		finally {
			goOn.countDown();
		}
	}

	@Test
	@Spec("M6.5")
	void aWriterInTheMiddleOfABatchHoldsUpNoReader() throws Exception {
		this.stream.append(Notes.insert("1", "one"));
		CountDownLatch writing = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		try (StreamDb db = Notes.open(this.stream)) {
			db.addListener(new StreamDbListener() {

				@Override
				public void onEvent(ChangeEvent<?> event) {
					writing.countDown();
					Latches.awaitOpen(goOn);
				}

			});
			this.stream.append(Notes.insert("2", "two"));
			assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
			assertThat(db.collection(Note.class).findAll()).containsExactly(new Note("1", "one"));
			Notes.insert(db, "3", "three");
			assertThat(Notes.texts(db)).isEqualTo(Map.of("1", "one", "3", "three"));
			goOn.countDown();
			await().until(() -> Notes.texts(db).size() == 3);
		}
		finally {
			goOn.countDown();
		}
	}

}
