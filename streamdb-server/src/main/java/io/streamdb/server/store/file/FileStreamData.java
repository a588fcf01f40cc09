package io.streamdb.server.store.file;

import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamState;
import io.streamdb.server.store.WriteCallback;
import org.jspecify.annotations.Nullable;

/**
 * One life of a stream: where its appends are, and what they add up to. Knows of nothing
 * that is not forced.
 */
final class FileStreamData implements StreamData {

	private static final Run[] NONE = new Run[0];

	private final ReentrantLock lock = new ReentrantLock();

	private final CommitLog log;

	private final OpenFiles files;

	private final StreamDescription description;

	private final StreamState state;

	/** The number of the last record in the state. */
	private long lastNumber;

	private boolean softDeleted;

	private volatile boolean deleted;

	/** In the order of the stream. */
	private volatile Run[] runs = NONE;

	FileStreamData(CommitLog log, OpenFiles files, StreamDescription description) {
		this(log, files, description, new StreamState(description.firstPosition(), description.createdAt()), 0, false);
	}

	FileStreamData(CommitLog log, OpenFiles files, StreamDescription description, StreamState state, long lastNumber,
			boolean softDeleted) {
		this.log = log;
		this.files = files;
		this.description = description;
		this.state = state;
		this.lastNumber = lastNumber;
		this.softDeleted = softDeleted;
	}

	StreamDescription description() {
		return this.description;
	}

	long incarnation() {
		return this.description.incarnation();
	}

	@Override
	public void append(LogRecord record, WriteCallback done) throws StorageFullException {
		this.log.append(this, record, done);
	}

	@Override
	public void softDelete(WriteCallback done) {
		this.log.note(RecordKind.SOFT_DELETE, this, done);
	}

	@Override
	public void delete(WriteCallback done) {
		this.log.note(RecordKind.DELETE, this, done);
	}

	@Override
	public void touch(Instant lastAccess) {
		accessed(lastAccess);
		this.log.touch(incarnation(), lastAccess);
	}

