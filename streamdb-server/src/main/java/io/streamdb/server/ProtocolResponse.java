package io.streamdb.server;

import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A response of the protocol. Built by one thread, then handed over.
 */
final class ProtocolResponse {

	private final int status;

	private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

	private ResponseBody body = ResponseBody.NONE;

	private ProtocolResponse(int status) {
		this.status = status;
	}

	/**
	 * Begins a response that says nothing yet, is not stored by caches, and is safe to be
	 * shown to a browser (PROTOCOL 12.7). Whoever creates a stream chooses its content
	 * type, and the application's own pages have the same origin: a page or an image that
	 * is stored in a stream must not run in it.
	 */
	static ProtocolResponse of(int status) {
		return new ProtocolResponse(status).header("Cache-Control", "no-store")
			.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
			.header("X-Content-Type-Options", "nosniff")
			.header("Cross-Origin-Resource-Policy", "same-origin");
	}

	/**
	 * Begins a refusal.
	 */
	static ProtocolResponse problem(int status, String text) {
		return of(status).header("Content-Type", "text/plain; charset=utf-8").body(BytesBody.text(text + "\n"));
	}

	ProtocolResponse header(String name, Object value) {
		this.headers.put(name, value.toString());
		return this;
	}

	ProtocolResponse body(ResponseBody content) {
		this.body = content;
		return this;
	}

	int status() {
		return this.status;
	}

	Map<String, String> headers() {
		return this.headers;
	}

	@Nullable String header(String name) {
		return this.headers.get(name);
	}

	ResponseBody body() {
		return this.body;
	}

}
