package io.streamdb.server.store.file;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFailedException;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writers and readers in many threads, the store's own threads with them, on segments so
 * small that they are completed, rewritten and deleted all the time; and the power goes.
 */
class FileStorageConcurrencyTests {

	private static final int SEEDS = Integer.getInteger("streamdb.power-cuts.seeds", 3) * 3;

	private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

	private static final int WRITERS = 4;

	private static final int READERS = 2;

	private static final FileStorageSettings SETTINGS = new FileStorageSettings(20_000, 1_000, 4_000, 8 << 20, 3);

	@Test
	void whatWasAcknowledgedIsReadAllTheTimeAndThereAfterwards() throws Exception {
		for (int seed = 1; seed <= SEEDS; seed++) {
			Random random = new Random(seed);
			SimulatedDisk disk = new SimulatedDisk().powerOffAt(100 + random.nextInt(4_000));
			Map<Long, Stream> streams = run(seed, disk);
			SimulatedDisk next = random.nextBoolean() ? disk.afterPowerCut(random) : disk.afterKill();
			try (FileStorage storage = new FileStorage(next, StoreThreads.start(), SETTINGS, new Random(seed))) {
				check(storage.recover(), streams, "seed " + seed);
			}
			assertThat(disk.openFiles()).as("seed %d", seed).isZero();
			assertThat(next.openFiles()).as("seed %d", seed).isZero();
			assertThat(disk.mostOpenFiles()).as("seed %d", seed).isLessThan(3 + WRITERS + READERS + 5);
		}
	}

