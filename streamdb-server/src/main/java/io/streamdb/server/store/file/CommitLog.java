package io.streamdb.server.store.file;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.StorageFailedException;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.WriteCallback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that all streams share. Writers leave their records in a queue; one task takes
 * all that wait, writes them, forces the file once, and tells their writers. While it
 * does, the next ones gather: so one force is shared by as many as there are.
 * <p>
 * After the first failure of a write or a force nothing is written any more.
 */
final class CommitLog {

	private static final Logger logger = LoggerFactory.getLogger(CommitLog.class);

	private static final int WRITE_BUFFER = 1 << 20;

	private static final long MIN_KNOWN_ROOM = 1 << 20;

	/** How many complete segments may wait for their index. */
	private static final int MAX_BACKLOG = 32;

	/** How often the size is looked at on the way to its limit. */
	private static final int LIMIT_PARTS = 64;

	private final ReentrantLock lock = new ReentrantLock();

	private final Disk disk;

	private final Executor executor;

	private final FileStorageSettings settings;

	private final RandomGenerator random;

	private final FileStreams streams;

	private final StorageFigures figures;

	private final LongSupplier storedBytes;

	private Queue<Pending> queue = new ArrayDeque<>();

	private Map<Long, Instant> accesses = new HashMap<>();

	/** Of records that wait, and of those that are being written. */
	private long queuedBytes;

	private boolean scheduled;

	private boolean closed;

	/** How much can be written before the disk has to be asked again. */
	private long knownRoom;

	private volatile @Nullable StorageFailedException failure;

	// Only for the task that commits:

	private @Nullable DiskFile file;

	private @Nullable FileAppender appender;

	private @Nullable Segment active;

	private long lastNumber;

	private long forcedNumber;

	private @Nullable Upkeep upkeep;

	CommitLog(Disk disk, Executor executor, FileStorageSettings settings, RandomGenerator random, FileStreams streams,
			StorageFigures figures, LongSupplier storedBytes) {
		this.disk = disk;
		this.executor = executor;
		this.settings = settings;
		this.random = random;
		this.streams = streams;
		this.figures = figures;
		this.storedBytes = storedBytes;
	}

	/**
	 * Goes on where a log ends.
	 * @param segment the last segment, or {@code null} to begin one
	 * @param number the number of the last record
	 */
	void start(@Nullable Segment segment, long number, Upkeep keeper) throws IOException {
		this.upkeep = keeper;
		this.lastNumber = number;
		this.forcedNumber = number;
		if (segment != null) {
			DiskFile opened = this.disk.open(segment.fileName());
			this.file = opened;
			this.active = segment;
			this.appender = new FileAppender(opened, segment.size(), WRITE_BUFFER);
		}
		else {
			begin();
		}
	}

	void create(FileStreamData stream, StreamDescription description, @Nullable LogRecord first, WriteCallback done)
			throws StorageFullException {
		EncodedRecord record = EncodedRecord.create(description, first);
		submit(new Pending(record, RecordKind.CREATE, stream, first, done), true);
	}

	void append(FileStreamData stream, LogRecord append, WriteCallback done) throws StorageFullException {
		EncodedRecord record = EncodedRecord.append(stream.incarnation(), append);
		submit(new Pending(record, RecordKind.APPEND, stream, append, done), true);
	}

	/**
	 * Writes a record without bytes, for which there is always room.
	 */
	void note(RecordKind kind, FileStreamData stream, WriteCallback done) {
		try {
			submit(new Pending(EncodedRecord.of(kind, stream.incarnation()), kind, stream, null, done), false);
		}
		catch (StorageFullException ex) {
			throw new IllegalStateException("Only appends need room", ex);
		}
	}

	/**
	 * Writes, some time, that a stream was read. Nobody waits for that.
	 */
	void touch(long incarnation, Instant at) {
		boolean schedule;
		this.lock.lock();
		try {
			if (this.closed || this.failure != null) {
				return;
			}
			this.accesses.put(incarnation, at);
			schedule = schedule();
		}
		finally {
			this.lock.unlock();
		}
		if (schedule) {
			execute();
		}
	}

	private void submit(Pending pending, boolean needsRoom) throws StorageFullException {
		boolean schedule = false;
		boolean refused;
		this.lock.lock();
		try {
			refused = this.closed;
			if (!refused) {
				if (needsRoom && this.failure == null) {
					takeRoom(pending.record().length());
				}
				this.queue.add(pending);
				this.queuedBytes += pending.record().length();
				schedule = schedule();
			}
		}
		finally {
			this.lock.unlock();
		}
		if (refused) {
			pending.done().done(closedFailure());
		}
		if (schedule) {
			execute();
		}
	}

	private boolean schedule() {
		boolean first = !this.scheduled;
		this.scheduled = true;
		return first;
	}

