package io.streamdb.client;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A response without a network.
 */
final class MemoryResponse implements TransportResponse {

	private final int status;

	private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

	private final InputStream body;

	MemoryResponse(int status, Map<String, String> headers, String body) {
		this(status, headers, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
	}

	MemoryResponse(int status, Map<String, String> headers, InputStream body) {
		this.status = status;
		this.headers.putAll(headers);
		this.body = body;
	}

	@Override
	public int status() {
		return this.status;
	}

	@Override
	public String header(String name) {
		return this.headers.get(name);
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	public void close() {
	}

}
