package io.streamdb.boot.autoconfigure;

import java.net.URI;

/**
 * The state could not be loaded, so the application cannot start.
 */
public class StreamDbStartupException extends RuntimeException {

	private final transient URI url;

	/**
	 * Creates the exception.
	 * @param url the stream
	 * @param message what happened
	 * @param cause why
	 */
	public StreamDbStartupException(URI url, String message, Throwable cause) {
		super(message, cause);
		this.url = url;
	}

	/**
	 * Returns the stream.
	 * @return its URL
	 */
	public URI getUrl() {
		return this.url;
	}

}
