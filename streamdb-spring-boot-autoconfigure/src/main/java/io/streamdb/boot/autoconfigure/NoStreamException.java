package io.streamdb.boot.autoconfigure;

/**
 * There is neither a URL of a stream nor an embedded server (SPEC B8).
 */
class NoStreamException extends RuntimeException {

	NoStreamException() {
		super("There is no stream: 'streamdb.url' is not set, and there is no embedded server");
	}

}
