package io.streamdb.schema;

/**
 * A schema, a collection definition or an event cannot be made as it was asked for; the
 * message names the parts and the remedy.
 */
public class SchemaException extends RuntimeException {

	/**
	 * Creates the exception.
	 * @param message what is wrong and what to do
	 */
	public SchemaException(String message) {
		super(message);
	}

	/**
	 * Creates the exception.
	 * @param message what is wrong and what to do
	 * @param cause the cause
	 */
	public SchemaException(String message, Throwable cause) {
		super(message, cause);
	}

}
