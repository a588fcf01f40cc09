package io.streamdb.boot.autoconfigure;

import java.net.URI;

/**
 * The state could not be loaded, so the application cannot start.
 */
public class StreamDbStartupException extends RuntimeException {

	private final transient URI url;

	private final boolean besideWebServer;

	/**
	 * Creates the exception.
	 * @param url the stream
	 * @param message what happened
	 * @param cause why
	 * @param besideWebServer whether the application has a web server, which starts when
	 * the state is loaded
	 */
	public StreamDbStartupException(URI url, String message, Throwable cause, boolean besideWebServer) {
		super(message, cause);
		this.url = url;
		this.besideWebServer = besideWebServer;
	}

	/**
	 * Returns the stream.
	 * @return its URL, or the path under which the application itself serves it
	 */
	public URI getUrl() {
		return this.url;
	}

	/**
	 * Returns whether the application has a web server, which starts when the state is
	 * loaded.
	 * @return whether it has
	 */
	public boolean isBesideWebServer() {
		return this.besideWebServer;
	}

}
