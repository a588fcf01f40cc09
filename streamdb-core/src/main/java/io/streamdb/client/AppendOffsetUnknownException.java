package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * An append is in the stream, and only its offset is not known: the server has
 * acknowledged it without telling the offset, and asking for the tail of the stream
 * failed. It must not be repeated.
 */
public class AppendOffsetUnknownException extends AppendOutcomeUnknownException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param status the HTTP status of the answer to the question for the tail, 0 when
	 * there was none
	 * @param cause why the tail could not be had, or {@code null}
	 */
	public AppendOffsetUnknownException(String message, URI url, int status, @Nullable Throwable cause) {
		super(message, url, status, null, cause);
	}

}
