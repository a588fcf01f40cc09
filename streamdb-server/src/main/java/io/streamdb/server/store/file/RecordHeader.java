package io.streamdb.server.store.file;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.ProducerStamp;
import io.streamdb.server.store.StreamDescription;
import org.jspecify.annotations.Nullable;

/**
 * The header of a record that was read, and whose checksum is right.
 */
final class RecordHeader {

	static final int LENGTH_AT = 4;

	static final int NUMBER_AT = 8;

	static final int FORCED_AT = 16;

	static final int INCARNATION_AT = 24;

	static final int POSITION_AT = 32;

	static final int PAYLOAD_AT = 40;

	static final int KIND_AT = 44;

	static final int FLAGS_AT = 45;

	static final int SECONDS_AT = 48;

	static final int NANOS_AT = 56;

	/** Incarnation, seconds, nanoseconds. */
	static final int ACCESS_BYTES = 2 * Long.BYTES + Integer.BYTES;

	private final ByteBuffer fields;

	private final RecordKind kind;

	private RecordHeader(ByteBuffer fields, RecordKind kind) {
		this.fields = fields;
		this.kind = kind;
	}

	/**
	 * Returns how long the header is that begins somewhere, going by its first eight
	 * bytes.
	 * @return the length, or -1 when no header begins there
	 */
	static int lengthAt(byte[] bytes, int offset) {
		int length = ByteBuffer.wrap(bytes).getInt(offset + LENGTH_AT);
		return (length >= EncodedRecord.FIXED && length <= EncodedRecord.MAX_HEADER && length % 8 == 0) ? length : -1;
	}

	/**
	 * Reads a header.
	 * @param salt the file's
	 * @param bytes where the header is, as a whole
	 * @return the header, which keeps a copy, or {@code null} when it is none
	 */
	static @Nullable RecordHeader parse(long salt, byte[] bytes, int offset, int length) {
		ByteBuffer fields = ByteBuffer.wrap(bytes, offset, length).slice();
		if (fields.getInt(0) != Checksum.salted(salt, bytes, offset + Integer.BYTES, length - Integer.BYTES)) {
			return null;
		}
		RecordKind kind = RecordKind.of(fields.get(KIND_AT));
		if (kind == null || fields.getInt(PAYLOAD_AT) < 0
				|| EncodedRecord.FIXED + EncodedRecord.blocks(fields.getInt(PAYLOAD_AT)) * Integer.BYTES > length) {
			return null;
		}
		byte[] copy = new byte[length];
		System.arraycopy(bytes, offset, copy, 0, length);
		return new RecordHeader(ByteBuffer.wrap(copy), kind);
	}

	RecordKind kind() {
		return this.kind;
	}

	int length() {
		return this.fields.capacity();
	}

	/**
	 * Returns how many bytes of the file the record takes.
	 */
	long recordLength() {
		return length() + EncodedRecord.padded((long) payloadLength());
	}

	long number() {
		return this.fields.getLong(NUMBER_AT);
	}

	long forced() {
		return this.fields.getLong(FORCED_AT);
	}

	long incarnation() {
		return this.fields.getLong(INCARNATION_AT);
	}

	long position() {
		return this.fields.getLong(POSITION_AT);
	}

	int payloadLength() {
		return this.fields.getInt(PAYLOAD_AT);
	}

	/**
	 * Returns whether a block of the payload is what was written.
	 */
	boolean isIntact(int block, byte[] bytes, int offset, int length) {
		return this.fields.getInt(EncodedRecord.FIXED + block * Integer.BYTES) == Checksum.of(bytes, offset, length);
	}

	/**
	 * Returns a header with the same content for another file.
	 */
	byte[] copyFor(long salt) {
		byte[] copy = this.fields.array().clone();
		ByteBuffer.wrap(copy).putInt(0, Checksum.salted(salt, copy, Integer.BYTES, copy.length - Integer.BYTES));
		return copy;
	}

	/**
	 * Returns what the record says of an append.
	 * @param payload its bytes
	 * @return the append, or {@code null} when there is none in it
	 */
	@Nullable LogRecord append(byte[] payload) throws IOException {
		if (this.kind == RecordKind.CREATE && !has(EncodedRecord.HAS_FIRST)) {
			return null;
		}
		try (DataInputStream extras = extras()) {
			return append(payload, extras);
		}
	}

	private LogRecord append(byte[] payload, DataInputStream extras) throws IOException {
		String sequence = has(EncodedRecord.HAS_SEQUENCE) ? extras.readUTF() : null;
		ProducerStamp producer = has(EncodedRecord.HAS_PRODUCER) ? Fields.readProducer(extras) : null;
		return new LogRecord(position(), (payload.length > 0) ? payload : null, has(EncodedRecord.CLOSES), sequence,
				producer, Instant.ofEpochSecond(this.fields.getLong(SECONDS_AT), this.fields.getInt(NANOS_AT)));
	}

	/**
	 * Returns the description in a {@link RecordKind#CREATE}.
	 */
	StreamDescription description() throws IOException {
		try (DataInputStream extras = extras()) {
			append(new byte[0], extras);
			return Fields.readDescription(extras);
		}
	}

	/**
	 * Returns what is in an {@link RecordKind#ACCESSES}.
	 */
	static Map<Long, Instant> accesses(byte[] payload) {
		Map<Long, Instant> accesses = new LinkedHashMap<>();
		ByteBuffer buffer = ByteBuffer.wrap(payload);
		while (buffer.remaining() >= ACCESS_BYTES) {
			accesses.put(buffer.getLong(), Instant.ofEpochSecond(buffer.getLong(), buffer.getInt()));
		}
		return accesses;
	}

	private boolean has(int flag) {
		return (this.fields.get(FLAGS_AT) & flag) != 0;
	}

	private DataInputStream extras() {
		int begin = EncodedRecord.FIXED + EncodedRecord.blocks(payloadLength()) * Integer.BYTES;
		return new DataInputStream(new ByteArrayInputStream(this.fields.array(), begin, length() - begin));
	}

}
