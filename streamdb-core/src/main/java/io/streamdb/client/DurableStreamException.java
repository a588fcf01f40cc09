package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * A request to a stream failed (SPEC P7). Carries the stream's URL, the HTTP status and
 * the offset. The URL never contains user information or query parameters.
 */
public class DurableStreamException extends RuntimeException {

	private final transient URI url;

	private final int status;

	private final @Nullable String offset;

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status, 0 when there was no response
	 * @param offset the offset that was asked for or is known, or {@code null}
	 * @param cause the cause, or {@code null}
	 */
	public DurableStreamException(String message, URI url, int status, @Nullable String offset,
			@Nullable Throwable cause) {
		super(message, cause);
		this.url = url;
		this.status = status;
		this.offset = offset;
	}

	/**
	 * Returns the stream.
	 * @return its URL
	 */
	public URI url() {
		return this.url;
	}

	/**
	 * Returns the HTTP status.
	 * @return the status, 0 when there was no response
	 */
	public int status() {
		return this.status;
	}

	/**
	 * Returns the offset of the request or of the answer.
	 * @return the offset, or {@code null} when there is none
	 */
	public @Nullable String offset() {
		return this.offset;
	}

}
