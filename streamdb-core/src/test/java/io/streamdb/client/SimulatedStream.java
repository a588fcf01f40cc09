package io.streamdb.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URLDecoder;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import tools.jackson.databind.json.JsonMapper;

/**
 * A stream with its server in memory, and a network between that fails in every way that
 * a seed brings up: no connection, error statuses, answers that get lost, bodies that
 * break off, requests that arrive long after the client has given them up.
 */
public final class SimulatedStream implements StreamTransport {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final Random random;

	private final String contentType;

	private final boolean json;

	private final int faultPercent;

	private final List<String> messages = new ArrayList<>();

	private final List<Late> late = new ArrayList<>();

	private final Map<String, long[]> producers = new HashMap<>();

	private Runnable beforeRequest = () -> {
	};

	private int[] statuses = { 429, 500, 502, 503, 504 };

	private boolean copying;

	private boolean closed;

	public SimulatedStream(Random random, String contentType, int faultPercent) {
		this.random = random;
		this.contentType = contentType;
		this.json = MediaTypes.isJson(contentType);
		this.faultPercent = faultPercent;
	}

	/**
	 * Sets what happens on the server's side before each request.
	 */
	public void beforeRequest(Runnable action) {
		this.beforeRequest = action;
	}

	/**
	 * Sets the statuses that it answers with at random.
	 */
	public void statuses(int... answers) {
		this.statuses = answers;
	}

	/**
	 * Lets a copy of each append arrive late that is answered 429.
	 */
	void copyRefused() {
		this.copying = true;
	}

	public void append(String message) {
		this.messages.add(message);
	}

	void close() {
		this.closed = true;
	}

	boolean isClosed() {
		return this.closed;
	}

	public List<String> messages() {
		return List.copyOf(this.messages);
	}

	/**
	 * Lets everything arrive that is still on its way.
	 */
	public void settle() {
		while (!this.late.isEmpty()) {
			arriveLate();
		}
	}

