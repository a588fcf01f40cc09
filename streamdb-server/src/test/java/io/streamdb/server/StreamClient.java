package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import io.streamdb.client.JdkHttpTransport;
import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;

/**
 * Speaks the bare protocol, in process or over HTTP, so that one test serves both.
 */
record StreamClient(StreamTransport transport, Function<String, URI> urls) {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	static StreamClient inProcess(DurableStreamServer server) {
		return new StreamClient(server.transport(), (path) -> URI.create("http://in-process.invalid/" + path));
	}

	static StreamClient overHttp(TomcatServer tomcat) {
		return new StreamClient(new JdkHttpTransport(), tomcat::url);
	}

	Answer put(String path, String contentType, String body, String... headers) {
		return send("PUT", path, body, withContentType(contentType, headers));
	}

	Answer post(String path, String contentType, String body, String... headers) {
		return send("POST", path, body, withContentType(contentType, headers));
	}

	Answer get(String path, String... headers) {
		return send("GET", path, null, headers);
	}

	Answer head(String path) {
		return send("HEAD", path, null);
	}

	Answer delete(String path) {
		return send("DELETE", path, null);
	}

	Answer send(String method, String path, String body, String... headers) {
		return answer(open(method, path, body, headers));
	}

	CompletableFuture<Answer> sendAsync(String method, String path, String body, String... headers) {
		return start(method, path, (body != null) ? body.getBytes(StandardCharsets.UTF_8) : null, headers)
			.thenApplyAsync(StreamClient::answer);
	}

	TransportResponse open(String method, String path, String body, String... headers) {
		return start(method, path, (body != null) ? body.getBytes(StandardCharsets.UTF_8) : null, headers).join();
	}

	CompletableFuture<TransportResponse> start(String method, String path, byte[] body, String... headers) {
		Map<String, String> map = new HashMap<>();
		for (int i = 0; i < headers.length; i += 2) {
			map.put(headers[i], headers[i + 1]);
		}
		return this.transport.send(new TransportRequest(method, this.urls.apply(path), map, body, TIMEOUT));
	}

	private static String[] withContentType(String contentType, String... headers) {
		String[] all = new String[headers.length + 2];
		all[0] = "Content-Type";
		all[1] = contentType;
		System.arraycopy(headers, 0, all, 2, headers.length);
		return all;
	}

	private static Answer answer(TransportResponse response) {
		try (response; InputStream body = response.body()) {
			return new Answer(response.status(), response::header, body.readAllBytes());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	record Answer(int status, Function<String, String> headers, byte[] bytes) {

		String header(String name) {
			return this.headers.apply(name);
		}

		String body() {
			return new String(this.bytes, StandardCharsets.UTF_8);
		}

		String offset() {
			return header("Stream-Next-Offset");
		}

	}

}
