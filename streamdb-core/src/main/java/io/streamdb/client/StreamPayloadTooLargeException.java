package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The server refuses a body of that size (413).
 */
public class StreamPayloadTooLargeException extends DurableStreamException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 */
	public StreamPayloadTooLargeException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause) {
		super(message, url, status, offset, cause);
	}

}
