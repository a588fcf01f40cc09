package io.streamdb.sample;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * A proxy before a server that can hold back what is written, while reads go on.
 */
final class HoldingProxy implements AutoCloseable {

	private static final Set<String> NOT_FORWARDED = Set.of("connection", "content-length", "host", "transfer-encoding",
			"upgrade", "http2-settings");

	private final HttpClient client = HttpClient.newHttpClient();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final AtomicInteger held = new AtomicInteger();

	private final URI target;

	private final HttpServer server;

	private volatile CountDownLatch gate = new CountDownLatch(0);

	HoldingProxy(URI target) throws IOException {
		this.target = target;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::forward);
		this.server.start();
	}

	URI url(String path) {
		return URI.create("http://localhost:" + this.server.getAddress().getPort() + path);
	}

	/**
	 * Holds back every write from now on.
	 */
	void hold() {
		this.gate = new CountDownLatch(1);
	}

	/**
	 * Lets through what was held back.
	 */
	void release() {
		this.gate.countDown();
	}

	/**
	 * Tells how many writes have been held back.
	 * @return the number
	 */
	int held() {
		return this.held.get();
	}

	private void forward(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readAllBytes();
			if (exchange.getRequestMethod().equals("POST") && this.gate.getCount() > 0) {
				this.held.incrementAndGet();
				this.gate.await();
			}
			HttpRequest.Builder request = HttpRequest.newBuilder(this.target.resolve(exchange.getRequestURI()))
				.method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
			exchange.getRequestHeaders().forEach((name, values) -> {
				if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
					values.forEach((value) -> request.header(name, value));
				}
			});
			answer(exchange, this.client.send(request.build(), BodyHandlers.ofInputStream()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void answer(HttpExchange exchange, HttpResponse<InputStream> response) throws IOException {
		response.headers().map().forEach((name, values) -> {
			if (!NOT_FORWARDED.contains(name)) {
				exchange.getResponseHeaders().put(name, values);
			}
		});
		boolean empty = response.statusCode() == 204 || exchange.getRequestMethod().equals("HEAD");
		exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : 0);
		try (InputStream from = response.body(); OutputStream to = exchange.getResponseBody()) {
			byte[] buffer = new byte[8192];
			for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
				to.write(buffer, 0, read);
				to.flush();
			}
		}
	}

	@Override
	public void close() {
		release();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