	private static Map<Long, Stream> run(int seed, SimulatedDisk disk) throws Exception {
		Map<Long, Stream> streams = new ConcurrentHashMap<>();
		AtomicLong incarnation = new AtomicLong();
		AtomicBoolean written = new AtomicBoolean();
		ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS);
		try (FileStorage storage = new FileStorage(disk, StoreThreads.start(), SETTINGS, new Random(seed))) {
			storage.recover();
			List<Future<Void>> writers = new ArrayList<>();
			List<Future<Void>> readers = new ArrayList<>();
			for (int i = 0; i < WRITERS; i++) {
				Random random = new Random(31L * seed + i);
				writers.add(threads.submit(() -> write(storage, disk, streams, incarnation, random)));
			}
			for (int i = 0; i < READERS; i++) {
				Random random = new Random(71L * seed + i);
				readers.add(threads.submit(() -> read(streams, written, random)));
			}
			for (Future<Void> writer : writers) {
				writer.get(1, TimeUnit.MINUTES);
			}
			written.set(true);
			for (Future<Void> reader : readers) {
				reader.get(1, TimeUnit.MINUTES);
			}
		}
		catch (ExecutionException ex) {
			throw new AssertionError("seed " + seed + ": " + ex.getCause(), ex.getCause());
		}
		finally {
			threads.shutdownNow();
		}
		return streams;
	}

	private static Void write(FileStorage storage, SimulatedDisk disk, Map<Long, Stream> streams,
			AtomicLong incarnation, Random random) throws InterruptedException {
		List<Stream> own = new ArrayList<>();
		CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
		for (int step = 0; step < 2_000; step++) {
			int choice = random.nextInt(100);
			if (own.isEmpty() || choice < 2) {
				Stream stream = create(storage, incarnation.incrementAndGet(), disk);
				if (stream == null) {
					return null;
				}
				last = stream.created;
				own.add(stream);
				streams.put(stream.incarnation, stream);
			}
			else if (choice < 4) {
				last = own.remove(random.nextInt(own.size())).delete();
			}
			else {
				last = append(own.get(random.nextInt(own.size())), 1 + random.nextInt(400), disk);
			}
			if (random.nextInt(4) == 0 && !succeeds(last)) {
				return null;
			}
		}
		succeeds(last);
		return null;
	}

	private static Stream create(FileStorage storage, long incarnation, SimulatedDisk disk) {
		while (!disk.isOff()) {
			try {
				return new Stream(storage, incarnation);
			}
			catch (StorageFullException ex) {
				Thread.yield();
			}
		}
		return null;
	}

	/** Segments of this size are complete faster than their indexes are written. */
	private static CompletableFuture<Void> append(Stream stream, int size, SimulatedDisk disk) {
		while (!disk.isOff()) {
			try {
				return stream.append(size);
			}
			catch (StorageFullException ex) {
				assertThat(ex).hasMessageContaining("behind with its indexes");
				Thread.yield();
			}
		}
		return CompletableFuture.failedFuture(new StorageFailedException("off", new IOException()));
	}

	private static boolean succeeds(CompletableFuture<Void> write) throws InterruptedException {
		try {
			write.get();
			return true;
		}
		catch (ExecutionException ex) {
			assertThat(ex).hasCauseInstanceOf(StorageFailedException.class);
			return false;
		}
	}

	private static Void read(Map<Long, Stream> streams, AtomicBoolean written, Random random) throws IOException {
		while (!written.get()) {
			List<Stream> all = new ArrayList<>(streams.values());
			if (!all.isEmpty()) {
				all.get(random.nextInt(all.size())).read(random);
			}
		}
		return null;
	}

	private static void check(List<RecoveredStream> recovered, Map<Long, Stream> streams, String when)
			throws IOException {
		Map<Long, Stream> missing = new ConcurrentHashMap<>(streams);
		for (RecoveredStream found : recovered) {
			Stream stream = missing.remove(found.description().incarnation());
			assertThat(stream).as(when).isNotNull();
			assertThat(stream.deleted).as("%s: stream %d is deleted", when, stream.incarnation).isFalse();
			long tail = found.state().tail();
			assertThat(tail).as("%s: stream %d", when, stream.incarnation).isGreaterThanOrEqualTo(stream.tail);
			byte[] bytes = StoreHistory.read(found.data().read(0, tail, Long.MAX_VALUE), new ArrayList<>());
			assertThat(bytes).as("%s: stream %d", when, stream.incarnation).isEqualTo(stream.bytes(0, (int) tail));
		}
		for (Stream stream : missing.values()) {
			assertThat(stream.deleteSent || !succeeded(stream.created))
				.as("%s: stream %d is there", when, stream.incarnation)
				.isTrue();
		}
	}

	private static boolean succeeded(CompletableFuture<Void> write) {
		return write.isDone() && !write.isCompletedExceptionally();
	}

	/**
	 * A stream with bytes that are known by their position, of which one thread appends.
	 */
	private static final class Stream {

		private final CompletableFuture<Void> created = new CompletableFuture<>();

		private final long incarnation;

		private final StreamData data;

		private long sent;

		private volatile long tail;

		private volatile boolean deleteSent;

		private volatile boolean deleted;

		Stream(FileStorage storage, long incarnation) throws StorageFullException {
			this.incarnation = incarnation;
			this.data = storage.create(
					new StreamDescription("stream/" + incarnation, "text/plain", incarnation, NOW, null, null, null),
					null, (failure) -> complete(this.created, failure));
		}

		CompletableFuture<Void> append(int size) throws StorageFullException {
			CompletableFuture<Void> done = new CompletableFuture<>();
			LogRecord record = new LogRecord(this.sent, bytes(this.sent, size), false, null, null, NOW);
			this.data.append(record, (failure) -> {
				if (failure == null) {
					this.tail = record.end();
				}
				complete(done, failure);
			});
			this.sent += size;
			return done;
		}

		CompletableFuture<Void> delete() {
			CompletableFuture<Void> done = new CompletableFuture<>();
			this.deleteSent = true;
			this.data.delete((failure) -> {
				this.deleted = failure == null;
				complete(done, failure);
			});
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

		void read(Random random) throws IOException {
			long limit = this.tail;
			try (AppendRange range = this.data.read(0, limit, 1 + random.nextInt(10_000))) {
				if (range != null) {
					int length = (int) range.byteCount();
					byte[] bytes = StoreHistory.read(range, new ArrayList<>());
					assertThat(Arrays.mismatch(bytes, bytes(0, length)))
						.as("stream %d, %d bytes", this.incarnation, length)
						.isEqualTo(-1);
					assertThat(limit == 0 || length > 0).isTrue();
				}
				else {
					assertThat(this.deleteSent).isTrue();
				}
			}
			catch (StorageDamagedException ex) {
				throw ex;
			}
			catch (IOException ex) {
				if (!this.deleteSent) {
					throw ex;
				}
			}
		}

		private byte[] bytes(long position, int size) {
			byte[] bytes = new byte[size];
			for (int i = 0; i < size; i++) {
				bytes[i] = (byte) (this.incarnation * 131 + ((position + i) * 31 >> 3));
			}
			return bytes;
		}

	}

}