	private void execute() {
		try {
			this.executor.execute(this::drain);
		}
		catch (RejectedExecutionException ex) {
			// Closed in between: nobody commits any more, and nothing is being written.
			if (this.failure == null) {
				this.failure = closedFailure();
			}
			drain();
		}
		catch (RuntimeException | Error ex) {
			// There is no thread for it. Whoever waits has to be told.
			fail(ex);
			drain();
		}
	}

	private void takeRoom(long bytes) throws StorageFullException {
		if (this.queuedBytes + bytes > this.settings.queuedBytes() && this.queuedBytes > 0) {
			throw new StorageFullException(
					"The disk is too slow: " + this.queuedBytes + " bytes wait to be written. Try again later");
		}
		if (keeper().backlog() > MAX_BACKLOG) {
			keeper().retry();
			throw new StorageFullException(
					"The stream store is behind with its indexes: if that lasts, its log says why");
		}
		if (this.knownRoom < bytes) {
			long allowed = this.settings.maxBytes() - this.storedBytes.getAsLong() - this.queuedBytes;
			if (allowed < bytes) {
				keeper().retry();
				throw new StorageFullException("The files of the stream store take their limit of "
						+ this.settings.maxBytes() + " bytes: delete streams or raise the limit");
			}
			// What else is written, such as indexes, is noticed with the next part.
			long part = Math.max(bytes, this.settings.maxBytes() / LIMIT_PARTS);
			this.knownRoom = Math.min(Math.min(allowed, part), roomNow(bytes));
		}
		if (this.knownRoom < bytes) {
			throw new StorageFullException("The disk of the stream store is full: " + this.settings.reservedBytes()
					+ " bytes are reserved. Delete streams or make room");
		}
		this.knownRoom -= bytes;
	}

	private long roomNow(long needed) {
		// Others write, too: never count on more than what is kept in reserve.
		long enough = Math.max(needed, Math.max(this.settings.reservedBytes(), MIN_KNOWN_ROOM));
		try {
			return Math.min(this.disk.room() - this.settings.reservedBytes() - this.queuedBytes, enough);
		}
		catch (IOException ex) {
			logger.warn("The room on the disk of {} is not known: assuming some", this.disk.name(), ex);
			return enough;
		}
	}

	/**
	 * Returns whether there is room for what need not be written: the reserve is for
	 * deletions, and a write that finds no room at all would be the last one.
	 */
	private boolean hasRoomForAccesses() {
		try {
			return this.disk.room() > this.settings.reservedBytes();
		}
		catch (IOException ex) {
			logger.debug("The room on the disk of {} is not known", this.disk.name(), ex);
			return false;
		}
	}

	/**
	 * Writes what waits, until nothing does.
	 */
	private void drain() {
		long written = 0;
		while (true) {
			List<Pending> batch = new ArrayList<>();
			Map<Long, Instant> read;
			this.lock.lock();
			try {
				this.queuedBytes -= written;
				if (this.queue.isEmpty() && this.accesses.isEmpty()) {
					this.scheduled = false;
					return;
				}
				written = 0;
				while (!this.queue.isEmpty() && written < this.settings.batchBytes()) {
					Pending next = this.queue.remove();
					written += next.record().length();
					batch.add(next);
				}
				read = this.accesses;
				this.accesses = new HashMap<>();
			}
			finally {
				this.lock.unlock();
			}
			commit(batch, read);
		}
	}

