package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import io.streamdb.Spec;
import io.streamdb.server.store.Append;
import io.streamdb.server.store.AppendOutcome;
import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.DeleteOutcome;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a store still knows after a process: whether it stands in the log or in a
 * checkpoint, and however the last process ended.
 */
@ParameterizedClass
@EnumSource
class ReopenedStoreTests {

	private final Random random = new Random(11);

	private final MutableClock clock = new MutableClock();

	private final Instant start = this.clock.instant();

	private final End end;

	private SimulatedDisk disk = new SimulatedDisk();

	private StreamStore store;

	ReopenedStoreTests(End end) {
		this.end = end;
		this.store = open();
	}

	@AfterEach
	void closeStore() {
		this.store.close();
	}

	@Test
	@Spec("S2.8")
	void retryIsRecognised() {
		StreamLog log = create("log");
		append(log, "a", "p", 0, 0);
		append(log, "b", "p", 0, 1);
		append(log, "c", "q", 3, 0);
		reopen();
		log = this.store.find("log");
		assertThat(append(log, "b", "p", 0, 1)).isEqualTo(new AppendOutcome.Duplicate(2, 1, false));
		assertThat(append(log, "a", "p", 0, 0)).isEqualTo(new AppendOutcome.Duplicate(2, 1, false));
		assertThat(append(log, "d", "p", 0, 3)).isEqualTo(new AppendOutcome.SequenceGap(2));
		assertThat(append(log, "d", "q", 2, 0)).isEqualTo(new AppendOutcome.StaleEpoch(3));
		assertThat(append(log, "d", "q", 3, 1)).isEqualTo(new AppendOutcome.Accepted(4, false));
		assertThat(text(log)).isEqualTo("abcd");
	}

	@Test
	@Spec("S2.8")
	void closureAndWhoClosedAreKnown() {
		ProducerStamp closing = new ProducerStamp("p", 0, 0);
		StreamLog withBytes = create("with-bytes");
		join(withBytes.append(new Append(bytes("a"), true, null, closing)));
		StreamLog withoutBytes = create("without-bytes");
		join(withoutBytes.append(new Append(null, true, null, closing)));
		StreamLog unnamed = create("unnamed");
		join(unnamed.append(new Append(null, true, null, null)));
		create(new NewStream("born-closed", "text/plain", bytes("a"), true));
		reopen();
		for (String path : List.of("with-bytes", "without-bytes", "unnamed", "born-closed")) {
			StreamLog log = this.store.find(path);
			long tail = log.head().tail();
			assertThat(log.head().closed()).as(path).isTrue();
			assertThat(join(log.append(new Append(bytes("b"), false, null, null)))).as(path)
				.isEqualTo(new AppendOutcome.StreamClosed(tail));
			boolean byProducer = path.startsWith("with");
			assertThat(join(log.append(new Append(null, true, null, closing)))).as(path)
				.isEqualTo(
						byProducer ? new AppendOutcome.Duplicate(tail, 0, true) : new AppendOutcome.StreamClosed(tail));
		}
	}

	@Test
	void streamSequenceIsKnown() {
		join(create("log").append(new Append(bytes("a"), false, "5", null)));
		reopen();
		StreamLog log = this.store.find("log");
		assertThat(join(log.append(new Append(bytes("b"), false, "4", null))))
			.isEqualTo(new AppendOutcome.SequenceRegression("5"));
		assertThat(join(log.append(new Append(bytes("b"), false, "6", null))))
			.isEqualTo(new AppendOutcome.Accepted(2, false));
	}

	@Test
	void timesToLiveAreKnown() {
		StreamLog idle = create(new NewStream("idle", "text/plain", null, false, Duration.ofHours(1), null, null));
		Instant expiry = this.start.plus(Duration.ofHours(2));
		create(new NewStream("fixed", "text/plain", null, false, null, expiry, null));
		this.clock.advance(Duration.ofMinutes(50));
		append(idle, "a", "p", 0, 0);
		reopen();
		assertThat(this.store.find("fixed").deadline()).isEqualTo(expiry);
		// Later accesses than the last that was noted may be unknown.
		assertThat(this.store.find("idle").deadline()).isBetween(this.start.plus(Duration.ofMinutes(110)),
				this.start.plus(Duration.ofMinutes(114)));
		this.clock.advance(Duration.ofMinutes(71));
		assertThat(this.store.find("fixed")).isNull();
		assertThat(this.store.find("idle")).isNull();
	}

	@Test
	void deletedStreamStaysSoAndItsOffsetsAreNeverUsedAgain() {
		StreamLog first = create("log");
		append(first, "a", "p", 0, 0);
		Offset offset = first.offset(1);
		assertThat(join(this.store.delete("log"))).isEqualTo(new DeleteOutcome.Deleted());
		reopen();
		assertThat(this.store.paths()).isEmpty();
		// A clock that was set back.
		this.clock.advance(Duration.ofDays(-1));
		StreamLog second = create("log");
		append(second, "b", "p", 0, 0);
		assertThat(second.incarnation()).isGreaterThan(first.incarnation());
		assertThat(second.position(offset)).isEqualTo(-1);
		reopen();
		assertThat(this.store.find("log").position(second.offset(1))).isEqualTo(1);
		assertThat(this.store.find("log").position(offset)).isEqualTo(-1);
	}

