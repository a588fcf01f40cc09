package io.streamdb.client;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What the client asks of a stream, before headers and parameters of the application are
 * added.
 *
 * @param method the HTTP method
 * @param parameters the protocol's query parameters, not encoded
 * @param headers the protocol's headers
 * @param body the body, or {@code null}
 * @param timeout how long the head of the response may take
 * @param live whether this is a live read, whose head comes when there is something to
 * tell
 */
record StreamRequest(String method, Map<String, String> parameters, Map<String, String> headers, byte @Nullable [] body,
		Duration timeout, boolean live) {

	static StreamRequest of(String method, Duration timeout) {
		return new StreamRequest(method, Map.of(), Map.of(), null, timeout, false);
	}

	StreamRequest withParameters(Map<String, String> parameters) {
		return new StreamRequest(this.method, parameters, this.headers, this.body, this.timeout, this.live);
	}

	StreamRequest withHeaders(Map<String, String> headers) {
		return new StreamRequest(this.method, this.parameters, headers, this.body, this.timeout, this.live);
	}

	StreamRequest withBody(byte @Nullable [] body) {
		return new StreamRequest(this.method, this.parameters, this.headers, body, this.timeout, this.live);
	}

	/**
	 * Shortens the timeout where it is longer than that.
	 */
	StreamRequest within(Duration limit) {
		Duration shortest = Duration.ofNanos(1);
		Duration positive = (limit.compareTo(shortest) > 0) ? limit : shortest;
		return (positive.compareTo(this.timeout) >= 0) ? this
				: new StreamRequest(this.method, this.parameters, this.headers, this.body, positive, this.live);
	}

	StreamRequest asLive() {
		return new StreamRequest(this.method, this.parameters, this.headers, this.body, this.timeout, true);
	}

	/**
	 * Returns the offset that is asked for.
	 * @return the offset, or {@code null} when this is not a read
	 */
	@Nullable String offset() {
		return this.parameters.get(ProtocolNames.OFFSET);
	}

}
