package io.streamdb.sample.web;

/**
 * What a request is about does not exist.
 */
public class NotFoundException extends RuntimeException {

	/**
	 * Creates the exception.
	 * @param message what does not exist, for the client
	 */
	public NotFoundException(String message) {
		super(message);
	}

}
