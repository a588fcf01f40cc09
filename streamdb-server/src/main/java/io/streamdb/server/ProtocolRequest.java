package io.streamdb.server;

import java.io.IOException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A request as the protocol sees it, whatever carried it here.
 *
 * @param method the HTTP method
 * @param rawPath the path as it was sent, from the root of whatever serves it
 * @param rawMount the part of the path that is not the stream's
 * @param rawQuery the query as it was sent, or {@code null}
 * @param headers gives the first value of a header
 * @param body the body
 * @param caller who asks, or {@code null} for the application itself
 * @param url the URL that was asked for, without its query
 */
record ProtocolRequest(String method, String rawPath, String rawMount, @Nullable String rawQuery, Headers headers,
		Body body, @Nullable AccessRequest caller, Supplier<String> url) {

	@Nullable String header(String name) {
		return this.headers.first(name);
	}

	/**
	 * Returns whether a header is {@code true}, which is the only value that counts
	 * (PROTOCOL 4.1).
	 */
	boolean isTrue(String name) {
		return "true".equalsIgnoreCase(header(name));
	}

	@FunctionalInterface
	interface Headers {

		@Nullable String first(String name);

	}

	@FunctionalInterface
	interface Body {

		/**
		 * Reads the whole body.
		 * @param limit how many bytes it may have
		 * @return the bytes, which nobody changes afterwards
		 * @throws BodyTooLargeException when it has more
		 * @throws IOException when it broke off
		 */
		byte[] read(int limit) throws IOException, BodyTooLargeException;

	}

}
