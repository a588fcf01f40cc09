package io.streamdb.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A request as no client would send it, or nearly one: made of parts that are right most
 * of the time, so that the wrong ones get somewhere.
 */
final class MalformedRequest {

	private static final List<String> METHODS = List.of("GET", "GET", "GET", "PUT", "PUT", "POST", "POST", "POST",
			"HEAD", "DELETE", "OPTIONS");

	private static final List<String> ODD_METHODS = List.of("get", "PATCH", "TRACE", "CONNECT", "PROPFIND", "", "G ET",
			"POST\u0000", "\u00fc", "GETGETGETGETGETGETGETGETGETGETGETGETGETGET");

	private static final List<String> ODD_SEGMENTS = List.of("", ".", "..", "%2e%2e", "%2f", "%5c", "\\", "%00", "%",
			"%4", "%zz", "%c3%28", "%f0%9f%98%80", ";a=b", "a;b", "__ds", "__ds/subscriptions/1",
			"__ds/subscriptions/1/claim", "__ds/subscriptions/1/ack", "__ds/subscriptions/1/streams/a%2fb",
			"__ds/jwks.json", "%5f_ds", "a b", "\"", "<x>", "{}", "\u00e4", "*", "?", "#", "//", "a//b", "/etc/passwd",
			"%0d%0aX: y");

	private static final List<String> NUMBERS = List.of("0", "1", "2", "7", "-1", "+1", "01", "1.5", "1e3", "",
			"9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808",
			"99999999999999999999999999", "NaN", "\u0661", " 1", "0x10");

	private static final List<String> TYPES = List.of("text/plain", "application/json",
			"application/json; charset=utf-8", "application/octet-stream", "application/json;charset=latin1", "",
			"json", "text/", "/", "a/b/c", "text/plain; x=\"", "TEXT/PLAIN", "multipart/form-data",
			"application/x-www-form-urlencoded", "text/html", "image/svg+xml");

	private static final List<String> HEADERS = List.of("Stream-TTL", "Stream-Expires-At", "Stream-Closed",
			"Stream-Seq", "Stream-Forked-From", "Stream-Fork-Offset", "Stream-Fork-Sub-Offset", "Producer-Id",
			"Producer-Epoch", "Producer-Seq", "If-Match", "If-None-Match", "Origin", "Accept", "Range",
			"Content-Encoding", "Expect", "Cookie", "Authorization", "X-Forwarded-For", "Upgrade");

	private final Random random;

	private final Supplier<String> offsets;

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

	/**
	 * Makes a request.
	 * @param seed the same seed and offsets make the same request
	 * @param offsets gives offsets that the server has told
	 */
	MalformedRequest(long seed, Supplier<String> offsets) {
		this.random = new Random(seed);
		this.offsets = offsets;
		write();
	}

	byte[] bytes() {
		return this.bytes.toByteArray();
	}

	private void write() {
		String method = rarely(12) ? any(ODD_METHODS) : any(METHODS);
		byte[] body = (method.equals("PUT") || method.equals("POST") || rarely(15)) ? body() : new byte[0];
		text(method + (rarely(60) ? "\t" : " ") + target() + " " + version() + newLine());
		if (!rarely(40)) {
			header("Host", rarely(25) ? any(List.of("example.org", "", "a b", "localhost:x", "[::1", "127.0.0.1"))
					: "localhost");
		}
		if (!rarely(8)) {
			header("Content-Type", rarely(3) ? any(TYPES) : any(TYPES.subList(0, 3)));
		}
		int headers = this.random.nextInt(4);
		for (int i = 0; i < headers; i++) {
			String name = any(HEADERS);
			header(name, value(name));
		}
		if (rarely(60)) {
			header("X-Long", "x".repeat(this.random.nextInt(20_000)));
		}
		if (rarely(80)) {
			text("no colon" + newLine());
		}
		if (!rarely(10)) {
			header("Connection", "close");
		}
		body(body);
	}

	private void body(byte[] body) {
		switch (this.random.nextInt(12)) {
			case 0 -> chunked(body, false);
			case 1 -> chunked(body, true);
			case 2 -> {
				header("Content-Length", any(NUMBERS));
				end(body);
			}
			case 3 -> {
				header("Content-Length", Integer.toString(body.length + this.random.nextInt(50)));
				end(body);
			}
			case 4 -> {
				header("Content-Length", Integer.toString(body.length));
				header(rarely(2) ? "Content-Length" : "Transfer-Encoding", rarely(2) ? "chunked" : "5");
				end(body);
			}
			case 5 -> end(body);
			default -> {
				if (body.length > 0 || rarely(2)) {
					header("Content-Length", Integer.toString(body.length));
				}
				end(body);
			}
		}
	}