	private void commit(List<Pending> batch, Map<Long, Instant> read) {
		long[] offsets = new long[batch.size()];
		Segment segment = null;
		try {
			if (this.failure == null) {
				segment = write(batch, read, offsets);
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			fail(ex);
		}
		StorageFailedException failed = this.failure;
		for (int i = 0; i < batch.size(); i++) {
			Pending pending = batch.get(i);
			if (segment != null && failed == null) {
				failed = applied(pending, segment, offsets[i], this.lastNumber - batch.size() + 1 + i);
			}
			tell(pending, failed);
		}
	}

	private Segment write(List<Pending> batch, Map<Long, Instant> read, long[] offsets) throws IOException {
		boolean accesses = !read.isEmpty() && hasRoomForAccesses();
		if (batch.isEmpty() && !accesses) {
			return segment();
		}
		if (segment().size() >= this.settings.segmentBytes()) {
			rotate();
		}
		Segment segment = segment();
		FileAppender target = target();
		if (accesses) {
			write(EncodedRecord.accesses(read), segment, target);
		}
		long begin = target.position();
		for (int i = 0; i < offsets.length; i++) {
			offsets[i] = target.position();
			write(batch.get(i).record(), segment, target);
		}
		long end = target.position();
		target.flush();
		if (!batch.isEmpty()) {
			long started = System.nanoTime();
			openFile().force();
			this.figures.forced(batch.size(), end - begin, System.nanoTime() - started);
			this.forcedNumber = this.lastNumber;
		}
		segment.size(end);
		return segment;
	}

	private void write(EncodedRecord record, Segment segment, FileAppender target) throws IOException {
		record.stamp(segment.salt(), this.lastNumber + 1, this.forcedNumber);
		record.writeTo(target);
		this.lastNumber++;
	}

	private void rotate() throws IOException {
		force();
		Segment complete = segment();
		openFile().close();
		// Before there is another one: whoever looks finds it here or there.
		keeper().complete(complete);
		begin();
	}

	private void force() throws IOException {
		if (this.forcedNumber < this.lastNumber) {
			openFile().force();
			this.forcedNumber = this.lastNumber;
		}
	}

	/**
	 * Begins a segment: it is on disk, with its name, before anything is written to it.
	 */
	private void begin() throws IOException {
		Segment segment = new Segment(this.streams.nextSegmentId(), true, this.random.nextLong(), this.lastNumber + 1,
				Segment.HEADER);
		DiskFile created = this.disk.create(segment.fileName());
		FileAppender next = this.appender;
		if (next == null) {
			next = new FileAppender(created, 0, WRITE_BUFFER);
			this.appender = next;
		}
		else {
			next.switchTo(created, 0);
		}
		this.file = created;
		next.write(segment.header(), Segment.HEADER);
		next.flush();
		created.force();
		this.disk.force();
		this.active = segment;
		this.streams.activeLogSegment(segment);
	}

	private @Nullable StorageFailedException applied(Pending pending, Segment segment, long offset, long number) {
		try {
			apply(pending, segment, offset, number);
			return null;
		}
		catch (RuntimeException | Error ex) {
			// It is on the disk and cannot be found: only opening the store helps.
			fail(ex);
			return this.failure;
		}
	}

	private void apply(Pending pending, Segment segment, long offset, long number) {
		FileStreamData stream = pending.stream();
		switch (pending.kind()) {
			case CREATE -> {
				stream.forced(number, segment, offset, pending.record().length(), pending.append());
				this.streams.add(stream);
			}
			case APPEND -> stream.forced(number, segment, offset, pending.record().length(), pending.append());
			case SOFT_DELETE -> stream.softDeleted();
			case DELETE -> {
				this.streams.remove(stream);
				keeper().released();
			}
			default -> throw new IllegalStateException("Not a record of a stream: " + pending.kind());
		}
	}

	private static void tell(Pending pending, @Nullable StorageFailedException failed) {
		try {
			pending.done().done(failed);
		}
		catch (RuntimeException | Error ex) {
			logger.error("What waited for a record of {} failed", pending.stream().description().path(), ex);
		}
	}

	/**
	 * Ends all writing. What was acknowledged can still be read.
	 */
	void fail(Throwable cause) {
		this.lock.lock();
		try {
			if (this.failure != null) {
				return;
			}
			String message = "The stream store in " + this.disk.name() + " could not write and takes nothing more: "
					+ cause + ". What was acknowledged is there; make sure of the disk and restart";
			this.failure = new StorageFailedException(message, cause);
		}
		finally {
			this.lock.unlock();
		}
		logger.error("The stream store in {} could not write and takes nothing more until it is opened again",
				this.disk.name(), cause);
	}

	@Nullable StorageFailedException failure() {
		return this.failure;
	}

	private StorageFailedException closedFailure() {
		return new StorageFailedException("The stream store in " + this.disk.name() + " is closed",
				new IllegalStateException("closed"));
	}

	/**
	 * Takes no more records. Those that wait are still written.
	 */
	void refuse() {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Notes that the log ends here on purpose. To be called when nobody commits any more.
	 */
	void end() {
		try {
			if (this.failure == null && this.file != null) {
				Segment segment = segment();
				FileAppender target = target();
				force();
				write(EncodedRecord.of(RecordKind.END, 0), segment, target);
				target.flush();
				openFile().force();
				segment.size(target.position());
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.warn("The end of the log in {} could not be noted: nothing is lost", this.disk.name(), ex);
		}
	}

	/**
	 * Gives the file back. To be called last.
	 */
	void closeFile() {
		try {
			if (this.file != null) {
				this.file.close();
			}
		}
		catch (IOException ex) {
			logger.warn("The log in {} could not be closed", this.disk.name(), ex);
		}
	}

	private Upkeep keeper() {
		return started(this.upkeep);
	}

	private Segment segment() {
		return started(this.active);
	}

	private FileAppender target() {
		return started(this.appender);
	}

	private DiskFile openFile() {
		return started(this.file);
	}

	private static <T> T started(@Nullable T value) {
		if (value == null) {
			throw new IllegalStateException("The log was not started: recover() comes before everything else");
		}
		return value;
	}

	private record Pending(EncodedRecord record, RecordKind kind, FileStreamData stream, @Nullable LogRecord append,
			WriteCallback done) {
	}

}