	void accessed(Instant at) {
		this.lock.lock();
		try {
			this.state.access(at);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes in an append that is forced.
	 * @param record the append, or {@code null} for a stream that begins without one
	 */
	void forced(long number, Segment segment, long offset, long recordLength, @Nullable LogRecord record) {
		this.lock.lock();
		try {
			if (record != null && record.bytes() != null) {
				index(segment, offset, recordLength, record);
			}
			if (record != null && number > this.lastNumber) {
				this.state.apply(record);
			}
			this.lastNumber = Math.max(this.lastNumber, number);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void index(Segment segment, long offset, long recordLength, LogRecord record) {
		Run[] before = this.runs;
		OpenRun run;
		if (before.length > 0 && before[before.length - 1] instanceof OpenRun last && last.segment() == segment) {
			run = last;
			run.add(record.position(), record.end(), offset, recordLength);
		}
		else {
			run = new OpenRun(this, segment, record.position());
			run.add(record.position(), record.end(), offset, recordLength);
			segment.openRuns().add(run);
			Run[] after = Arrays.copyOf(before, before.length + 1);
			after[before.length] = run;
			this.runs = after;
		}
		segment.addLive(recordLength);
	}

	void softDeleted() {
		this.lock.lock();
		try {
			this.softDeleted = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	void deleted() {
		this.lock.lock();
		try {
			this.deleted = true;
			for (Run run : this.runs) {
				run.segment().addLive(-run.storedBytes());
			}
			this.runs = NONE;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Puts a run that was read from a checkpoint to the end.
	 */
	void restore(SealedRun run) {
		this.lock.lock();
		try {
			Run[] after = Arrays.copyOf(this.runs, this.runs.length + 1);
			after[after.length - 1] = run;
			this.runs = after;
			run.segment().addLive(run.storedBytes());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Puts a run where another one was, with the same appends.
	 * @return whether it was there: not when the stream was deleted
	 */
	boolean replace(Run before, Run after) {
		this.lock.lock();
		try {
			Run[] copy = this.runs.clone();
			for (int i = 0; i < copy.length; i++) {
				if (copy[i] == before) {
					copy[i] = after;
					this.runs = copy;
					if (before.segment() != after.segment()) {
						before.segment().addLive(-before.storedBytes());
						after.segment().addLive(after.storedBytes());
					}
					return true;
				}
			}
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	Run[] runs() {
		return this.runs;
	}

	/**
	 * Returns the position after the last append that can be read.
	 */
	long indexedEnd() {
		Run[] now = this.runs;
		return (now.length == 0) ? this.description.firstPosition() : now[now.length - 1].end();
	}

	/**
	 * Returns a copy of the state.
	 */
	StreamState state() {
		this.lock.lock();
		try {
			return this.state.copy();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the position that the state ends at.
	 */
	long tail() {
		this.lock.lock();
		try {
			return this.state.tail();
		}
		finally {
			this.lock.unlock();
		}
	}

	long lastNumber() {
		this.lock.lock();
		try {
			return this.lastNumber;
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isSoftDeleted() {
		this.lock.lock();
		try {
			return this.softDeleted;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Writes what a checkpoint keeps, after a {@code true}: all but the runs whose
	 * segment has no index. Nothing of a stream that was deleted meanwhile: it has given
	 * up its runs, and would seem to have lost them.
	 * @param segments where to note the segments of the runs
	 */
	void write(DataOutput out, Set<Segment> segments) throws IOException {
		StreamState copy;
		Run[] sealed;
		long number;
		boolean soft;
		this.lock.lock();
		try {
			if (this.deleted) {
				return;
			}
			copy = this.state.copy();
			sealed = Arrays.stream(this.runs).filter(SealedRun.class::isInstance).toArray(Run[]::new);
			number = this.lastNumber;
			soft = this.softDeleted;
		}
		finally {
			this.lock.unlock();
		}
		out.writeBoolean(true);
		Fields.write(this.description, out);
		out.writeLong(number);
		out.writeBoolean(soft);
		Fields.write(copy, out);
		out.writeInt(sealed.length);
		for (Run run : sealed) {
			segments.add(run.segment());
			out.writeLong(run.segment().id());
			out.writeLong(run.first());
			out.writeLong(run.end());
			out.writeInt(((SealedRun) run).firstEntry());
			out.writeInt(run.count());
			out.writeLong(run.storedBytes());
		}
	}

	@Override
	public boolean isBoundary(long position, long limit) throws IOException {
		if (position == limit) {
			return true;
		}
		while (true) {
			Place place = find(position);
			if (place == null) {
				return false;
			}
			try {
				return place.start() == position;
			}
			catch (NoSuchFileException ex) {
				failIfStill(place, ex);
			}
		}
	}

	@Override
	public @Nullable AppendRange read(long position, long limit, long maxBytes) throws IOException {
		while (true) {
			Run[] now = this.runs;
			if (this.deleted) {
				return null;
			}
			try {
				return read(now, position, limit, (maxBytes > limit - position) ? limit : position + maxBytes);
			}
			catch (NoSuchFileException ex) {
				if (now == this.runs) {
					throw ex;
				}
			}
		}
	}

	private AppendRange read(Run[] now, long position, long limit, long bound) throws IOException {
		int size = 0;
		long end = position;
		for (int i = indexOf(now, position); i >= 0 && i < now.length && end < limit; i++) {
			Run run = now[i];
			Run.Entries entries = run.entries();
			int count = entries.count();
			long runEnd = entries.end();
			int from = (end == run.first()) ? 0 : entries.entryAt(end);
			if (size == 0 && entries.start(from) != position) {
				throw new IllegalArgumentException(
						"No append of " + this.description.path() + " begins at " + position);
			}
			int to = (runEnd <= bound) ? count : entries.entryAt(bound);
			if (to == from && size == 0) {
				to = from + 1;
			}
			size += to - from;
			if (to < count) {
				end = entries.start(to);
				break;
			}
			end = runEnd;
		}
		return new FileRange(this, this.files, position, size, end);
	}

	/**
	 * Finds the append that a position is in.
	 * @return where it is, or {@code null} when there is none
	 */
	@Nullable Place find(long position) throws IOException {
		while (true) {
			Run[] now = this.runs;
			int index = indexOf(now, position);
			if (index < 0) {
				return null;
			}
			Run run = now[index];
			try {
				Run.Entries entries = run.entries();
				return new Place(run, entries, entries.entryAt(position));
			}
			catch (NoSuchFileException ex) {
				if (now == this.runs) {
					throw ex;
				}
			}
		}
	}

	/**
	 * Returns from a failure when the append is somewhere else by now, since its segment
	 * was rewritten.
	 */
	void failIfStill(Place place, NoSuchFileException failure) throws IOException {
		for (Run run : this.runs) {
			if (run == place.run()) {
				throw failure;
			}
		}
	}

	boolean isDeleted() {
		return this.deleted;
	}

	private static int indexOf(Run[] runs, long position) {
		int low = 0;
		int high = runs.length - 1;
		while (low <= high) {
			int middle = (low + high) >>> 1;
			Run run = runs[middle];
			if (position < run.first()) {
				high = middle - 1;
			}
			else if (position >= run.end()) {
				low = middle + 1;
			}
			else {
				return middle;
			}
		}
		return -1;
	}

	/**
	 * Where an append is.
	 *
	 * @param run its run
	 * @param entries where the appends of the run are
	 * @param entry which one it is
	 */
	record Place(Run run, Run.Entries entries, int entry) {

		long start() throws IOException {
			return this.entries.start(this.entry);
		}

		long offset() throws IOException {
			return this.entries.offset(this.entry);
		}

		/**
		 * Returns the place of the next append, or {@code null} when it is in another
		 * run.
		 */
		@Nullable Place next() {
			return (this.entry + 1 < this.entries.count()) ? new Place(this.run, this.entries, this.entry + 1) : null;
		}

	}

}
