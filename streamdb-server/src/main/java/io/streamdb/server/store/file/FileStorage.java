package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFailedException;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.WriteCallback;
import org.jspecify.annotations.Nullable;

/**
 * A storage in the files of one directory (SPEC S2). All streams share one log: a record
 * is written to its end, and its writer is told after the file was forced, together with
 * all others that came meanwhile. The log is cut into segments. A complete segment gets
 * an index and stays as it is, so that an append is written once; when most of it belongs
 * to streams that are gone, the rest is copied and the file deleted. A checkpoint,
 * written with every segment, bounds what has to be read when the store is opened.
 * <p>
 * Nothing is served that was not compared with its checksum. Bytes that are not what was
 * written make a read fail with a {@link StorageDamagedException}.
 */
public final class FileStorage implements StreamStorage {

	private final AtomicBoolean closed = new AtomicBoolean();

	private final Disk disk;

	private final StoreThreads threads;

	private final FileStreams streams = new FileStreams();

	private final StorageFigures figures = new StorageFigures();

	private final OpenFiles files;

	private final Checkpoint checkpoint;

	private final CommitLog log;

	private final Upkeep upkeep;

	private volatile boolean recovered;

	FileStorage(Disk disk, StoreThreads threads, FileStorageSettings settings, RandomGenerator random) {
		this.disk = disk;
		this.threads = threads;
		this.files = new OpenFiles(disk, settings.openFiles());
		this.checkpoint = new Checkpoint(disk);
		this.log = new CommitLog(disk, threads.commit(), settings, random, this.streams, this.figures,
				this::storedBytes);
		this.upkeep = new Upkeep(disk, this.files, this.streams, this.checkpoint, this.log, threads.upkeep(), settings,
				random);
	}

	/**
	 * Creates a storage. It opens the directory when its streams are
	 * {@linkplain #recover() recovered}.
	 * @param directory the directory, which is created when it is missing and belongs to
	 * this storage alone
	 * @return the storage, to be closed
	 */
	public static FileStorage in(Path directory) {
		return in(directory, FileStorageSettings.defaults());
	}

	/**
	 * Creates a storage that may not grow past a size: then appends are refused until
	 * streams are deleted and their space has come back.
	 * @param directory the directory, as above
	 * @param maxBytes how many bytes the files may take, with what has not come back yet;
	 * for a short time they may take more, while what is left of deleted streams'
	 * neighbours is copied
	 * @return the storage, to be closed
	 */
	public static FileStorage in(Path directory, long maxBytes) {
		if (maxBytes <= 0) {
			throw new IllegalArgumentException("maxBytes must be positive: " + maxBytes);
		}
		return in(directory, FileStorageSettings.defaults().withMaxBytes(maxBytes));
	}

	private static FileStorage in(Path directory, FileStorageSettings settings) {
		return new FileStorage(new DirectoryDisk(directory), StoreThreads.start(), settings, new SecureRandom());
	}

	/**
	 * Opens the directory and tells what is there. A write that the last process was in
	 * the middle of is cut off.
	 * @return the streams
	 * @throws DirectoryInUseException when another store has the directory
	 * @throws StorageDamagedException when files are missing, or are not what was written
	 * and forced, and it cannot be told which streams are there
	 * @throws IOException when the files cannot be read
	 */
	@Override
	public List<RecoveredStream> recover() throws IOException {
		try {
			this.disk.lock();
			new Recovery(this.disk, this.files, this.streams, this.checkpoint, this.log, this.upkeep).run();
			this.recovered = true;
		}
		finally {
			if (!this.recovered) {
				close();
			}
		}
		List<RecoveredStream> recoveredStreams = new ArrayList<>();
		for (FileStreamData stream : this.streams.all()) {
			recoveredStreams
				.add(new RecoveredStream(stream.description(), stream, stream.state(), stream.isSoftDeleted()));
		}
		return recoveredStreams;
	}

	@Override
	public long highestIncarnation() {
		return this.streams.highestIncarnation();
	}

	@Override
	public boolean durable() {
		return true;
	}

	@Override
	public StreamData create(StreamDescription description, @Nullable LogRecord first, WriteCallback done)
			throws StorageFullException {
		FileStreamData stream = new FileStreamData(this.log, this.files, description);
		this.log.create(stream, description, first, done);
		return stream;
	}

	@Override
	public long storedBytes() {
		Segment active = this.streams.activeLogSegment();
		long bytes = this.checkpoint.storedBytes() + ((active != null) ? active.size() : 0)
				+ this.upkeep.backlogBytes();
		for (Segment segment : this.streams.sealed()) {
			bytes += segment.storedBytes();
		}
		return bytes;
	}

	/**
	 * Returns what the store has done, for meters.
	 * @return the figures, which go on changing
	 */
	public StorageFigures figures() {
		return this.figures;
	}

	/**
	 * Returns why nothing is written any more.
	 * @return the first failure, or {@code null} when all is well
	 */
	@Override
	public @Nullable StorageFailedException failure() {
		return this.log.failure();
	}

	int openFiles() {
		return this.files.size();
	}

	@Override
	public void close() {
		if (this.closed.compareAndSet(false, true)) {
			this.log.refuse();
			this.threads.stop().run();
			// A channel does not write for a thread that is interrupted.
			boolean interrupted = Thread.interrupted();
			if (this.recovered) {
				this.log.end();
			}
			this.log.closeFile();
			this.files.close();
			this.disk.close();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

}
