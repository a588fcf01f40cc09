package io.streamdb.server.store;

import java.io.IOException;

/**
 * Some whole appends of a stream, one after the other, read once from the begin to the
 * end. When the stream is deleted it stays readable as far as that costs nothing. Used by
 * one thread at a time.
 */
public interface AppendRange extends AutoCloseable {

	/**
	 * Returns how many appends these are.
	 * @return the number of appends
	 */
	int size();

	/**
	 * Returns the number of bytes of all these appends.
	 * @return the number of bytes
	 */
	long byteCount();

	/**
	 * Returns the position after the last of these appends.
	 * @return the position
	 */
	long end();

	/**
	 * Takes the next bytes of the current append, which is the first one to begin with.
	 * @param target where to put them
	 * @param offset where in the target
	 * @param length how many at most, at least 1
	 * @return how many, at least 1, or -1 at the end of the append
	 * @throws StreamDeletedException when the stream was deleted and they are not kept
	 * @throws IOException when they cannot be read or are not those that were written
	 */
	int read(byte[] target, int offset, int length) throws IOException;

	/**
	 * Goes to the next append.
	 * @return whether there is one
	 * @throws StreamDeletedException when the stream was deleted and it is not kept
	 * @throws IOException when it cannot be read
	 */
	boolean next() throws IOException;

	/**
	 * Gives back what the range holds. May be called more than once, and by any thread.
	 */
	@Override
	void close();

}
