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
 * @param room makes room for the body
 */
record ProtocolRequest(String method, String rawPath, String rawMount, @Nullable String rawQuery, Headers headers,
		Body body, @Nullable AccessRequest caller, Supplier<String> url, Room room) {

	ProtocolRequest(String method, String rawPath, String rawMount, @Nullable String rawQuery, Headers headers,
			Body body, @Nullable AccessRequest caller, Supplier<String> url) {
		this(method, rawPath, rawMount, rawQuery, headers, body, caller, url, Room.UNLIMITED);
	}

	ProtocolRequest within(Room newRoom) {
		return new ProtocolRequest(this.method, this.rawPath, this.rawMount, this.rawQuery, this.headers, this.body,
				this.caller, this.url, newRoom);
	}

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
		 * @param room what makes room for them
		 * @return the bytes, which nobody changes afterwards
		 * @throws BodyTooLargeException when it has more
		 * @throws ServerBusyException when there is no room for it now
		 * @throws IOException when it broke off
		 */
		byte[] read(int limit, Room room) throws IOException, BodyTooLargeException, ServerBusyException;

	}

	/**
	 * Makes room for bodies.
	 */
	@FunctionalInterface
	interface Room {

		/** For bodies that are in memory already. */
		Room UNLIMITED = (bytes) -> {
		};

		/**
		 * Makes room for further bytes.
		 * @throws ServerBusyException when there is none
		 */
		void take(int bytes) throws ServerBusyException;

	}

}
