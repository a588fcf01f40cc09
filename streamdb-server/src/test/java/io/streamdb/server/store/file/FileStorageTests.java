package io.streamdb.server.store.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.streamdb.Spec;
import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.ForkPoint;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFailedException;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamStore;
import io.streamdb.server.store.StreamDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

class FileStorageTests {

	private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

	private static final int SEGMENT = 6_000;

	private final SimulatedDisk disk = new SimulatedDisk();

	private SimulatedStore store = new SimulatedStore(this.disk, 1);

	private long incarnation;

	@Test
	@Spec("S2.6")
	void appendsThatComeTogetherShareOneForce() throws Exception {
		this.store.recover();
		Written first = create("first");
		Written second = create("second");
		this.store.commit();
		int before = this.disk.forces();
		long bytes = this.store.storage().figures().bytes();
		List<CompletableFuture<Void>> appends = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			appends.add(first.append(20));
			appends.add(second.append(20));
		}
		assertThat(appends).noneMatch(CompletableFuture::isDone);
		this.store.commit();
		assertThat(appends).allMatch(CompletableFuture::isDone);
		assertThat(this.disk.forces()).isEqualTo(before + 1);
		assertThat(this.store.storage().figures().records()).isEqualTo(22);
		assertThat(this.store.storage().figures().forces()).isEqualTo(2);
		assertThat(this.store.storage().figures().bytes() - bytes).isBetween(400L, 400L + 20 * 100);
	}

	@Test
	void openingTakesTheSameHoweverLongTheHistoryIs() throws Exception {
		long afterShort = bytesToOpen(100);
		long afterLong = bytesToOpen(5_000);
		assertThat(this.disk.bytesStored()).isGreaterThan(1_000_000);
		// What may differ: how full the last segment is, and a line for each complete
		// one, which
		// each of two checkpoints has, and which is read to be checked and to be used.
		assertThat(afterLong - afterShort).isLessThan(2L * SEGMENT + 4 * 80 * (5_000L * 300 / SEGMENT));
		assertThat(afterLong).isLessThan(this.disk.bytesStored() / 8);
	}

	private long bytesToOpen(int appends) throws Exception {
		List<RecoveredStream> streams = this.store.recover();
		Written written = streams.isEmpty() ? create("log") : new Written(streams.get(0));
		for (int i = 0; i < appends; i++) {
			written.append(200);
			this.store.commit();
			this.store.keepUp();
		}
		this.store.storage().close();
		SimulatedDisk opened = SimulatedDisk.of(this.disk.contents());
		new SimulatedStore(opened, 1).recover();
		this.store = new SimulatedStore(this.disk, 2);
		return opened.bytesRead();
	}

	@Test
	void thousandsOfStreamsTakeFewOpenFiles() throws Exception {
		this.store.recover();
		List<Written> streams = new ArrayList<>();
		for (int i = 0; i < 3_000; i++) {
			Written written = create("stream/" + i);
			written.append(50);
			streams.add(written);
			this.store.commit();
			this.store.keepUp();
		}
		Random random = new Random(5);
		for (int i = 0; i < 5_000; i++) {
			streams.get(random.nextInt(streams.size())).check();
		}
		assertThat(this.disk.contents()).hasSizeGreaterThan(100);
		assertThat(this.disk.mostOpenFiles()).isLessThan(10);
	}

	@Test
	void spaceOfDeletedStreamsComesBack() throws Exception {
		this.store.recover();
		List<Written> streams = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			streams.add(create("stream/" + i));
		}
		for (int round = 0; round < 40; round++) {
			for (Written written : streams) {
				written.append(100);
			}
			this.store.commit();
			this.store.keepUp();
		}
		long full = this.store.storage().storedBytes();
		assertThat(full).isBetween(400_000L, this.disk.bytesStored());
		for (Written written : streams.subList(10, 100)) {
			written.delete();
			this.store.commit();
			this.store.keepUp();
		}
		assertThat(this.store.storage().storedBytes()).isLessThan(full / 4);
		assertThat(this.disk.bytesStored()).isLessThan(full / 4);
		for (Written written : streams.subList(0, 10)) {
			written.check();
		}
		for (Written written : streams.subList(0, 10)) {
			written.delete();
		}
		this.store.commit();
		this.store.keepUp();
		assertThat(this.disk.bytesStored()).isLessThan(6L * SEGMENT);
	}

	@Test
	void rangeGoesOnWhereItsSegmentWasRewritten() throws Exception {
		this.store.recover();
		Written kept = create("kept");
		Written dropped = create("dropped");
		for (int i = 0; i < 300; i++) {
			kept.append(50);
			dropped.append(200);
			this.store.commit();
			this.store.keepUp();
		}
		AppendRange range = kept.data.read(0, kept.tail, Long.MAX_VALUE);
		byte[] one = new byte[1];
		assertThat(range.read(one, 0, 1)).isEqualTo(1);
		AppendRange lost = dropped.data.read(0, dropped.tail, Long.MAX_VALUE);
		dropped.delete();
		this.store.commit();
		this.store.keepUp();
		assertThat(this.disk.contents().keySet()).anyMatch((name) -> name.endsWith(".data"));
		List<Integer> sizes = new ArrayList<>();
		StoreHistory.read(range, sizes);
		assertThat(sizes).hasSize(300);
		kept.check();
		assertThatIOException().isThrownBy(() -> StoreHistory.read(lost, sizes))
			.withMessageContaining("dropped was deleted");
		assertThat(dropped.data.read(0, dropped.tail, 10)).isNull();
	}

	@Test
	void fullDiskRefusesAppendsAndTakesDeletes() throws Exception {
		this.store.recover();
		Written written = create("log");
		written.append(500);
		this.store.commit();
		this.disk.room(0);
		// What was known to be free before is still used.
		assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> {
			while (true) {
				written.append(5_000);
				this.store.commit();
				this.store.keepUp();
			}
		}).withMessageContaining("full");
		written.check();
		CompletableFuture<Void> deleted = written.delete();
		this.store.commit();
		assertThat(deleted).isCompleted();
		this.disk.room(1 << 20);
		create("other").append(100);
		this.store.commit();
		SimulatedStore next = new SimulatedStore(this.disk.afterKill(), 1);
		assertThat(next.recover()).singleElement()
			.satisfies((stream) -> assertThat(stream.state().tail()).isEqualTo(100));
	}

	@Test
	@Spec("S6.8")
	void storeThatIsAsLargeAsItMayBeTakesAppendsAgainWhenSpaceHasComeBack() throws Exception {
		long limit = 100_000;
		this.store = new SimulatedStore(this.disk, 1, SimulatedStore.SETTINGS.withMaxBytes(limit));
		this.store.recover();
		Written kept = create("kept");
		Written dropped = create("dropped");
		for (int round = 0; round < 2; round++) {
			List<CompletableFuture<Void>> appends = fill(kept, dropped);
			assertThat(appends).hasSizeGreaterThan(20).allMatch(CompletableFuture::isDone);
			assertThat(this.store.storage().storedBytes()).as("round %d", round)
				.isBetween(limit - 10_000, limit + 5_000);
			assertThat(this.disk.bytesStored()).isLessThan(limit + 5_000);
			kept.check();
			dropped.check();
			dropped.delete();
			this.store.commit();
			this.store.keepUp();
			assertThat(this.store.storage().storedBytes()).isLessThan(limit / 2);
			dropped = create("dropped");
		}
		SimulatedStore next = new SimulatedStore(this.disk.afterKill(), 1, SimulatedStore.SETTINGS.withMaxBytes(10));
		assertThat(next.recover()).as("a limit that was lowered hides nothing").isNotEmpty();
		assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> new Written(next.storage(), "more"));
	}

	/** Until nothing more is taken: a ninth of it goes to one stream. */
	private List<CompletableFuture<Void>> fill(Written kept, Written dropped) {
		List<CompletableFuture<Void>> appends = new ArrayList<>();
		assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> {
			while (true) {
				appends.add(kept.append(200));
				appends.add(dropped.append(1_800));
				this.store.commit();
				this.store.keepUp();
			}
		}).withMessageContaining("limit of 100000 bytes");
		this.store.commit();
		return appends;
	}

	@Test
	void indexThatIsLongIsReadPageByPage() throws Exception {
		FileStorageSettings large = new FileStorageSettings(200_000, 1_000, 3_000, 8 << 20, 3);
		this.store = new SimulatedStore(this.disk, 1, large);
		this.store.recover();
		Written written = create("log");
		for (int i = 0; i < 2_500; i++) {
			written.append(1 + i % 3);
		}
		this.store.commit();
		Written next = create("next");
		for (int i = 0; i < 10; i++) {
			next.append(20_000);
			this.store.commit();
			this.store.keepUp();
		}
		assertThat(this.disk.contents().get("0000000000000001.log.index")).hasSize(5 * IndexPages.PAGE);
		this.store.storage().close();
		Map<String, byte[]> contents = this.disk.contents();
		written.checkEachPosition(new SimulatedStore(SimulatedDisk.of(contents), 1, large).recover());
		contents.remove("0000000000000001.log.index");
		written.checkEachPosition(new SimulatedStore(SimulatedDisk.of(contents), 1, large).recover());
	}

	@Test
	void failedWriteEndsAllWritingAndLeavesWhatWasAcknowledged() throws Exception {
		this.store.recover();
		Written written = create("log");
		written.append(500);
		this.store.commit();
		this.disk.failWrites();
		CompletableFuture<Void> failed = written.append(500);
		CompletableFuture<Void> waiting = written.append(500);
		this.store.commit();
		CompletableFuture<Void> later = written.append(500);
		this.store.commit();
		for (CompletableFuture<Void> append : List.of(failed, waiting, later)) {
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(append::get)
				.withCauseInstanceOf(StorageFailedException.class)
				.withMessageContaining("No space left");
		}
		assertThat(this.store.storage().failure()).isNotNull();
		written.tail = 500;
		written.check();
		this.store.storage().close();
		// What failed may be there: its writers were not told that it is not.
		assertThat(new SimulatedStore(SimulatedDisk.of(this.disk.contents()), 1).recover()).singleElement()
			.satisfies((stream) -> assertThat(stream.state().tail()).isBetween(500L, 1_000L))
			.satisfies((stream) -> new Written(stream).check());
	}

	@Test
	void failedForceIsNotTriedAgain() throws Exception {
		this.store.recover();
		Written written = create("log");
		this.store.commit();
		this.disk.failForceAt(this.disk.forces() + 1);
		CompletableFuture<Void> failed = written.append(500);
		this.store.commit();
		assertThat(failed).isCompletedExceptionally();
		int forces = this.disk.forces();
		CompletableFuture<Void> later = written.append(500);
		this.store.commit();
		this.store.storage().close();
		assertThat(later).isCompletedExceptionally();
		assertThat(this.disk.forces()).isEqualTo(forces);
	}

	@Test
	void callbackThatFailsHarmsNoOther() throws Exception {
		this.store.recover();
		Written written = create("log");
		this.store.commit();
		written.data.touch(NOW.plusSeconds(1));
		written.data.softDelete((failure) -> {
			throw new AssertionError("on purpose");
		});
		CompletableFuture<Void> together = written.append(100);
		this.store.commit();
		CompletableFuture<Void> later = written.append(100);
		this.store.commit();
		assertThat(together).isCompleted();
		assertThat(later).isCompleted();
	}

	@Test
	void writersAreToldWhenNobodyCanWrite() throws Exception {
		AtomicBoolean exhausted = new AtomicBoolean();
		ManualTasks commits = new ManualTasks();
		StoreThreads threads = new StoreThreads((task) -> {
			if (exhausted.get()) {
				throw new InternalError("no thread, on purpose");
			}
			commits.execute(task);
		}, new ManualTasks(), commits::run);
		try (FileStorage storage = new FileStorage(this.disk, threads, SimulatedStore.SETTINGS, new Random(1))) {
			storage.recover();
			Written written = new Written(storage, "log");
			commits.run();
			exhausted.set(true);
			CompletableFuture<Void> first = written.append(100);
			exhausted.set(false);
			CompletableFuture<Void> second = written.append(100);
			commits.run();
			assertThat(List.of(first, second)).allSatisfy((append) -> assertThat(append).isCompletedExceptionally());
			assertThat(storage.failure()).isNotNull();
		}
	}

	@Test
	void appendLargerThanTheReserveIsTakenWhereThereIsRoom() throws Exception {
		this.store.recover();
		Written written = create("log");
		CompletableFuture<Void> append = written.append(3 << 20);
		this.store.commit();
		assertThat(append).isCompleted();
		this.disk.room(4 << 20);
		assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> written.append(5 << 20))
			.withMessageContaining("full");
	}

	@Test
	void readsDoNotUseUpAFullDisk() throws Exception {
		this.store.recover();
		Written written = create("log");
		written.append(100);
		this.store.commit();
		this.disk.room(SimulatedStore.SETTINGS.reservedBytes());
		long stored = this.disk.bytesStored();
		written.data.touch(NOW.plusSeconds(100));
		this.store.commit();
		assertThat(this.disk.bytesStored()).isEqualTo(stored);
		this.disk.room(1 << 20);
		written.data.touch(NOW.plusSeconds(200));
		this.store.commit();
		assertThat(lastAccess(this.disk.afterKill())).isEqualTo(NOW.plusSeconds(200));
	}

	@Test
	void directoryThatCannotBeUsedIsNamed(@TempDir Path directory) throws Exception {
		Path file = Files.createFile(directory.resolve("file"));
		for (Path unusable : List.of(file, file.resolve("streams"))) {
			try (FileStorage storage = FileStorage.in(unusable)) {
				assertThatIOException().isThrownBy(storage::recover)
					.withMessageContaining("directory " + unusable)
					.withMessageContaining("may write");
			}
		}
	}

	@Test
	void lastAccessSurvivesAnOrderlyEndAndAKill() throws Exception {
		this.store.recover();
		Written written = create("log");
		this.store.commit();
		written.data.touch(NOW.plusSeconds(100));
		this.store.commit();
		assertThat(lastAccess(this.disk.afterKill())).isEqualTo(NOW.plusSeconds(100));
		written.data.touch(NOW.plusSeconds(200));
		this.store.storage().close();
		assertThat(lastAccess(SimulatedDisk.of(this.disk.contents()))).isEqualTo(NOW.plusSeconds(200));
	}

	@Test
	void accessesThatAreDamagedCountAsNone() throws Exception {
		this.store.recover();
		Written written = create("log");
		this.store.commit();
		String file = Segment.logName(1);
		int from = this.disk.contents().get(file).length;
		written.data.touch(NOW.plusSeconds(100));
		this.store.commit();
		int to = this.disk.contents().get(file).length;
		for (int i = 0; i < 2; i++) {
			written.append(10);
			this.store.commit();
		}
		for (int at = from; at < to; at++) {
			Map<String, byte[]> contents = this.disk.contents();
			contents.get(file)[at] ^= (byte) 0x80;
			try {
				assertThat(lastAccess(SimulatedDisk.of(contents))).as("byte %d", at).isIn(NOW, NOW.plusSeconds(100));
			}
			catch (StorageDamagedException ex) {
				assertThat(ex).as("byte %d", at).hasMessageContaining(file).hasMessageContaining("byte " + from);
			}
		}
	}

	@Test
	void accessesAtTheEndOfASegmentAreForcedWithIt() throws Exception {
		this.store.recover();
		Written written = create("log");
		this.store.commit();
		for (int i = 1; this.disk.contents().get(Segment.logName(1)).length < SEGMENT; i++) {
			written.data.touch(NOW.plusSeconds(i));
			this.store.commit();
		}
		CompletableFuture<Void> append = written.append(100);
		this.store.commit();
		assertThat(append).isCompleted();
		assertThat(this.disk.contents()).containsKey(Segment.logName(2));
		for (int seed = 1; seed <= 20; seed++) {
			SimulatedDisk found = this.disk.afterPowerCut(new Random(seed));
			assertThat(new SimulatedStore(found, seed).recover()).as("seed %d", seed)
				.singleElement()
				.satisfies((stream) -> assertThat(stream.state().tail()).isEqualTo(100));
		}
	}

	private static Instant lastAccess(SimulatedDisk found) throws IOException {
		return new SimulatedStore(found, 1).recover().get(0).state().lastAccess();
	}

	@Test
	void largeAppendIsReadBlockByBlock() throws Exception {
		this.store.recover();
		Written written = create("log");
		written.append(1_000_000);
		written.append(10);
		written.append(65_536);
		this.store.commit();
		this.store.keepUp();
		written.check();
	}

	@Test
	void callbackAfterTheEndSaysThatTheStoreIsClosed() throws Exception {
		this.store.recover();
		Written written = create("log");
		CompletableFuture<Void> before = written.append(10);
		this.store.storage().close();
		this.store.storage().close();
		assertThat(before).isCompleted();
		assertThat(written.append(10)).isCompletedExceptionally();
	}

	@Test
	void directoryBelongsToOneStoreAtATime(@TempDir Path directory) throws Exception {
		Path nested = directory.resolve("a/b");
		try (FileStorage first = FileStorage.in(nested); FileStorage second = FileStorage.in(nested)) {
			first.recover();
			assertThatExceptionOfType(DirectoryInUseException.class).isThrownBy(second::recover)
				.withMessageContaining(nested.toString())
				.withMessageContaining("process " + ProcessHandle.current().pid());
		}
		try (FileStorage third = FileStorage.in(nested)) {
			assertThat(third.recover()).isEmpty();
		}
	}

	@Test
	void directoryBelongsToOneProcessAtATime(@TempDir Path directory) throws Exception {
		try (FileStorage first = FileStorage.in(directory); FileStorage second = FileStorage.in(directory)) {
			first.recover();
			assertThatExceptionOfType(DirectoryInUseException.class).isThrownBy(second::recover);
			Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
					"-cp", System.getProperty("java.class.path"), OpeningProcess.class.getName(), directory.toString())
				.redirectErrorStream(true)
				.start();
			assertThat(other.inputReader().lines()).last(STRING)
				.contains("is used by process " + ProcessHandle.current().pid());
			assertThat(other.waitFor()).isZero();
		}
	}

	@Test
	void directoryIsFreeAgainWhenItsStreamsCannotBeServed(@TempDir Path directory) throws Exception {
		try (FileStorage storage = FileStorage.in(directory)) {
			storage.recover();
			CompletableFuture<Void> created = new CompletableFuture<>();
			ForkPoint fork = new ForkPoint(1, "source", 0, 0);
			storage.create(new StreamDescription("fork", "text/plain", 2, NOW, null, null, fork), null,
					(failure) -> Written.complete(created, failure));
			created.get();
		}
		for (int i = 0; i < 2; i++) {
			FileStorage storage = FileStorage.in(directory);
			assertThatExceptionOfType(UncheckedIOException.class)
				.isThrownBy(() -> new StreamStore(storage, Clock.systemUTC(), Runnable::run, (task, delay) -> {
				}, 10, 100_000))
				.withMessageContaining("fork of source");
		}
	}

	@Test
	void storageIsClosedByAThreadThatIsInterrupted(@TempDir Path directory) throws Exception {
		try (FileStorage storage = FileStorage.in(directory)) {
			storage.recover();
			Written written = new Written(storage, "log");
			CompletableFuture<Void> append = written.append(1_000);
			Thread.currentThread().interrupt();
			storage.close();
			assertThat(Thread.interrupted()).isTrue();
			assertThat(append).isCompleted();
		}
		try (FileStorage storage = FileStorage.in(directory)) {
			assertThat(storage.recover()).hasSize(1);
		}
	}

	@Test
	void readerThatIsInterruptedHarmsNoOther(@TempDir Path directory) throws Exception {
		try (FileStorage storage = FileStorage.in(directory)) {
			storage.recover();
			Written written = new Written(storage, "log");
			written.append(1_000).get();
			Thread.currentThread().interrupt();
			assertThatIOException().isThrownBy(written::check);
			assertThat(Thread.interrupted()).isTrue();
			written.check();
		}
	}

	@Test
	void storageIsThereAgainWhenItIsOpenedAgain(@TempDir Path directory) throws Exception {
		byte[] expected;
		try (FileStorage storage = FileStorage.in(directory)) {
			storage.recover();
			Written written = new Written(storage, "log");
			for (int i = 0; i < 20; i++) {
				written.append(1_000).get();
			}
			expected = written.check();
		}
		try (FileStorage storage = FileStorage.in(directory)) {
			Written written = new Written(storage.recover().get(0));
			assertThat(written.check()).isEqualTo(expected);
			written.append(10).get();
			assertThat(written.check()).hasSize(20_010);
			assertThat(storage.highestIncarnation()).isEqualTo(1);
		}
	}

	@Test
	void filesThatAreNotOfTheStoreAreLeftAlone() throws Exception {
		SimulatedDisk found = SimulatedDisk.of(Map.of("README.txt", new byte[3], "x.index", new byte[3]));
		new SimulatedStore(found, 1).recover();
		assertThat(found.contents()).containsKeys("README.txt", "x.index");
	}

	private Written create(String path) throws StorageFullException {
		return new Written(this.store.storage(), path);
	}

	/** A stream with bytes that are known by their position. */
	private final class Written {

		private final StreamData data;

		private long tail;

		Written(FileStorage storage, String path) throws StorageFullException {
			FileStorageTests.this.incarnation++;
			this.data = storage.create(
					new StreamDescription(path, "text/plain", FileStorageTests.this.incarnation, NOW, null, null, null),
					null, (failure) -> {
					});
		}

		Written(RecoveredStream stream) {
			this.data = stream.data();
			this.tail = stream.state().tail();
		}

		CompletableFuture<Void> append(int size) throws StorageFullException {
			CompletableFuture<Void> done = new CompletableFuture<>();
			this.data.append(new LogRecord(this.tail, bytes(this.tail, size), false, null, null, NOW),
					(failure) -> complete(done, failure));
			this.tail += size;
			return done;
		}

		/** Of the appends of one, two and three bytes. */
		void checkEachPosition(List<RecoveredStream> streams) throws IOException {
			StreamData found = streams.stream()
				.filter((stream) -> stream.description().incarnation() == 1)
				.findAny()
				.orElseThrow()
				.data();
			for (int position = 0; position < this.tail; position++) {
				boolean boundary = position % 6 == 0 || position % 6 == 1 || position % 6 == 3;
				assertThat(found.isBoundary(position, this.tail)).as("%d", position).isEqualTo(boundary);
				if (boundary) {
					byte[] bytes = StoreHistory.read(found.read(position, this.tail, 1), new ArrayList<>());
					assertThat(bytes).as("%d", position).isEqualTo(bytes(position, bytes.length)).isNotEmpty();
				}
			}
		}

		CompletableFuture<Void> delete() {
			CompletableFuture<Void> done = new CompletableFuture<>();
			this.data.delete((failure) -> complete(done, failure));
			return done;
		}

		private static void complete(CompletableFuture<Void> done, Throwable failure) {
			if (failure != null) {
				done.completeExceptionally(failure);
			}
			else {
				done.complete(null);
			}
		}

		byte[] check() throws IOException {
			byte[] bytes = StoreHistory.read(this.data.read(0, this.tail, Long.MAX_VALUE), new ArrayList<>());
			assertThat(bytes).isEqualTo(bytes(0, (int) this.tail));
			return bytes;
		}

		private static byte[] bytes(long position, int size) {
			byte[] bytes = new byte[size];
			for (int i = 0; i < size; i++) {
				bytes[i] = (byte) ((position + i) * 31 >> 3);
			}
			return bytes;
		}

	}

}
