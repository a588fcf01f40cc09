package io.streamdb.server.store;

/**
 * A storage could not write and takes nothing more. What was acknowledged before is
 * there.
 */
public final class StorageFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what failed, and what would help
	 * @param cause the first failure
	 */
	public StorageFailedException(String message, Throwable cause) {
		super(message, cause);
	}

}
