package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;

/**
 * Receives what a reader reads, batch by batch (SPEC P2): {@link #begin}, any number of
 * {@link #data}, then {@link #end} or {@link #abort}. A batch is what ends at one offset:
 * a response body, or the data of server-sent events up to the next control event. Only
 * what {@link #end} has confirmed counts; after an abort the reader goes back to the last
 * end and the same messages come again.
 * <p>
 * All calls of one read come from one thread, one after the other. An {@link IOException}
 * of the given stream must be passed on: the reader retries it. A
 * {@link StreamParseException} is retried a few times in a row, since a proxy may have
 * cut the body; every other exception ends the read with that exception as its cause.
 */
public interface BatchHandler {

	/**
	 * Called when the first response names the incarnation of the stream, as our server
	 * does with the header {@code Stream-Incarnation}: a stream that is deleted and
	 * created again has another one, and ends a read with
	 * {@link StreamRecreatedException}.
	 * @param incarnation its name
	 */
	default void incarnation(String incarnation) {
	}

	/**
	 * Called when a batch begins.
	 * @param offset the offset that the batch follows ({@code "-1"} for the start)
	 */
	default void begin(String offset) {
	}

	/**
	 * Called with a part of the batch, while it is still arriving; never with an empty
	 * one. For JSON streams each part is one complete JSON array of messages, which may
	 * hold none. What the handler leaves unread is skipped.
	 * @param body the bytes; the handler reads them to their end and does not close them
	 * @throws IOException when the body broke off
	 */
	void data(InputStream body) throws IOException;

	/**
	 * Called when the batch is complete.
	 * @param end where it ends and what the server said of it
	 */
	void end(BatchEnd end);

	/**
	 * Called instead of {@link #end} when the batch broke off, the handler failed or the
	 * reader was closed: nothing of it counts. Not called when {@link #begin} or
	 * {@link #end} itself threw.
	 * @param cause why
	 */
	default void abort(Throwable cause) {
	}

	/**
	 * Called when a request failed and the reader is about to try again, and again with
	 * each further failure.
	 * @param cause why
	 * @param attempt how many failures there were in a row, from 1
	 */
	default void retrying(Throwable cause, int attempt) {
	}

	/**
	 * Called when a request was answered after {@link #retrying}.
	 */
	default void connected() {
	}

}
