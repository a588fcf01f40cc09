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
 */
record FileStorageSettings(int segmentBytes, long reservedBytes, int batchBytes, long queuedBytes, int openFiles) {

	static FileStorageSettings defaults() {
		return new FileStorageSettings(64 << 20, 64 << 20, 8 << 20, 256 << 20, 64);
	}

}
