package io.streamdb.server.store;

/**
 * A storage has no room for a record. Nothing has been written, and the storage can still
 * be used.
 */
public final class StorageFullException extends Exception {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what is full, and what would help; sent to clients
	 */
	public StorageFullException(String message) {
		super(message);
	}

}