	@Override
	public synchronized CompletableFuture<TransportResponse> send(TransportRequest request) {
		this.beforeRequest.run();
		while (!this.late.isEmpty() && this.random.nextInt(3) == 0) {
			arriveLate();
		}
		try {
			return CompletableFuture.completedFuture(request.method().equals("GET") ? get(request)
					: request.method().equals("HEAD") ? head() : post(request));
		}
		catch (IOException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private boolean fault() {
		return this.random.nextInt(100) < this.faultPercent;
	}

	// Reads

	private TransportResponse get(TransportRequest request) throws IOException {
		if (fault()) {
			return fail();
		}
		Map<String, String> query = new HashMap<>();
		for (String part : request.uri().getRawQuery().split("&")) {
			String[] pair = part.split("=");
			query.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
		}
		int from = index(query.get("offset"));
		if ("sse".equals(query.get("live"))) {
			return events(from);
		}
		int to = Math.min(this.messages.size(), from + 1 + this.random.nextInt(5));
		boolean tail = to == this.messages.size();
		Map<String, String> headers = new HashMap<>();
		headers.put("Stream-Next-Offset", offset(to));
		headers.put("Content-Type", this.contentType);
		if (tail) {
			headers.put("Stream-Up-To-Date", "true");
		}
		if (tail && this.closed) {
			headers.put("Stream-Closed", "true");
		}
		if (query.containsKey("live")) {
			headers.put("Stream-Cursor", Integer.toString(this.random.nextInt(100)));
			if (from == to) {
				return new MemoryResponse(204, headers, "");
			}
		}
		return body(headers, encode(from, to), true);
	}

	private TransportResponse events(int from) {
		StringBuilder text = new StringBuilder();
		int offset = from;
		int batches = this.random.nextInt(4);
		for (int i = 0; i < batches; i++) {
			int to = Math.min(this.messages.size(), offset + this.random.nextInt(4));
			int part = offset;
			while (part < to) {
				int end = part + 1 + this.random.nextInt(to - part);
				event(text, "data", new String(encode(part, end), StandardCharsets.UTF_8));
				part = end;
			}
			offset = to;
			boolean tail = to == this.messages.size();
			event(text, "control", "{\"streamNextOffset\":\"" + offset(to) + "\"" + (tail ? ",\"upToDate\":true" : "")
					+ (tail && this.closed ? ",\"streamClosed\":true" : ",\"streamCursor\":\"9\"") + "}");
			if (tail && this.closed) {
				break;
			}
		}
		Map<String, String> headers = new HashMap<>();
		headers.put("Content-Type", "text/event-stream");
		if (!MediaTypes.isTextual(this.contentType)) {
			headers.put("Stream-SSE-Data-Encoding", "base64");
		}
		return body(headers, text.toString().getBytes(StandardCharsets.UTF_8), this.random.nextBoolean());
	}

	private void event(StringBuilder text, String type, String payload) {
		String[] ends = { "\n", "\r\n" };
		String end = ends[this.random.nextInt(2)];
		boolean base64 = type.equals("data") && !MediaTypes.isTextual(this.contentType);
		String value = base64 ? Base64.getMimeEncoder(4 + 4 * this.random.nextInt(3), "\n".getBytes())
			.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) : payload;
		text.append(": beat").append(end).append("event: ").append(type).append(end);
		for (String line : value.split("\n", -1)) {
			text.append("data: ").append(line).append(end);
		}
		text.append(end);
	}

	private TransportResponse body(Map<String, String> headers, byte[] bytes, boolean cutIsSeen) {
		if (!fault()) {
			return new MemoryResponse(200, headers, new TricklingStream(bytes, this.random));
		}
		int cutAt = this.random.nextInt(bytes.length + 1);
		if (cutIsSeen) {
			return new MemoryResponse(200, headers, new TricklingStream(bytes, this.random, cutAt));
		}
		return new MemoryResponse(200, headers, new TricklingStream(Arrays.copyOf(bytes, cutAt), this.random));
	}

	private byte[] encode(int from, int to) {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		String text = String.join(this.json ? ",\n" : "", this.messages.subList(from, to));
		body.writeBytes((this.json ? "[" + text + "]" : text).getBytes(StandardCharsets.UTF_8));
		return body.toByteArray();
	}

	// Appends

	private TransportResponse head() throws IOException {
		if (fault()) {
			return fail();
		}
		return new MemoryResponse(200, Map.of("Stream-Next-Offset", offset(this.messages.size())), "");
	}

	private TransportResponse post(TransportRequest request) throws IOException {
		if (fault()) {
			switch (this.random.nextInt(4)) {
				case 0 -> throw new ConnectException("refused");
				case 1 -> {
					this.late.add(new Late(request));
					throw new HttpTimeoutException("it is still on its way");
				}
				case 2 -> {
					apply(request);
					throw new IOException("the answer got lost");
				}
				default -> {
					TransportResponse answer = fail();
					if (this.copying && answer.status() == 429) {
						this.late.add(new Late(request));
					}
					return answer;
				}
			}
		}
		return apply(request);
	}

	private void arriveLate() {
		apply(this.late.remove(this.random.nextInt(this.late.size())).request());
	}

	private TransportResponse apply(TransportRequest request) {
		Map<String, String> headers = request.headers();
		long epoch = Long.parseLong(headers.get("Producer-Epoch"));
		long sequence = Long.parseLong(headers.get("Producer-Seq"));
		long[] state = this.producers.computeIfAbsent(headers.get("Producer-Id"), (id) -> new long[] { epoch, -1 });
		if (epoch < state[0]) {
			return new MemoryResponse(403, Map.of("Producer-Epoch", Long.toString(state[0])), "");
		}
		if (epoch > state[0]) {
			if (sequence != 0) {
				return new MemoryResponse(400, Map.of(), "a new epoch starts at 0");
			}
			state[0] = epoch;
			state[1] = -1;
		}
		if (sequence <= state[1]) {
			return new MemoryResponse(204, Map.of(), "");
		}
		if (sequence > state[1] + 1) {
			return new MemoryResponse(409, Map.of("Producer-Expected-Seq", Long.toString(state[1] + 1)), "");
		}
		String body = new String(request.body(), StandardCharsets.UTF_8);
		if (body.contains("bad")) {
			return new MemoryResponse(400, Map.of(), "bad message");
		}
		state[1] = sequence;
		MAPPER.readTree(body).forEach((message) -> this.messages.add(message.toString()));
		return new MemoryResponse(200, Map.of("Stream-Next-Offset", offset(this.messages.size())), "");
	}

	private TransportResponse fail() throws IOException {
		return switch (this.random.nextInt(3)) {
			case 0 -> throw new IOException("connection reset");
			case 1 -> throw new ConnectException("refused");
			default ->
				new MemoryResponse(this.statuses[this.random.nextInt(this.statuses.length)], Map.of(), "out of order");
		};
	}

	private static String offset(int index) {
		return String.format("%06d_x", index);
	}

	private static int index(String offset) {
		return offset.equals("-1") ? 0 : Integer.parseInt(offset.substring(0, 6));
	}

	private record Late(TransportRequest request) {
	}

}
