package io.streamdb.server;

/**
 * The request is not acceptable as it is written: answered with 400 and this text.
 */
final class BadRequestException extends RuntimeException {

	BadRequestException(String message) {
		super(message, null, false, false);
	}

}
