package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.streamdb.server.store.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens what an earlier process left: a checkpoint, and the part of the log that the
 * checkpoint does not know.
 * <p>
 * The log may end in the middle of what was written last: nobody was told that it is
 * there, and it is cut off. Every record says which earlier ones had been forced when it
 * was written. So a record that is not what was written, and that a later one knows to
 * have been forced, is not a torn end but damage, and stays as it is.
 */
final class Recovery {

	private static final Logger logger = LoggerFactory.getLogger(Recovery.class);

	private static final byte[] NOTHING = new byte[0];

	private final Disk disk;

	private final OpenFiles files;

	private final FileStreams streams;

	private final Checkpoint checkpoint;

	private final CommitLog log;

	private final Upkeep upkeep;

	/** Streams of records without a begin, which must turn out to be deleted. */
	private final Map<Long, String> orphans = new LinkedHashMap<>();

	private final List<String> garbage = new ArrayList<>();

	private long number = LogStart.NOT_BEGUN;

	private long bytesRead;

	private boolean ended;

	private boolean cut;

	Recovery(Disk disk, OpenFiles files, FileStreams streams, Checkpoint checkpoint, CommitLog log, Upkeep upkeep) {
		this.disk = disk;
		this.files = files;
		this.streams = streams;
		this.checkpoint = checkpoint;
		this.log = log;
		this.upkeep = upkeep;
	}

	/**
	 * Opens the store, and starts the log where it ends.
	 */
	void run() throws IOException {
		List<String> names = this.disk.list();
		Checkpoint.Found found = this.checkpoint.find();
		LogStart start = (found.name() != null)
				? this.checkpoint.restore(found.name(), this.streams, this.log, this.files) : begin(names);
		List<Long> tail = sort(names, start);
		checkSegments();
		List<Segment> segments = replay(tail, start);
		checkStreams();
		// What nobody refers to may be what an older checkpoint refers to, until this one
		// is
		// there for certain.
		ForceFailedException.force(this.disk);
		for (String name : this.garbage) {
			this.disk.delete(name);
		}
		ForceFailedException.force(this.disk);
		report(found);
		Segment last = segments.isEmpty() ? null : segments.remove(segments.size() - 1);
		if (last != null) {
			this.streams.activeLogSegment(last);
		}
		this.log.start(last, lastNumber(), this.upkeep);
		segments.forEach(this.upkeep::complete);
		if (!found.twins()) {
			this.upkeep.schedule();
		}
	}

	private LogStart begin(List<String> names) throws IOException {
		for (String name : names) {
			if (Segment.isName(name)) {
				throw new StorageDamagedException(
						"The directory " + this.disk.name() + " holds segments of a stream store, such as " + name
								+ ", but no checkpoint: restore all of its files from a backup");
			}
		}
		this.checkpoint.write(this.streams, LogStart.OF_NEW_STORE);
		return LogStart.OF_NEW_STORE;
	}

	/**
	 * Finds the segments of the log that have to be read, in their order, and the files
	 * that nothing refers to.
	 */
	private List<Long> sort(List<String> names, LogStart start) {
		List<Long> tail = new ArrayList<>();
		for (String name : names) {
			if (Segment.isName(name)) {
				long id = Segment.idOf(name);
				this.streams.segmentIdUsed(id);
				Segment sealed = this.streams.sealed(id);
				if (Segment.logIdOf(name) >= start.segmentId()) {
					tail.add(id);
				}
				else if (sealed == null || !sealed.fileName().equals(name)) {
					this.garbage.add(name);
				}
			}
			else if (name.endsWith(Segment.indexName("")) && Segment.isName(segmentOf(name))) {
				Segment sealed = this.streams.sealed(Segment.idOf(segmentOf(name)));
				if (sealed == null || !sealed.indexName().equals(name)) {
					this.garbage.add(name);
				}
			}
			else if (Checkpoint.isTemporary(name)) {
				this.garbage.add(name);
			}
		}
		tail.sort(null);
		return tail;
	}

	private static String segmentOf(String indexName) {
		return indexName.substring(0, indexName.length() - Segment.indexName("").length());
	}

