package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * A response of success that has nothing of the protocol: the URL is no stream's, or a
 * proxy answers in place of the server, as with a page about its maintenance.
 */
public class StreamForeignResponseException extends StreamParseException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status
	 * @param offset the offset that was asked for, or {@code null}
	 */
	public StreamForeignResponseException(String message, URI url, int status, @Nullable String offset) {
		super(message, url, status, offset, null);
	}

}
