package io.streamdb.client;

import java.io.InputStream;

import org.jspecify.annotations.Nullable;

/**
 * The response of a {@link StreamTransport}: its head, and the body as it arrives.
 */
public interface TransportResponse extends AutoCloseable {

	/**
	 * Returns the HTTP status.
	 * @return the status code
	 */
	int status();

	/**
	 * Returns the first value of a header.
	 * @param name the header's name, in any case
	 * @return its value, or {@code null} when it is absent
	 */
	@Nullable String header(String name);

	/**
	 * Returns the body. Reading blocks until bytes are there; a connection that breaks
	 * shows as an {@link java.io.IOException}, never as an early end.
	 * @return the one stream of this response
	 */
	InputStream body();

	/**
	 * Releases the exchange, and the connection if the body was not read to its end. May
	 * be called from any thread, and ends a read that is blocked in {@link #body()}.
	 */
	@Override
	void close();

}