	@Test
	void sourceIsKeptUntilTheLastOfItsForksIsGone() {
		StreamLog source = create("source");
		append(source, "ab", "p", 0, 0);
		fork("one", source, 2);
		fork("two", source, 2);
		join(this.store.delete("source"));
		reopen();
		assertThat(this.store.find("source").head().keptForForks()).isTrue();
		join(this.store.delete("one"));
		reopen();
		assertThat(this.store.find("source").head().keptForForks()).isTrue();
		assertThat(text(this.store.find("two"))).isEqualTo("ab");
		assertThat(this.store.find("two").position(source.offset(2))).isEqualTo(2);
		append(this.store.find("two"), "c", "p", 0, 0);
		reopen();
		assertThat(text(this.store.find("two"))).isEqualTo("abc");
		join(this.store.delete("two"));
		assertThat(this.store.paths()).isEmpty();
		reopen();
		assertThat(this.store.paths()).isEmpty();
	}

	@Test
	void sourceOfAForkThatIsThereIsNotGivenUp() {
		StreamLog source = create("source");
		append(source, "ab", "p", 0, 0);
		fork("fork", source, 2);
		reopen();
		assertThat(join(this.store.delete("source"))).isEqualTo(new DeleteOutcome.Deleted());
		assertThat(this.store.find("source").head().keptForForks()).isTrue();
		reopen();
		assertThat(text(this.store.find("fork"))).isEqualTo("ab");
	}

	@Test
	void forkIsFoundAgainByWhatItWasAskedFor() {
		StreamLog source = create("source");
		append(source, "ab", "p", 0, 0);
		create(new NewStream("fork", "text/plain", bytes("a"), false, null, null, new NewStream.Origin(source, 0, 1)));
		reopen();
		assertThat(this.store.find("fork").description().fork()).satisfies((fork) -> {
			assertThat(fork.sourcePath()).isEqualTo("source");
			assertThat(fork.source()).isEqualTo(source.incarnation());
			assertThat(fork.position()).isZero();
			assertThat(fork.subOffset()).isEqualTo(1);
		});
		assertThat(text(this.store.find("fork"))).isEqualTo("a");
	}

	private StreamStore open() {
		StoreThreads here = new StoreThreads(Runnable::run, Runnable::run, () -> {
		});
		return new StreamStore(new FileStorage(this.disk, here, settings(), new Random(1)), this.clock, Runnable::run,
				(task, delay) -> {
				}, 100, 1_000_000);
	}

	private FileStorageSettings settings() {
		FileStorageSettings defaults = FileStorageSettings.defaults();
		return this.end.checkpoints ? new FileStorageSettings(100, defaults.reservedBytes(), defaults.batchBytes(),
				defaults.queuedBytes(), 3) : defaults;
	}

	private void reopen() {
		switch (this.end) {
			case ORDERLY, ORDERLY_WITH_CHECKPOINT -> {
				this.store.close();
				this.disk = SimulatedDisk.of(this.disk.contents());
			}
			case KILL, KILL_WITH_CHECKPOINT -> this.disk = this.disk.afterKill();
			case POWER_CUT, POWER_CUT_WITH_CHECKPOINT -> this.disk = this.disk.afterPowerCut(this.random);
		}
		this.store = open();
	}

	private StreamLog create(String path) {
		return create(new NewStream(path, "text/plain", null, false));
	}

	private StreamLog create(NewStream wanted) {
		return ((CreateOutcome.Created) join(this.store.create(wanted))).log();
	}

	private void fork(String path, StreamLog source, long position) {
		create(new NewStream(path, "text/plain", null, false, null, null, new NewStream.Origin(source, position, 0)));
	}

	private static AppendOutcome append(StreamLog log, String text, String producer, long epoch, long sequence) {
		return log.append(new Append(bytes(text), false, null, new ProducerStamp(producer, epoch, sequence))).join();
	}

	private static String text(StreamLog log) {
		try (AppendRange range = log.head().read(0, 1_000)) {
			return new String(StoreHistory.read(range, new ArrayList<>()), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static <T> T join(CompletableFuture<T> outcome) {
		assertThat(outcome).isDone();
		return outcome.join();
	}

	enum End {

		ORDERLY(false), ORDERLY_WITH_CHECKPOINT(true), KILL(false), KILL_WITH_CHECKPOINT(true), POWER_CUT(false),
		POWER_CUT_WITH_CHECKPOINT(true);

		/** Whether segments are so small that each append is followed by a checkpoint. */
		private final boolean checkpoints;

		End(boolean checkpoints) {
			this.checkpoints = checkpoints;
		}

	}

}
