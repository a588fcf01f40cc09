package io.streamdb.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * An {@link IdempotentProducer} has ended before it sent the message: it was closed, or
 * its thread has ended. Nothing of the message is on the server.
 */
public class MessageNotSentException extends DurableStreamException {

	/**
	 * Creates the exception.
	 * @param message what happened and what to do
	 * @param url the stream
	 * @param cause the cause, or {@code null}
	 */
	public MessageNotSentException(String message, URI url, @Nullable Throwable cause) {
		super(message, url, 0, null, cause);
	}

}
