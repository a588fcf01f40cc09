package io.streamdb.benchmarks;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Encodes requests to one server.
 *
 * @param streams where the server has its streams, with a slash at the end
 */
record Requests(URI streams) {

	InetSocketAddress address() {
		return new InetSocketAddress(this.streams.getHost(), this.streams.getPort());
	}

	ByteBuffer create(String stream) {
		return encode("PUT", stream, new byte[0]);
	}

	ByteBuffer append(String stream, String body) {
		return encode("POST", stream, body.getBytes(StandardCharsets.UTF_8));
	}

	ByteBuffer read(String stream, String offset) {
		return get(stream + "?offset=" + offset);
	}

	ByteBuffer follow(String stream) {
		return get(stream + "?offset=now&live=sse");
	}

	private ByteBuffer get(String target) {
		return ByteBuffer.wrap(("GET " + this.streams.getPath() + target + " HTTP/1.1\r\nHost: "
				+ this.streams.getAuthority() + "\r\n\r\n")
			.getBytes(StandardCharsets.ISO_8859_1));
	}

	private ByteBuffer encode(String method, String stream, byte[] body) {
		byte[] head = (method + " " + this.streams.getPath() + stream + " HTTP/1.1\r\nHost: "
				+ this.streams.getAuthority() + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
				+ "\r\n\r\n")
			.getBytes(StandardCharsets.ISO_8859_1);
		return ByteBuffer.allocate(head.length + body.length).put(head).put(body).flip();
	}

}
