package io.streamdb.event;

/**
 * A body that is not a JSON array of items (SPEC M9: broken framing).
 */
public class MalformedBodyException extends RuntimeException {

	/**
	 * Creates the exception.
	 * @param message what is wrong and where
	 */
	public MalformedBodyException(String message) {
		super(message);
	}

	/**
	 * Creates the exception.
	 * @param message what is wrong and where
	 * @param cause the cause
	 */
	public MalformedBodyException(String message, Throwable cause) {
		super(message, cause);
	}

}
