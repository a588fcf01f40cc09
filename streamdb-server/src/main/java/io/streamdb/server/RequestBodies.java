package io.streamdb.server;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies of creates and appends into the form in which a stream keeps them.
 */
final class RequestBodies {

	private final int maxBytes;

	RequestBodies(int maxBytes) {
		this.maxBytes = maxBytes;
	}

	/**
	 * Reads the body as it was sent.
	 */
	byte[] read(ProtocolRequest request) throws IOException, BodyTooLargeException, ServerBusyException {
		return request.body().read(this.maxBytes, request.room());
	}

	/**
	 * Says why a body cannot be kept in its stream, before it is read.
	 * @return the refusal, or {@code null} when it can
	 */
	@Nullable ProtocolResponse refusal(ProtocolRequest request, MediaType type) {
		String encoding = request.header("Content-Encoding");
		if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
			return ProtocolResponse.problem(415, "The body must not have a Content-Encoding");
		}
		String charset = type.charset();
		if (type.isJson() && charset != null && !charset.equalsIgnoreCase("utf-8")) {
			return ProtocolResponse.problem(415, "JSON must be in UTF-8");
		}
		return null;
	}

	/**
	 * Turns a body that has been read into what the stream keeps.
	 * @return the bytes; empty when a JSON array holds no message
	 */
	byte[] content(byte[] body, MediaType type) {
		return type.isJson() ? JsonMessages.split(body) : body;
	}

}
