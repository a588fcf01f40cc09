package io.streamdb.server.store.file;

import java.io.IOException;

/**
 * The appends of one stream in one segment: neighbours in the stream, though not always
 * in the file.
 */
sealed interface Run permits OpenRun, SealedRun {

	Segment segment();

	/** The position in the stream of the first append. */
	long first();

	/** The position in the stream after the last append. */
	long end();

	int count();

	/** How many bytes of the file the records take. */
	long storedBytes();

	/**
	 * Returns where the appends are, for one reader.
	 */
	Entries entries();

	/**
	 * Where the appends of a run are, at one moment. For use by one thread at a time.
	 */
	interface Entries {

		/**
		 * Returns how many appends there are.
		 */
		int count();

		/**
		 * Returns the position in the stream after the last append.
		 */
		long end();

		/**
		 * Returns the position in the stream of an append.
		 */
		long start(int entry) throws IOException;

		/**
		 * Returns where in the file the record of an append begins.
		 */
		long offset(int entry) throws IOException;

		/**
		 * Returns the last append that begins at a position or before.
		 */
		default int entryAt(long position) throws IOException {
			int low = 0;
			int high = count() - 1;
			while (low < high) {
				int middle = (low + high + 1) >>> 1;
				if (start(middle) <= position) {
					low = middle;
				}
				else {
					high = middle - 1;
				}
			}
			return low;
		}

	}

}
