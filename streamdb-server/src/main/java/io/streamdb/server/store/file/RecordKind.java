package io.streamdb.server.store.file;

import org.jspecify.annotations.Nullable;

/**
 * What a record of the log says.
 */
enum RecordKind {

	/** A stream begins, with its description and perhaps its first append. */
	CREATE(1),

	/** Bytes, closure, producer and sequence of one append. */
	APPEND(2),

	/** A stream is kept for its forks only. */
	SOFT_DELETE(3),

	/** A stream is gone. */
	DELETE(4),

	/** When some streams were read last. */
	ACCESSES(5),

	/** The store was closed: all before it was forced. */
	END(6);

	private static final RecordKind[] KINDS = values();

	private final byte code;

	RecordKind(int code) {
		this.code = (byte) code;
	}

	byte code() {
		return this.code;
	}

	static @Nullable RecordKind of(byte code) {
		return (code >= 1 && code <= KINDS.length) ? KINDS[code - 1] : null;
	}

}
