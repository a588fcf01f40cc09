package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A {@link StreamTransport} over the JDK's {@link HttpClient}. Bodies arrive as they are
 * read: no more than a few buffers of a response are in memory at a time. Redirects are
 * not followed. Safe for use by many threads; all streams of a process can share one.
 */
public final class JdkHttpTransport implements StreamTransport {

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

	private final HttpClient client;

	/**
	 * Creates a transport that speaks HTTP/1.1 and gives up connecting after 10 seconds.
	 */
	public JdkHttpTransport() {
		this(HttpClient.newBuilder()
			.version(Version.HTTP_1_1)
			.followRedirects(Redirect.NEVER)
			.connectTimeout(CONNECT_TIMEOUT)
			.build());
	}

	/**
	 * Creates a transport over a client of the application, for TLS settings, proxies or
	 * HTTP/2.
	 * @param client the client; it must not follow redirects
	 * @throws IllegalArgumentException when the client follows redirects
	 */
	public JdkHttpTransport(HttpClient client) {
		if (client.followRedirects() != Redirect.NEVER) {
			throw new IllegalArgumentException("The HttpClient follows redirects (" + client.followRedirects()
					+ "), which would send headers to another server: build it with Redirect.NEVER");
		}
		this.client = client;
	}

	@Override
	public CompletableFuture<TransportResponse> send(TransportRequest request) {
		CompletableFuture<HttpResponse<InputStream>> exchange = this.client.sendAsync(toHttpRequest(request),
				BodyHandlers.ofInputStream());
		CompletableFuture<TransportResponse> result = new CompletableFuture<>();
		exchange.whenComplete((response, failure) -> {
			if (failure != null) {
				result.completeExceptionally(unwrap(failure));
				return;
			}
			JdkResponse head = new JdkResponse(response);
			if (!result.complete(head)) {
				head.close();
			}
		});
		// HttpRequest.timeout is of no use: from JDK 26 on it covers the body too.
		if (request.timeout() != null) {
			limit(result, request.timeout());
		}
		result.whenComplete((response, failure) -> {
			if (failure != null) {
				exchange.cancel(true);
			}
		});
		return result;
	}

	private static void limit(CompletableFuture<TransportResponse> result, Duration timeout) {
		CompletableFuture<Boolean> over = new CompletableFuture<>();
		over.completeOnTimeout(true, timeout.toNanos(), TimeUnit.NANOSECONDS).thenAccept((late) -> {
			if (late) {
				result.completeExceptionally(new HttpTimeoutException("no response within " + timeout));
			}
		});
		// Not cancelled, which would make an exception for each request.
		result.whenComplete((response, failure) -> over.complete(false));
	}

	private static HttpRequest toHttpRequest(TransportRequest request) {
		byte[] body = request.body();
		HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri())
			.method(request.method(), (body != null) ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody());
		request.headers().forEach(builder::setHeader);
		return builder.build();
	}

	private static Throwable unwrap(Throwable failure) {
		Throwable cause = failure;
		while (cause instanceof CompletionException && cause.getCause() != null) {
			cause = cause.getCause();
		}
		return cause;
	}

	private static final class JdkResponse implements TransportResponse {

		private final HttpResponse<InputStream> response;

		JdkResponse(HttpResponse<InputStream> response) {
			this.response = response;
		}

		@Override
		public int status() {
			return this.response.statusCode();
		}

		@Override
		public @Nullable String header(String name) {
			return this.response.headers().firstValue(name).orElse(null);
		}

		@Override
		public InputStream body() {
			return this.response.body();
		}

		@Override
		public void close() {
			try {
				this.response.body().close();
			}
			catch (IOException ex) {
				// Closing gives the connection up, which is all that is wanted here.
			}
		}

	}

}
