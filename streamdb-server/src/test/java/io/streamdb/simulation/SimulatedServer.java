package io.streamdb.simulation;

import java.util.List;
import java.util.Map;

import io.streamdb.client.TransportRequest;

/**
 * The server of a simulation, with one stream. Called in events: it never waits.
 */
public interface SimulatedServer {

	/**
	 * Answers a request, now or later.
	 * @param request the request
	 * @param answer takes the response
	 */
	void handle(TransportRequest request, Answer answer);

	/**
	 * Appends as a plain writer next to the server would.
	 * @param items the items, as JSON
	 */
	void append(List<String> items);

	/**
	 * Creates the stream.
	 */
	void create();

	/**
	 * Deletes the stream.
	 */
	void delete();

	/**
	 * Closes the stream.
	 */
	void close();

	/**
	 * Keeps the first items no longer, where the server can do that.
	 * @param first how many
	 */
	default void cut(int first) {
		throw new UnsupportedOperationException("This server keeps everything");
	}

	/**
	 * Takes a response, as it is made.
	 */
	interface Answer {

		/**
		 * Takes the status and the headers.
		 * @param status the status
		 * @param headers the headers
		 */
		void head(int status, Map<String, String> headers);

		/**
		 * Takes a part of the body.
		 * @param part the bytes
		 */
		void bytes(byte[] part);

		/**
		 * Ends the body.
		 */
		void end();

		/**
		 * Asks to be told when the client or the network gives the exchange up.
		 * @param action what to do then
		 */
		void onGivenUp(Runnable action);

	}

}
