package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A segment that is written anew from records of others. Payloads are copied as they are,
 * with the checksums that they were written with: what is damaged stays recognisable.
 */
final class SegmentCopy {

	private static final Logger logger = LoggerFactory.getLogger(SegmentCopy.class);

	private static final int BUFFER = 1 << 16;

	private final OpenFiles files;

	private final Segment target;

	private final DiskFile file;

	private final DiskFile indexFile;

	private final FileAppender appender;

	private final IndexPages.Writer index;

	SegmentCopy(Disk disk, OpenFiles files, Segment target) throws IOException {
		this.files = files;
		this.target = target;
		this.file = disk.create(target.fileName());
		this.indexFile = createBeside(this.file, disk, target.indexName());
		this.appender = new FileAppender(this.file, 0, BUFFER);
		this.index = new IndexPages.Writer(new FileAppender(this.indexFile, 0, BUFFER), target);
		this.appender.write(target.header(), Segment.HEADER);
	}

	private static DiskFile createBeside(DiskFile opened, Disk disk, String name) throws IOException {
		try {
			return disk.create(name);
		}
		catch (IOException ex) {
			close(opened);
			throw ex;
		}
	}

	long size() {
		return this.appender.position();
	}

	/**
	 * Copies a run.
	 * @return the run in this segment
	 */
	SealedRun add(FileStreamData stream, SealedRun run) throws IOException {
		Run.Entries entries = run.entries();
		int firstEntry = this.index.count();
		for (int entry = 0; entry < run.count(); entry++) {
			long start = entries.start(entry);
			this.index.add((int) (start - run.first()), Math.toIntExact(size()));
			copy(stream, run.segment(), start, entries.offset(entry));
		}
		return new SealedRun(this.files, this.target, run.first(), run.end(), firstEntry, run.count(),
				run.storedBytes());
	}

	private void copy(FileStreamData stream, Segment source, long start, long offset) throws IOException {
		byte[] bytes = read(source, offset, EncodedRecord.FIXED);
		int length = RecordHeader.lengthAt(bytes, 0);
		RecordHeader header = (length < 0) ? null
				: RecordHeader.parse(source.salt(), read(source, offset, length), 0, length);
		if (header == null || header.incarnation() != stream.incarnation() || header.position() != start) {
			throw new StorageDamagedException("The stream " + stream.description().path()
					+ " is damaged: the header of the append at its position " + start
					+ " is not what was written to the file " + source.fileName() + " at byte " + offset);
		}
		this.appender.write(header.copyFor(this.target.salt()), length);
		long end = offset + header.recordLength();
		for (long at = offset + length; at < end; at += BUFFER) {
			int part = (int) Math.min(BUFFER, end - at);
			this.appender.write(read(source, at, part), part);
		}
	}

	private byte[] read(Segment source, long at, int length) throws IOException {
		byte[] bytes = new byte[length];
		if (!this.files.readFully(source.fileName(), ByteBuffer.wrap(bytes), at)) {
			throw new StorageDamagedException(
					"The file " + source.fileName() + " ends before byte " + (at + length) + ", within an append");
		}
		return bytes;
	}

	/**
	 * Forces what was copied.
	 */
	void finish() throws IOException {
		this.appender.flush();
		this.index.finish();
		this.target.size(size());
		ForceFailedException.force(this.file);
		ForceFailedException.force(this.indexFile);
		close();
	}

	void close() {
		close(this.file);
		close(this.indexFile);
	}

	private static void close(DiskFile opened) {
		try {
			opened.close();
		}
		catch (IOException ex) {
			logger.debug("A file of a segment could not be closed", ex);
		}
	}

}