	private void chunked(byte[] body, boolean wrong) {
		header("Transfer-Encoding", (wrong && rarely(4)) ? "gzip, chunked" : "chunked");
		text("\r\n");
		int position = 0;
		while (position < body.length) {
			int length = Math.min(body.length - position, 1 + this.random.nextInt(100));
			text(wrong && rarely(3) ? any(NUMBERS) : Integer.toHexString(length));
			text("\r\n");
			this.bytes.write(body, position, length);
			text(wrong && rarely(3) ? "" : "\r\n");
			position += length;
		}
		text(wrong && rarely(2) ? "0" : "0\r\n\r\n");
	}

	private void end(byte[] body) {
		text(newLine());
		this.bytes.writeBytes(body);
	}

	private String target() {
		StringBuilder target = new StringBuilder(
				rarely(30) ? any(List.of("", "streams", "*", "http://localhost", "/")) : "/streams");
		int segments = rarely(6) ? this.random.nextInt(5) : 1;
		for (int i = 0; i < segments; i++) {
			target.append('/').append(rarely(8) ? any(ODD_SEGMENTS) : "s" + this.random.nextInt(20));
		}
		if (rarely(100)) {
			target.append("/x".repeat(this.random.nextInt(5_000)));
		}
		if (rarely(2)) {
			target.append('?');
			int parameters = this.random.nextInt(4);
			for (int i = 0; i < parameters; i++) {
				target.append(parameter()).append(rarely(10) ? "&&" : "&");
			}
		}
		return target.toString();
	}

	private String parameter() {
		return switch (this.random.nextInt(6)) {
			case 0, 1 -> "offset=" + offset();
			case 2, 3 -> "live=" + (rarely(4) ? any(NUMBERS) : any(List.of("sse", "long-poll")));
			case 4 -> "cursor=" + any(NUMBERS);
			default -> any(ODD_SEGMENTS) + "=" + any(ODD_SEGMENTS);
		};
	}

	private String offset() {
		String told = this.offsets.get();
		return switch (this.random.nextInt(8)) {
			case 0 -> "-1";
			case 1 -> "now";
			case 2 -> any(NUMBERS);
			case 3 -> told.substring(0, this.random.nextInt(told.length() + 1));
			case 4 -> told.substring(0, told.length() - 1) + this.random.nextInt(10);
			case 5 -> "0000000000000000_0000000000000000";
			default -> told;
		};
	}

	private String value(String name) {
		if (rarely(20)) {
			return any(ODD_SEGMENTS);
		}
		return switch (name) {
			case "Stream-Closed" -> any(List.of("true", "TRUE", "false", "1", ""));
			case "Stream-Expires-At" -> any(List.of("2999-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "tomorrow",
					"+999999999-01-01T00:00:00Z", "-999999999-01-01T00:00:00+18:00"));
			case "Stream-Forked-From" -> "/streams/" + (rarely(4) ? any(ODD_SEGMENTS) : "s" + this.random.nextInt(20));
			case "Stream-Fork-Offset", "If-Match" -> offset();
			case "If-None-Match" -> any(List.of("*", "\"x\"", '"' + offset() + ":1:t\"", ",,,", "W/"));
			case "Producer-Id", "Stream-Seq" -> any(List.of("p", "q", "", " ", "p".repeat(300), "\u00e4", "\t"));
			case "Origin" -> any(List.of("http://localhost", "https://example.org", "null", ""));
			case "Expect" -> any(List.of("100-continue", "200-ok"));
			default -> any(NUMBERS);
		};
	}

	private byte[] body() {
		return switch (this.random.nextInt(9)) {
			case 0 -> new byte[0];
			case 1 -> random(this.random.nextInt(300));
			case 2 -> ascii("[1,2,{\"a\":[\"b\"]}]");
			case 3 -> ascii("[".repeat(this.random.nextInt(2_000)));
			case 4 -> ascii("[1,");
			case 5 -> ascii("{\"key\":\"" + "x".repeat(this.random.nextInt(9_000)) + "\"}");
			case 6 -> ascii("\"\\ud800\"");
			case 7 -> ascii("1e999999999");
			default -> ascii("plain text\r\n\r\nevent: data\n");
		};
	}

	private byte[] random(int length) {
		byte[] random = new byte[length];
		this.random.nextBytes(random);
		return random;
	}

	private String version() {
		return rarely(40) ? any(List.of("HTTP/1.0", "HTTP/0.9", "HTTP/9.9", "HTTP", "")) : "HTTP/1.1";
	}

	private String newLine() {
		return rarely(150) ? any(List.of("\n", "\r", "\r\n ", "")) : "\r\n";
	}

	private void header(String name, String value) {
		text(name + ": " + value + newLine());
	}

	private void text(String text) {
		this.bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	private boolean rarely(int oneOf) {
		return this.random.nextInt(oneOf) == 0;
	}

	private <T> T any(List<T> choices) {
		return choices.get(this.random.nextInt(choices.size()));
	}

}
