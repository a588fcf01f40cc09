package io.streamdb.server.store.file;

import java.io.IOException;

/**
 * The directory of a file store belongs to another process, or to another store of this
 * one.
 */
public final class DirectoryInUseException extends IOException {

	private static final long serialVersionUID = 1L;

	private final String directory;

	DirectoryInUseException(String directory, String holder) {
		super("The directory " + directory + " of the stream store is used by " + holder
				+ ": one store at a time may have it");
		this.directory = directory;
	}

	/**
	 * Returns the directory.
	 * @return its path
	 */
	public String directory() {
		return this.directory;
	}

}
