package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open file. Reads may come from many threads, everything else from one at a time.
 */
interface DiskFile extends AutoCloseable {

	long size() throws IOException;

	/**
	 * Reads some bytes.
	 * @return how many, or -1 at the end of the file
	 */
	int read(ByteBuffer target, long position) throws IOException;

	/**
	 * Writes all bytes that are left in the source.
	 */
	void write(ByteBuffer source, long position) throws IOException;

	/**
	 * Makes the file shorter, and forces that.
	 */
	void truncate(long size) throws IOException;

	/**
	 * Forces what was written. When this fails nothing is known of those bytes any more,
	 * and trying again proves nothing: the system may have dropped them and report
	 * success (see "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
	 */
	void force() throws IOException;

	@Override
	void close() throws IOException;

	/**
	 * Reads until the target is full.
	 * @return whether it is: not when the file ends before
	 */
	default boolean readFully(ByteBuffer target, long position) throws IOException {
		long from = position;
		while (target.hasRemaining()) {
			int count = read(target, from);
			if (count < 0) {
				return false;
			}
			from += count;
		}
		return true;
	}

}
