package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The stream was deleted and created again: at its URL is another one than was read
 * before, known by its incarnation or by a tail before what was read (SPEC M10). It has
 * to be read from its start.
 */
public class StreamRecreatedException extends StreamGoneException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 */
	public StreamRecreatedException(String message, URI url, int status, @Nullable String offset) {
		super(message, url, status, offset, null);
	}

}
