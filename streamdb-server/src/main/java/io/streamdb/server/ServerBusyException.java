package io.streamdb.server;

/**
 * The server has taken on as much as it may. Its message is told to the client.
 */
final class ServerBusyException extends Exception {

	private static final long serialVersionUID = 1L;

	ServerBusyException(String message) {
		super(message, null, false, false);
	}

}
