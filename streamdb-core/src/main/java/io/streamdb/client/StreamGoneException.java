package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The stream is deleted, or the offset is no longer retained (410).
 */
public class StreamGoneException extends DurableStreamException {

	private final @Nullable String incarnation;

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 */
	public StreamGoneException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause) {
		this(message, url, status, offset, null, cause);
	}

	StreamGoneException(String message, URI url, int status, @Nullable String offset, @Nullable String incarnation,
			@Nullable Throwable cause) {
		super(message, url, status, offset, cause);
		this.incarnation = incarnation;
	}

	/**
	 * Returns the incarnation that the response named.
	 */
	@Nullable String incarnation() {
		return this.incarnation;
	}

}
