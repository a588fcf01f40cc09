package io.streamdb.server.store.file;

import java.io.IOException;

/**
 * Bytes on disk are not those that were written and forced there. They are neither served
 * nor removed.
 */
public final class StorageDamagedException extends IOException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message the file, the place in it, and what it belongs to
	 */
	StorageDamagedException(String message) {
		super(message);
	}

}
