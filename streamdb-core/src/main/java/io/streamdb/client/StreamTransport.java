package io.streamdb.client;

import java.util.concurrent.CompletableFuture;

/**
 * Sends one HTTP exchange of the Durable Streams Protocol. The SPI between the client and
 * whatever carries its bytes: the JDK's {@code HttpClient} in this module, the embedded
 * server in the same process, an HTTP client of the application.
 * <p>
 * A transport neither retries nor follows redirects nor interprets a status: that is the
 * client's job. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface StreamTransport {

	/**
	 * Sends a request. The future completes when the head of the response has arrived;
	 * its body is read from {@link TransportResponse#body()} while it is still arriving.
	 * Cancelling the future gives the exchange up.
	 * @param request what to send
	 * @return the response, or a failure with an {@link java.io.IOException} when no
	 * response could be had ({@link java.net.http.HttpTimeoutException} when it did not
	 * come within {@link TransportRequest#timeout()})
	 */
	CompletableFuture<TransportResponse> send(TransportRequest request);

}