	private void checkSegments() throws IOException {
		for (Segment segment : this.streams.sealed()) {
			long size = size(segment.fileName());
			if (size < segment.size()) {
				throw new StorageDamagedException(
						"The file " + segment.fileName() + " in " + this.disk.name() + " has " + Math.max(0, size)
								+ " bytes and should have " + segment.size() + ": restore it from a backup");
			}
			if (size(segment.indexName()) < (long) segment.indexPages() * IndexPages.PAGE) {
				new IndexRebuild(this.disk, this.streams).rebuild(segment);
			}
		}
	}

	private long size(String name) throws IOException {
		try (DiskFile file = this.disk.open(name)) {
			return file.size();
		}
		catch (NoSuchFileException ex) {
			return -1;
		}
	}

	private List<Segment> replay(List<Long> tail, LogStart start) throws IOException {
		if (start.firstNumber() != LogStart.NOT_BEGUN) {
			this.number = start.firstNumber() - 1;
			if (tail.isEmpty() || tail.get(0) != start.segmentId()) {
				throw new StorageDamagedException("The file " + Segment.logName(start.segmentId()) + " in "
						+ this.disk.name() + " is missing: restore it from a backup");
			}
		}
		List<Segment> segments = new ArrayList<>();
		for (int i = 0; i < tail.size(); i++) {
			boolean last = i == tail.size() - 1;
			String name = Segment.logName(tail.get(i));
			try (DiskFile file = this.disk.open(name)) {
				Segment segment = Segment.readLog(tail.get(i), file);
				if (segment != null) {
					replay(segment, file, last);
					segments.add(segment);
				}
				else if (last && file.size() <= Segment.HEADER) {
					logger.info("Removed {} in {}, which had just been created", name, this.disk.name());
					this.garbage.add(name);
				}
				else {
					throw damaged(name, 0, "its header");
				}
			}
		}
		return segments;
	}

	private void replay(Segment segment, DiskFile file, boolean last) throws IOException {
		if (this.number == LogStart.NOT_BEGUN) {
			this.number = segment.firstNumber() - 1;
		}
		if (segment.firstNumber() != this.number + 1) {
			throw new StorageDamagedException("In " + this.disk.name() + " the file " + segment.fileName()
					+ " begins with record " + segment.firstNumber() + ", but the one before it ends with record "
					+ this.number + ": restore what is missing from a backup");
		}
		LogReader reader = new LogReader(file, segment);
		long at = Segment.HEADER;
		while (at < reader.size()) {
			RecordHeader header = reader.header(at);
			byte[] payload = (header != null && header.number() == this.number + 1) ? reader.payload(header, at) : null;
			if (header == null || payload == null) {
				if (!last || reader.provesForced(at + 8, this.number + 1)) {
					throw damaged(segment.fileName(), at, "the header of a record");
				}
				cut(file, segment, at, reader.size());
				break;
			}
			if (!LogReader.isIntact(header, payload)) {
				if (last && !reader.provesForced(at + header.recordLength(), this.number + 1)) {
					cut(file, segment, at, reader.size());
					break;
				}
				tellDamage(segment, at, header);
				payload = (header.kind() == RecordKind.ACCESSES) ? NOTHING : payload;
			}
			this.number++;
			replay(segment, at, header, payload);
			at += header.recordLength();
		}
		if (last) {
			// A killed process leaves what it wrote, but not on the disk: readers will
			// see it now.
			ForceFailedException.force(file);
		}
		segment.size(at);
		this.bytesRead += at;
	}

	private void cut(DiskFile file, Segment segment, long at, long size) throws IOException {
		logger.warn("The log in {} ended in the middle of a write that was never acknowledged: cut {} bytes off {} at "
				+ "byte {}", this.disk.name(), size - at, segment.fileName(), at);
		file.truncate(at);
		this.cut = true;
	}

