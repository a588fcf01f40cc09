package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The sequence of the append is not the next one (409 with {@code Stream-Seq} or producer
 * headers).
 */
public class StreamSequenceException extends StreamConflictException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 */
	public StreamSequenceException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause) {
		super(message, url, status, offset, cause);
	}

}
