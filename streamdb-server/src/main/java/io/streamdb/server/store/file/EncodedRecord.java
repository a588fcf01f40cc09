package io.streamdb.server.store.file;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;

import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.StreamDescription;
import org.jspecify.annotations.Nullable;

/**
 * A record as it is written: a header with a checksum, and the payload. The header holds
 * a checksum of every block of the payload, so that a part of a large append can be
 * checked, and served, without the rest. Both are padded to eight bytes.
 * <p>
 * All but the place in the log is encoded by the writer's thread; the thread that commits
 * only {@linkplain #stamp stamps} it.
 */
final class EncodedRecord {

	/** How many bytes of a payload have a checksum of their own. */
	static final int BLOCK = 64 * 1024;

	/** The fixed part of the header. */
	static final int FIXED = 64;

	static final int MAX_HEADER = 1024 * 1024;

	static final int CLOSES = 1;

	static final int HAS_SEQUENCE = 1 << 1;

	static final int HAS_PRODUCER = 1 << 2;

	static final int HAS_FIRST = 1 << 3;

	private static final byte[] NOTHING = new byte[0];

	private final byte[] header;

	private final byte[] payload;

	private EncodedRecord(byte[] header, byte[] payload) {
		this.header = header;
		this.payload = payload;
	}

	static EncodedRecord append(long incarnation, LogRecord record) {
		return encode(RecordKind.APPEND, incarnation, record, flags(record), null);
	}

	static EncodedRecord create(StreamDescription description, @Nullable LogRecord first) {
		LogRecord record = (first != null) ? first
				: new LogRecord(description.firstPosition(), null, false, null, null, description.createdAt());
		int flags = (first != null) ? flags(first) | HAS_FIRST : 0;
		return encode(RecordKind.CREATE, description.incarnation(), record, flags, description);
	}

	static EncodedRecord of(RecordKind kind, long incarnation) {
		return encode(kind, incarnation, new LogRecord(0, null, false, null, null, Instant.EPOCH), 0, null);
	}

	static EncodedRecord accesses(Map<Long, Instant> accesses) {
		ByteBuffer payload = ByteBuffer.allocate(accesses.size() * RecordHeader.ACCESS_BYTES);
		accesses.forEach(
				(incarnation, at) -> payload.putLong(incarnation).putLong(at.getEpochSecond()).putInt(at.getNano()));
		return encode(RecordKind.ACCESSES, 0, new LogRecord(0, payload.array(), false, null, null, Instant.EPOCH), 0,
				null);
	}

	private static int flags(LogRecord record) {
		return (record.close() ? CLOSES : 0) | ((record.sequence() != null) ? HAS_SEQUENCE : 0)
				| ((record.producer() != null) ? HAS_PRODUCER : 0);
	}

	private static EncodedRecord encode(RecordKind kind, long incarnation, LogRecord record, int flags,
			@Nullable StreamDescription description) {
		byte[] bytes = record.bytes();
		byte[] payload = (bytes != null) ? bytes : NOTHING;
		byte[] extras = extras(record, description);
		int blocks = blocks(payload.length);
		int length = padded(FIXED + blocks * Integer.BYTES + extras.length);
		if (length > MAX_HEADER) {
			throw new IllegalArgumentException("The record of an append of " + payload.length + " bytes is too large");
		}
		ByteBuffer header = ByteBuffer.allocate(length);
		header.putInt(RecordHeader.LENGTH_AT, length)
			.putLong(RecordHeader.INCARNATION_AT, incarnation)
			.putLong(RecordHeader.POSITION_AT, record.position())
			.putInt(RecordHeader.PAYLOAD_AT, payload.length)
			.put(RecordHeader.KIND_AT, kind.code())
			.put(RecordHeader.FLAGS_AT, (byte) flags)
			.putLong(RecordHeader.SECONDS_AT, record.at().getEpochSecond())
			.putInt(RecordHeader.NANOS_AT, record.at().getNano());
		header.position(FIXED);
		for (int block = 0; block < blocks; block++) {
			int from = block * BLOCK;
			header.putInt(Checksum.of(payload, from, Math.min(BLOCK, payload.length - from)));
		}
		header.put(extras);
		return new EncodedRecord(header.array(), payload);
	}

	private static byte[] extras(LogRecord record, @Nullable StreamDescription description) {
		String sequence = record.sequence();
		ProducerStamp producer = record.producer();
		if (sequence == null && producer == null && description == null) {
			return NOTHING;
		}
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (DataOutputStream out = new DataOutputStream(bytes)) {
			if (sequence != null) {
				out.writeUTF(sequence);
			}
			if (producer != null) {
				Fields.write(producer, out);
			}
			if (description != null) {
				Fields.write(description, out);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return bytes.toByteArray();
	}

	static int blocks(int payloadLength) {
		return (int) ((payloadLength + (long) BLOCK - 1) / BLOCK);
	}

	static int padded(int length) {
		return (length + 7) & ~7;
	}

	static long padded(long length) {
		return (length + 7) & ~7L;
	}

	/**
	 * Returns how many bytes of the file it takes.
	 */
	long length() {
		return this.header.length + padded((long) this.payload.length);
	}

	/**
	 * Gives the record its place in the log.
	 * @param salt the file's
	 * @param sequenceNumber the record's number
	 * @param forced the number of the last record that is known to be forced: whoever
	 * reads this record knows that nothing up to there can be missing
	 */
	void stamp(long salt, long sequenceNumber, long forced) {
		ByteBuffer fields = ByteBuffer.wrap(this.header);
		fields.putLong(RecordHeader.NUMBER_AT, sequenceNumber).putLong(RecordHeader.FORCED_AT, forced);
		fields.putInt(0, Checksum.salted(salt, this.header, Integer.BYTES, this.header.length - Integer.BYTES));
	}

	void writeTo(FileAppender target) throws IOException {
		target.write(this.header, this.header.length);
		target.write(this.payload, padded(this.payload.length));
	}

}
