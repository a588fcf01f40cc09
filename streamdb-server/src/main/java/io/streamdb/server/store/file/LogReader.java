package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one file, from the begin to the end.
 */
final class LogReader {

	private static final int WINDOW = 1 << 20;

	private final DiskFile file;

	private final Segment segment;

	private final long size;

	private byte[] window = new byte[0];

	private long windowAt;

	private int windowLength;

	LogReader(DiskFile file, Segment segment) throws IOException {
		this.file = file;
		this.segment = segment;
		this.size = file.size();
	}

	long size() {
		return this.size;
	}

	/**
	 * Reads the header that begins somewhere.
	 * @return the header, or {@code null} when there is none
	 */
	@Nullable RecordHeader header(long at) throws IOException {
		int begin = load(at, EncodedRecord.FIXED);
		int length = (begin < 0) ? -1 : RecordHeader.lengthAt(this.window, begin);
		begin = (length < 0) ? -1 : load(at, length);
		return (begin < 0) ? null : RecordHeader.parse(this.segment.salt(), this.window, begin, length);
	}

	/**
	 * Reads the payload of a record.
	 * @return the payload, or {@code null} when the file ends before it does
	 */
	byte @Nullable [] payload(RecordHeader header, long at) throws IOException {
		if (at + header.recordLength() > this.size) {
			return null;
		}
		byte[] payload = new byte[header.payloadLength()];
		long from = at + header.length();
		int begin = (payload.length <= WINDOW) ? load(from, payload.length) : -1;
		if (begin >= 0) {
			System.arraycopy(this.window, begin, payload, 0, payload.length);
			return payload;
		}
		return this.file.readFully(ByteBuffer.wrap(payload), from) ? payload : null;
	}

	static boolean isIntact(RecordHeader header, byte[] payload) {
		for (int block = 0; block < EncodedRecord.blocks(payload.length); block++) {
			int from = block * EncodedRecord.BLOCK;
			if (!header.isIntact(block, payload, from, Math.min(EncodedRecord.BLOCK, payload.length - from))) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Looks for a record that was written when another one had been forced already. A
	 * torn write leaves none: what follows it was written together with it.
	 * @param from where to begin to look
	 * @param number the number of that other record
	 * @return whether there is one
	 */
	boolean provesForced(long from, long number) throws IOException {
		for (long at = (from + 7) & ~7L; at + EncodedRecord.FIXED <= this.size; at += 8) {
			int begin = load(at, EncodedRecord.FIXED);
			if (RecordHeader.lengthAt(this.window, begin) > 0) {
				RecordHeader header = header(at);
				if (header != null && header.forced() >= number) {
					return true;
				}
			}
		}
		return false;
	}

	private int load(long at, int length) throws IOException {
		if (at + length > this.size) {
			return -1;
		}
		if (at < this.windowAt || at + length > this.windowAt + this.windowLength) {
			int wanted = (int) Math.min(Math.max(WINDOW, length), this.size - at);
			if (this.window.length < wanted) {
				this.window = new byte[wanted];
			}
			this.windowLength = 0;
			if (!this.file.readFully(ByteBuffer.wrap(this.window, 0, wanted), at)) {
				throw new IOException("The file " + this.segment.fileName() + " became shorter while it was read");
			}
			this.windowAt = at;
			this.windowLength = wanted;
		}
		return (int) (at - this.windowAt);
	}

}
