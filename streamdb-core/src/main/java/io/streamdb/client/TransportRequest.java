package io.streamdb.client;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One request of a {@link StreamTransport}.
 *
 * @param method the HTTP method, in upper case
 * @param uri the absolute URI with its query
 * @param headers header names and values; names are compared without case
 * @param body the body, or {@code null} for none; never changed after it was handed over
 * @param timeout how long to wait for the head of the response, or {@code null} to wait
 * without limit (live reads)
 */
public record TransportRequest(String method, URI uri, Map<String, String> headers, byte @Nullable [] body,
		@Nullable Duration timeout) {

	public TransportRequest {
		headers = Map.copyOf(headers);
	}

}
