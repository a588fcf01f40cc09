package io.streamdb.server;

import java.io.IOException;

/**
 * The body of a response, taken piece by piece by whoever carries it to the client, as
 * fast as the client takes it. Nothing is made before it is asked for, so a slow client
 * costs no memory, and nothing here blocks. Used by one thread at a time; only
 * {@link #close()} may come from another.
 */
interface ResponseBody {

	/** What {@link #read} returns at the end. */
	int END = -1;

	/** A body without bytes. */
	ResponseBody NONE = new BytesBody(new byte[0]);

	/**
	 * Returns the number of bytes.
	 * @return the length, or -1 when it is not known
	 */
	long length();

	/**
	 * Takes the next bytes.
	 * @return how many, 0 when there are none at the moment, or {@link #END}
	 * @throws IOException when the store cannot give them: the response breaks off
	 */
	int read(byte[] target, int offset, int length) throws IOException;

	/**
	 * Asks to be called once when it is worth to read again, after a read returned 0. The
	 * action runs on the server's executor and must not block.
	 */
	void whenReady(Runnable action);

	/**
	 * Returns whether the body has a time limit, and may be given up before its end.
	 */
	default boolean isTimed() {
		return false;
	}

	/**
	 * Asks to be called when the body is to be given up although it is not at its end:
	 * its time is over, and nobody takes what it has. The action may run on any thread,
	 * more than once, and must not block.
	 */
	default void whenOverdue(Runnable action) {
		// Most bodies have no time limit: what they hold is all there.
	}

	/**
	 * Releases what the body holds. May be called more than once.
	 */
	void close();

}