	private void tellDamage(Segment segment, long at, RecordHeader header) {
		if (header.kind() == RecordKind.ACCESSES) {
			logger.error("When streams were read last is damaged, in {} at byte {} of {}: it counts as not known",
					this.disk.name(), at, segment.fileName());
			return;
		}
		FileStreamData stream = this.streams.find(header.incarnation());
		logger.error(
				"An append of the stream {} at its position {} is damaged, in {} at byte {} of {}: it will not be "
						+ "served",
				(stream != null) ? stream.description().path() : header.incarnation(), header.position(),
				this.disk.name(), at, segment.fileName());
	}

	private StorageDamagedException damaged(String name, long at, String what) {
		return new StorageDamagedException(
				"The file " + name + " in " + this.disk.name() + " is damaged at byte " + at + ": " + what
						+ " is not what was written and forced there. Nothing was changed; restore the file from a "
						+ "backup");
	}

	private void replay(Segment segment, long at, RecordHeader header, byte[] payload) throws IOException {
		this.ended = header.kind() == RecordKind.END;
		FileStreamData stream = this.streams.find(header.incarnation());
		switch (header.kind()) {
			case CREATE -> {
				if (stream == null) {
					stream = new FileStreamData(this.log, this.files, header.description());
					this.streams.add(stream);
				}
				replay(stream, segment, at, header, header.append(payload));
			}
			case APPEND -> {
				if (stream == null) {
					this.orphans.putIfAbsent(header.incarnation(), "byte " + at + " of " + segment.fileName());
				}
				else {
					replay(stream, segment, at, header, header.append(payload));
				}
			}
			case SOFT_DELETE -> {
				if (stream != null) {
					stream.softDeleted();
				}
			}
			case DELETE -> {
				this.orphans.remove(header.incarnation());
				if (stream != null) {
					this.streams.remove(stream);
				}
			}
			case ACCESSES -> RecordHeader.accesses(payload).forEach((incarnation, accessed) -> {
				FileStreamData read = this.streams.find(incarnation);
				if (read != null) {
					read.accessed(accessed);
				}
			});
			case END -> {
				// Says nothing of any stream.
			}
		}
	}

	private void replay(FileStreamData stream, Segment segment, long at, RecordHeader header,
			@Nullable LogRecord append) throws IOException {
		if (append != null && append.bytes() != null && append.position() != stream.indexedEnd()) {
			throw incomplete(stream,
					append.position() + ", where byte " + at + " of " + segment.fileName() + " goes on");
		}
		try {
			stream.forced(header.number(), segment, at, header.recordLength(), append);
		}
		catch (IllegalArgumentException ex) {
			throw incomplete(stream, "byte " + at + " of " + segment.fileName());
		}
	}

	/**
	 * Makes sure that each stream is as long as the checkpoint or the log say.
	 */
	private void checkStreams() throws IOException {
		if (!this.orphans.isEmpty()) {
			throw new StorageDamagedException("The log in " + this.disk.name()
					+ " has appends of a stream that never began, at " + this.orphans.values().iterator().next());
		}
		for (FileStreamData stream : this.streams.all()) {
			if (stream.indexedEnd() != stream.tail()) {
				throw incomplete(stream, "its end at " + stream.tail());
			}
		}
	}

	private StorageDamagedException incomplete(FileStreamData stream, String before) {
		return new StorageDamagedException("The stream " + stream.description().path() + " in " + this.disk.name()
				+ " has nothing between its position " + stream.indexedEnd() + " and " + before
				+ ": restore what is missing from a backup");
	}

	private long lastNumber() {
		long last = Math.max(this.number, 0);
		for (FileStreamData stream : this.streams.all()) {
			last = Math.max(last, stream.lastNumber());
		}
		return last;
	}

	private void report(Checkpoint.Found found) {
		if (found.damaged() != null) {
			logger.warn("The file {} in {} is damaged: its twin was used, and it will be written anew", found.damaged(),
					this.disk.name());
		}
		logger.info("Opened the stream store in {} with {} streams, after {} and {} bytes of log", this.disk.name(),
				this.streams.all().size(),
				(found.name() == null) ? "nothing" : (this.ended && !this.cut) ? "an orderly end" : "a sudden end",
				this.bytesRead);
	}

}
