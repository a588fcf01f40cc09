package io.streamdb.benchmarks;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * A server in a process of its own that makes up streams as they are read, and holds
 * nothing: {@code /bulk?bytes=N} is one response of that length over 1 000 keys, and
 * {@code /live?events=N} so many events over 1 000 keys, each with a txid of its own, in
 * long-poll responses of 1 000.
 */
final class GeneratedStream {

	/** How many keys there are, and events in a response to a long-poll. */
	static final int KEYS = 1_000;

	private static final int IDLE_MILLIS = 500;

	private GeneratedStream() {
	}

	public static void main(String[] args) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/bulk", (exchange) -> serve(exchange, GeneratedStream::bulk));
		server.createContext("/live", (exchange) -> serve(exchange, GeneratedStream::live));
		server.start();
		System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
	}

	/**
	 * Returns the offset after a number of batches.
	 */
	static String offset(long batches) {
		return String.format(Locale.ROOT, "%012d", batches);
	}

	private static void serve(HttpExchange exchange, Answer answer) throws IOException {
		try (exchange) {
			Map<String, String> query = new HashMap<>();
			for (String parameter : exchange.getRequestURI().getQuery().split("&")) {
				int equals = parameter.indexOf('=');
				query.put(parameter.substring(0, equals), parameter.substring(equals + 1));
			}
			exchange.getResponseHeaders().set("content-type", "application/json");
			exchange.getResponseHeaders().set("stream-up-to-date", "true");
			answer.send(exchange, query);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void bulk(HttpExchange exchange, Map<String, String> query)
			throws IOException, InterruptedException {
		if (!query.get("offset").equals("-1")) {
			answerNothing(exchange, query.get("offset"));
			return;
		}
		long bytes = Long.parseLong(query.get("bytes"));
		exchange.getResponseHeaders().set("stream-next-offset", offset(1));
		exchange.sendResponseHeaders(200, 0);
		try (OutputStream body = new BufferedOutputStream(exchange.getResponseBody(), 1 << 16)) {
			body.write('[');
			long written = 1;
			for (long i = 0; written < bytes; i++) {
				byte[] event = event(i, "");
				if (i > 0) {
					body.write(',');
				}
				body.write(event);
				written += event.length + 1;
			}
			body.write(']');
		}
	}

	private static void live(HttpExchange exchange, Map<String, String> query)
			throws IOException, InterruptedException {
		String from = query.get("offset");
		long batch = from.equals("-1") ? -1 : Long.parseLong(from);
		if ((batch + 1) * KEYS > Long.parseLong(query.get("events")) || (batch >= 0 && !query.containsKey("live"))) {
			answerNothing(exchange, from);
			return;
		}
		StringBuilder body = new StringBuilder("[");
		for (int i = 0; batch >= 0 && i < KEYS; i++) {
			long number = batch * KEYS + i;
			body.append((i > 0) ? "," : "")
				.append(new String(event(number, ",\"txid\":\"transaction-" + number + "\""), StandardCharsets.UTF_8));
		}
		byte[] bytes = body.append(']').toString().getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("stream-next-offset", offset(batch + 1));
		exchange.sendResponseHeaders(200, bytes.length);
		exchange.getResponseBody().write(bytes);
	}

	private static void answerNothing(HttpExchange exchange, String offset) throws IOException, InterruptedException {
		exchange.getResponseHeaders().set("stream-next-offset", offset);
		if (exchange.getRequestURI().getQuery().contains("live=")) {
			TimeUnit.MILLISECONDS.sleep(IDLE_MILLIS);
			exchange.sendResponseHeaders(204, -1);
			return;
		}
		byte[] nothing = { '[', ']' };
		exchange.sendResponseHeaders(200, nothing.length);
		exchange.getResponseBody().write(nothing);
	}

	private static byte[] event(long number, String headers) {
		String key = User.numbered((int) (number * 7919 % KEYS)).id();
		return ("{\"type\":\"user\",\"key\":\"" + key + "\",\"value\":{\"id\":\"" + key
				+ "\",\"name\":\"Ada Lovelace\",\"email\":\"ada." + number + "@example.com\",\"age\":" + number % 60
				+ ",\"city\":\"Osaka\",\"active\":true,\"score\":" + number % 1000
				+ ",\"lastSeen\":\"2026-01-18T13:18:59.618Z\"},\"headers\":{\"operation\":\"upsert\"" + headers + "}}")
			.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Answers one request.
	 */
	private interface Answer {

		void send(HttpExchange exchange, Map<String, String> query) throws IOException, InterruptedException;

	}

}
