package io.streamdb.server.store;

/**
 * The bytes of one append, which a read never splits (SPEC M5).
 *
 * @param start the position of the first byte
 * @param bytes the bytes; at least one, and never changed
 */
record AppendedBlock(long start, byte[] bytes) {

	/** About what an append costs in memory besides its bytes. */
	private static final int OVERHEAD = 64;

	/**
	 * Returns what an append of some bytes costs in memory.
	 */
	static long footprint(byte[] bytes) {
		return bytes.length + OVERHEAD;
	}

	long end() {
		return this.start + this.bytes.length;
	}

}
