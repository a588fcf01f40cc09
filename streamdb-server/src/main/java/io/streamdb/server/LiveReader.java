package io.streamdb.server;

/**
 * A read that waits for what is yet to be appended.
 */
interface LiveReader {

	/**
	 * Returns whether it reads over HTTP, and not in process.
	 */
	boolean remote();

	/**
	 * Makes the read end soon, with an offset to come back to. Returns at once.
	 */
	void end();

}
