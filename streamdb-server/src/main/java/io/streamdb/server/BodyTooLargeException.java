package io.streamdb.server;

/**
 * The body of a request is larger than the limit: answered with 413.
 */
final class BodyTooLargeException extends Exception {

	BodyTooLargeException(int limit) {
		super("The body is larger than the limit of " + limit + " bytes", null, false, false);
	}

}
