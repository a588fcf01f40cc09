package io.streamdb.boot.autoconfigure;

import java.net.URI;

import io.streamdb.server.DurableStreamServer;

/**
 * The path under which the embedded server's streams are served.
 *
 * @param value the path, encoded, with that of the application
 */
record ServedPath(String value) {

	/**
	 * Returns where a stream is served.
	 * @param stream the stream's name
	 * @param server the server
	 * @return the path of the stream
	 */
	URI of(String stream, DurableStreamServer server) {
		return URI.create(this.value + server.url(stream).getRawPath());
	}

}
