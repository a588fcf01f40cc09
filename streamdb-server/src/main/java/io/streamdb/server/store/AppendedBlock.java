package io.streamdb.server.store;

/**
 * The bytes of one append, which a read never splits (SPEC M5).
 *
 * @param start the position of the first byte
 * @param bytes the bytes; at least one, and never changed
 */
record AppendedBlock(long start, byte[] bytes) {

	long end() {
		return this.start + this.bytes.length;
	}

}
