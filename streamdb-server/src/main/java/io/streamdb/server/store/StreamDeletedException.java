package io.streamdb.server.store;

import java.io.IOException;

/**
 * A stream was deleted while somebody read it, and the rest cannot be read any more.
 */
public final class StreamDeletedException extends IOException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param path the stream's path
	 */
	public StreamDeletedException(String path) {
		super("The stream " + path + " was deleted while it was read");
	}

}
