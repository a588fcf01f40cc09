package io.streamdb.boot.test.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Plain requests to a server, each on a connection of its own.
 */
final class HttpExchange {

	static final Duration TIMEOUT = Duration.ofSeconds(30);

	private HttpExchange() {
	}

	static HttpResponse<String> put(URI uri, String contentType, String body) throws Exception {
		return send("PUT", uri, body, "Content-Type", contentType);
	}

	static HttpResponse<String> post(URI uri, String contentType, String body) throws Exception {
		return send("POST", uri, body, "Content-Type", contentType);
	}

	static HttpResponse<String> get(URI uri) throws Exception {
		return send("GET", uri, "");
	}

	static HttpResponse<String> send(String method, URI uri, String body, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
		if (headers.length > 0) {
			request.headers(headers);
		}
		request.method(method,
				body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
		// The client would repeat by itself what breaks on a connection that it has used.
		return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

}
