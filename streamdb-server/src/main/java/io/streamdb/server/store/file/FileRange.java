package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.StreamDeletedException;
import org.jspecify.annotations.Nullable;

/**
 * Some appends on disk. Reads ahead into one buffer, and gives nothing out that was not
 * compared with its checksum. Holds no file: when a segment has been rewritten in the
 * meantime, the append is looked up again.
 */
final class FileRange implements AppendRange {

	/** Two blocks, and the headers between them. */
	private static final int MAX_READ_AHEAD = 2 * EncodedRecord.BLOCK + 4096;

	private static final int MIN_READ_AHEAD = 512;

	/** About what an append takes in the file besides its bytes. */
	private static final long RECORD_OVERHEAD = 128;

	private final FileStreamData stream;

	private final OpenFiles files;

	private final long start;

	private final int size;

	private final long end;

	private int index;

	/** Where the current append begins in the stream. */
	private long position;

	private FileStreamData.@Nullable Place place;

	/** Of the current append, once it was read. */
	private @Nullable RecordHeader header;

	/** Where the record begins in the file. */
	private long recordAt;

	private int consumed;

	private int checkedBlock = -1;

	private byte[] buffer = new byte[0];

	private @Nullable Segment bufferedSegment;

	private long bufferedAt;

	private int buffered;

	private int used;

	private int readAhead;

	FileRange(FileStreamData stream, OpenFiles files, long start, int size, long end) {
		this.stream = stream;
		this.files = files;
		this.start = start;
		this.size = size;
		this.end = end;
		this.position = start;
		this.readAhead = (int) Math.min(MAX_READ_AHEAD, end - start + size * RECORD_OVERHEAD);
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public long byteCount() {
		return this.end - this.start;
	}

	@Override
	public long end() {
		return this.end;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (this.index >= this.size) {
			return -1;
		}
		while (true) {
			RecordHeader record = record();
			if (this.consumed == record.payloadLength()) {
				return -1;
			}
			try {
				int from = block(record);
				int inBlock = this.consumed % EncodedRecord.BLOCK;
				int rest = Math.min(EncodedRecord.BLOCK - inBlock, record.payloadLength() - this.consumed);
				int count = Math.min(length, rest);
				System.arraycopy(this.buffer, from + inBlock, target, offset, count);
				this.consumed += count;
				return count;
			}
			catch (NoSuchFileException ex) {
				lookUpAgain(ex);
			}
		}
	}

	@Override
	public boolean next() throws IOException {
		if (this.index + 1 >= this.size) {
			return false;
		}
		this.position += record().payloadLength();
		this.index++;
		this.place = (this.place != null) ? this.place.next() : null;
		this.header = null;
		this.consumed = 0;
		this.checkedBlock = -1;
		return true;
	}

	private RecordHeader record() throws IOException {
		while (true) {
			RecordHeader record = this.header;
			if (record != null) {
				return record;
			}
			FileStreamData.Place there = place();
			try {
				this.recordAt = there.offset();
				this.header = readHeader(there.run().segment());
			}
			catch (NoSuchFileException ex) {
				lookUpAgain(ex);
			}
		}
	}

	private FileStreamData.Place place() throws IOException {
		FileStreamData.Place there = this.place;
		if (there == null) {
			there = this.stream.find(this.position);
			if (there == null) {
				String path = this.stream.description().path();
				throw this.stream.isDeleted() ? new StreamDeletedException(path)
						: new IOException("The stream " + path + " has no append at " + this.position);
			}
			this.place = there;
		}
		return there;
	}

	private void lookUpAgain(NoSuchFileException failure) throws IOException {
		FileStreamData.Place there = this.place;
		if (there != null) {
			this.stream.failIfStill(there, failure);
		}
		this.place = null;
		this.header = null;
		this.checkedBlock = -1;
	}

	private RecordHeader readHeader(Segment segment) throws IOException {
		int at = ensure(segment, this.recordAt, EncodedRecord.FIXED);
		int length = RecordHeader.lengthAt(this.buffer, at);
		if (length < 0) {
			throw damaged(segment, "the header of the append");
		}
		at = ensure(segment, this.recordAt, length);
		RecordHeader record = RecordHeader.parse(segment.salt(), this.buffer, at, length);
		if (record == null || record.incarnation() != this.stream.incarnation() || record.position() != this.position) {
			throw damaged(segment, "the header of the append");
		}
		return record;
	}

	/**
	 * Makes sure that the current block is in the buffer, and is what was written.
	 * @return where in the buffer it begins
	 */
	private int block(RecordHeader record) throws IOException {
		Segment segment = place().run().segment();
		int block = this.consumed / EncodedRecord.BLOCK;
		int from = block * EncodedRecord.BLOCK;
		int length = Math.min(EncodedRecord.BLOCK, record.payloadLength() - from);
		int at = ensure(segment, this.recordAt + record.length() + from, length);
		if (block != this.checkedBlock) {
			if (!record.isIntact(block, this.buffer, at, length)) {
				throw damaged(segment, "the append");
			}
			this.checkedBlock = block;
		}
		return at;
	}

	private StorageDamagedException damaged(Segment segment, String what) {
		return new StorageDamagedException("The stream " + this.stream.description().path() + " is damaged: " + what
				+ " at its position " + this.position + " is not what was written to the file " + segment.fileName()
				+ " at byte " + this.recordAt);
	}

	/**
	 * Makes sure that bytes of the file are in the buffer.
	 * @return where in the buffer they begin
	 */
	private int ensure(Segment segment, long at, int length) throws IOException {
		if (segment != this.bufferedSegment || at < this.bufferedAt || at + length > this.bufferedAt + this.buffered) {
			fill(segment, at, length);
		}
		int begin = (int) (at - this.bufferedAt);
		this.used = Math.max(this.used, begin + length);
		return begin;
	}

	private void fill(Segment segment, long at, int length) throws IOException {
		if (this.buffered > 0) {
			// Where other streams lie between the appends, reading ahead is wasted.
			this.readAhead = (this.used < this.buffered / 4) ? Math.max(MIN_READ_AHEAD, this.readAhead / 2)
					: Math.min(MAX_READ_AHEAD, this.readAhead * 2);
		}
		int wanted = Math.max(length, this.readAhead);
		if (this.buffer.length < wanted) {
			this.buffer = new byte[wanted];
		}
		this.bufferedSegment = null;
		this.buffered = 0;
		this.used = 0;
		ByteBuffer target = ByteBuffer.wrap(this.buffer, 0, wanted);
		while (target.position() < length) {
			int count = this.files.read(segment.fileName(), target, at + target.position());
			if (count < 0) {
				throw damaged(segment, "the append, within which the file ends,");
			}
		}
		this.bufferedSegment = segment;
		this.bufferedAt = at;
		this.buffered = target.position();
	}

	@Override
	public void close() {
		// Holds a buffer only, which goes with the garbage.
	}

}
