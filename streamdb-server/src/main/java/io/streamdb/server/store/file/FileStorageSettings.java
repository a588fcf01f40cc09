package io.streamdb.server.store.file;

/**
 * The sizes that a file store keeps to.
 *
 * @param segmentBytes how large a file of the log becomes before the next one begins
 * @param reservedBytes how much room on the disk is left to others, and for what makes
 * room: past it appends are refused
 * @param batchBytes how many bytes of appends are forced together
 * @param queuedBytes how many bytes of appends may wait for the disk: past it appends are
 * refused
 * @param openFiles how many files are open for readers
 * @param maxBytes how many bytes the files may take: past it appends are refused
 */
record FileStorageSettings(int segmentBytes, long reservedBytes, int batchBytes, long queuedBytes, int openFiles,
		long maxBytes) {

	private static final int MIN_SEGMENT = 1 << 20;

	/** How many segments a store has at least when it is full. */
	private static final int MIN_SEGMENTS = 16;

	FileStorageSettings(int segmentBytes, long reservedBytes, int batchBytes, long queuedBytes, int openFiles) {
		this(segmentBytes, reservedBytes, batchBytes, queuedBytes, openFiles, Long.MAX_VALUE);
	}

	static FileStorageSettings defaults() {
		return new FileStorageSettings(64 << 20, 64 << 20, 8 << 20, 256 << 20, 64);
	}

	/**
	 * Returns the same settings for a store that may not grow past a size. Its segments
	 * are smaller where it is small, since space comes back segment by segment.
	 */
	FileStorageSettings withMaxBytes(long bytes) {
		int segment = (int) Math.min(this.segmentBytes, Math.max(MIN_SEGMENT, bytes / MIN_SEGMENTS));
		return new FileStorageSettings(segment, this.reservedBytes, this.batchBytes, this.queuedBytes, this.openFiles,
				bytes);
	}

}
