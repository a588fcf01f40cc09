package io.streamdb.testsupport;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

import io.streamdb.client.StreamTransport;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One stream of a server that does what a test tells it: an in-memory log with plain
 * reads and long-poll, idempotent producers, and faults. Each append is one batch, unless
 * it is {@linkplain #split split}.
 */
public final class ScriptedStream implements StreamTransport {

	public static final URI URL = URI.create("http://scripted.test/stream");

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition appended = this.lock.newCondition();

	private final List<List<String>> appends = new ArrayList<>();

	private final Map<String, Producer> producers = new HashMap<>();

	private final Deque<Fault> faults = new ArrayDeque<>();

	private final Deque<Integer> cuts = new ArrayDeque<>();

	private final List<TransportRequest> requests = new ArrayList<>();

	private boolean exists = true;

	private boolean closed;

	private boolean down;

	private boolean holdReads;

	private int readable = Integer.MAX_VALUE;

	private IntUnaryOperator itemsPerBatch = (left) -> left;

	private long longPollMillis = 20_000;

	private long firstOffset;

	private int generation;

	private boolean incarnations;

	public static ScriptedStream empty() {
		return new ScriptedStream();
	}

	public static ScriptedStream missing() {
		ScriptedStream stream = new ScriptedStream();
		stream.exists = false;
		return stream;
	}

	public ScriptedStream longPollMillis(long millis) {
		return locked(() -> this.longPollMillis = millis);
	}

	/** Makes the server refuse connections, and ends the reads in progress. */
	public void goAway() {
		locked(() -> this.down = true);
	}

	public void comeBack() {
		locked(() -> this.down = false);
	}

	/** Hands out what is appended from now on in batches of so many items. */
	public ScriptedStream split(int itemsPerBatch) {
		return split((left) -> itemsPerBatch);
	}

	/**
	 * Hands out what is appended from now on in batches of which each is asked for, given
	 * how many items of the append are left.
	 */
	public ScriptedStream split(IntUnaryOperator itemsPerBatch) {
		return locked(() -> this.itemsPerBatch = itemsPerBatch);
	}

	/** Lets readers have the first batches only, none of them up to date. */
	public ScriptedStream limitReads(int batches) {
		return locked(() -> this.readable = batches);
	}

	/** Keeps what is appended from readers. */
	public void holdReads() {
		locked(() -> this.holdReads = true);
	}

	public void releaseReads() {
		locked(() -> {
			this.holdReads = false;
			this.readable = Integer.MAX_VALUE;
		});
	}

	public void close() {
		locked(() -> this.closed = true);
	}

	public void delete() {
		locked(() -> {
			this.exists = false;
			this.appends.clear();
			this.producers.clear();
		});
	}

	public void recreate() {
		locked(() -> {
			this.exists = true;
			this.closed = false;
			this.appends.clear();
			this.producers.clear();
			this.generation++;
		});
	}

	/**
	 * Names the incarnation of the stream, and refuses offsets of another one, as our
	 * server does. Without it the offsets of a stream that is created again are those of
	 * the one before.
	 */
	public ScriptedStream nameIncarnations() {
		return locked(() -> this.incarnations = true);
	}

	/** Forgets the first appends, as a server with a retention does. */
	public void dropFirst(int count) {
		locked(() -> this.firstOffset = count);
	}

	/** Appends items as another writer would, as one batch. */
	public String append(String... items) {
		this.lock.lock();
		try {
			add(List.of(items));
			this.appended.signalAll();
			return tail();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void add(List<String> items) {
		int from = 0;
		do {
			int left = items.size() - from;
			int count = Math.max(1, Math.min(left, this.itemsPerBatch.applyAsInt(left)));
			this.appends.add(items.subList(from, Math.min(items.size(), from + count)));
			from += count;
		}
		while (from < items.size());
	}

	/** Hands out the same items in other batches from now on. */
	public ScriptedStream rebatch(int from, int itemsPerBatch) {
		return locked(() -> {
			List<List<String>> later = this.appends.subList(from, this.appends.size());
			List<String> items = later.stream().flatMap(List::stream).toList();
			later.clear();
			for (int i = 0; i < items.size(); i += itemsPerBatch) {
				this.appends.add(items.subList(i, Math.min(i + itemsPerBatch, items.size())));
			}
		});
	}

	/** Everything that was appended, item by item. */
	public List<JsonNode> items() {
		this.lock.lock();
		try {
			return this.appends.stream()
				.flatMap(List::stream)
				.filter((item) -> !item.startsWith("!"))
				.map(MAPPER::readTree)
				.toList();
		}
		finally {
			this.lock.unlock();
		}
	}

	public int appendCount() {
		this.lock.lock();
		try {
			return this.appends.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	public String tailOffset() {
		this.lock.lock();
		try {
			return tail();
		}
		finally {
			this.lock.unlock();
		}
	}

	public long requestCount(String method) {
		this.lock.lock();
		try {
			return this.requests.stream().filter((request) -> request.method().equals(method)).count();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** How often somebody has asked for what follows an offset. */
	public long requestsFrom(String offset) {
		this.lock.lock();
		try {
			return this.requests.stream()
				.filter((request) -> request.method().equals("GET")
						&& offset.equals(query(request.uri()).get("offset")))
				.count();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Scripts the answer to the next request of a method, instead of carrying it out. */
	public ScriptedStream answer(String method, int status) {
		return fault(new Fault((request) -> request.method().equals(method), Fault.Kind.STATUS, status, null));
	}

	/** Scripts the answer to the next read of what follows an offset. */
	public ScriptedStream answerFrom(String offset, int status) {
		return fault(new Fault(
				(request) -> request.method().equals("GET") && offset.equals(query(request.uri()).get("offset")),
				Fault.Kind.STATUS, status, null));
	}

	/**
	 * Holds the next request of a method until the future completes, and then answers it
	 * instead of carrying it out.
	 */
	public ScriptedStream holdThenAnswer(String method, CompletableFuture<?> until, int status) {
		return fault(new Fault((request) -> request.method().equals(method), Fault.Kind.HOLD_STATUS, status, until));
	}

	/** Loses the answer to the next append after carrying it out. */
	public ScriptedStream loseAnswer() {
		return fault(new Fault((request) -> request.method().equals("POST"), Fault.Kind.LOSE_ANSWER, 0, null));
	}

	/** Holds the next request of a method until the future completes. */
	public ScriptedStream hold(String method, CompletableFuture<?> until) {
		return fault(new Fault((request) -> request.method().equals(method), Fault.Kind.HOLD, 0, until));
	}

	/** Carries the next append out and holds its answer until the future completes. */
	public ScriptedStream holdAnswer(CompletableFuture<?> until) {
		return fault(new Fault((request) -> request.method().equals("POST"), Fault.Kind.HOLD_ANSWER, 0, until));
	}

	/** Cuts the body of the next non-empty read after so many bytes. */
	public ScriptedStream cutRead(int bytes) {
		return locked(() -> this.cuts.add(bytes));
	}

	private ScriptedStream fault(Fault fault) {
		return locked(() -> this.faults.add(fault));
	}

	private ScriptedStream locked(Runnable change) {
		this.lock.lock();
		try {
			change.run();
			this.appended.signalAll();
			return this;
		}
		finally {
			this.lock.unlock();
		}
	}

	private String tail() {
		return offset(this.appends.size());
	}

	/** The offset after so many batches. */
	public String offset(long appends) {
		return String.format(Locale.ROOT, "%04d_%012d", this.incarnations ? this.generation : 0, appends);
	}

	@Override
	public CompletableFuture<TransportResponse> send(TransportRequest request) {
		CompletableFuture<TransportResponse> response = new CompletableFuture<>();
		Fault fault = take(request);
		if (fault != null && fault.kind() == Fault.Kind.STATUS) {
			response.complete(new Response(fault.number(), Map.of(), new byte[0]));
			return response;
		}
		if (fault != null && fault.kind() == Fault.Kind.HOLD_STATUS) {
			fault.until()
				.whenComplete(
						(done, failure) -> response.complete(new Response(fault.number(), Map.of(), new byte[0])));
			return response;
		}
		if (fault != null && fault.kind() == Fault.Kind.HOLD) {
			fault.until().whenComplete((done, failure) -> carryOut(request, null, response));
			return response;
		}
		carryOut(request, fault, response);
		return response;
	}

	private @Nullable Fault take(TransportRequest request) {
		this.lock.lock();
		try {
			this.requests.add(request);
			for (Fault fault : this.faults) {
				if (fault.fits().test(request)) {
					this.faults.remove(fault);
					return fault;
				}
			}
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void carryOut(TransportRequest request, @Nullable Fault fault,
			CompletableFuture<TransportResponse> response) {
		if (request.method().equals("GET")) {
			Thread reader = new Thread(() -> read(request, response), "scripted-read");
			reader.setDaemon(true);
			reader.start();
			return;
		}
		TransportResponse answer;
		this.lock.lock();
		try {
			if (this.down) {
				response.completeExceptionally(new ConnectException("The server is away"));
				return;
			}
			answer = switch (request.method()) {
				case "PUT" -> create();
				case "POST" -> append(request);
				case "HEAD" -> head();
				default -> new Response(405, Map.of(), new byte[0]);
			};
			this.appended.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		if (fault != null && fault.kind() == Fault.Kind.LOSE_ANSWER) {
			response.completeExceptionally(new IOException("The connection broke before the answer"));
		}
		else if (fault != null && fault.kind() == Fault.Kind.HOLD_ANSWER) {
			fault.until().whenComplete((done, failure) -> response.complete(answer));
		}
		else {
			response.complete(answer);
		}
	}

	private TransportResponse create() {
		boolean created = !this.exists;
		this.exists = true;
		return new Response(created ? 201 : 200, headers(tail()), new byte[0]);
	}

	private TransportResponse head() {
		return this.exists ? new Response(200, headers(tail()), new byte[0]) : new Response(404, Map.of(), new byte[0]);
	}

	private TransportResponse append(TransportRequest request) {
		if (!this.exists) {
			return new Response(404, Map.of(), new byte[0]);
		}
		if (this.closed) {
			Map<String, String> headers = headers(tail());
			headers.put("stream-closed", "true");
			return new Response(409, headers, new byte[0]);
		}
		String id = header(request, "Producer-Id");
		if (id != null) {
			long epoch = Long.parseLong(header(request, "Producer-Epoch"));
			long sequence = Long.parseLong(header(request, "Producer-Seq"));
			Producer producer = this.producers.computeIfAbsent(id, (unused) -> new Producer());
			if (epoch < producer.epoch) {
				Map<String, String> headers = new HashMap<>();
				headers.put("producer-epoch", Long.toString(producer.epoch));
				return new Response(403, headers, new byte[0]);
			}
			if (epoch > producer.epoch) {
				producer.epoch = epoch;
				producer.sequence = -1;
			}
			if (sequence <= producer.sequence) {
				return new Response(204, headers(tail()), new byte[0]);
			}
			if (sequence > producer.sequence + 1) {
				Map<String, String> headers = new HashMap<>();
				headers.put("producer-expected-seq", Long.toString(producer.sequence + 1));
				return new Response(409, headers, new byte[0]);
			}
			producer.sequence = sequence;
		}
		add(items(request.body()));
		return new Response(200, headers(tail()), new byte[0]);
	}

	private static List<String> items(byte @Nullable [] body) {
		List<String> items = new ArrayList<>();
		JsonNode node = MAPPER.readTree(body);
		if (node.isArray()) {
			node.forEach((item) -> items.add(item.toString()));
		}
		else {
			items.add(node.toString());
		}
		return items;
	}

	private void read(TransportRequest request, CompletableFuture<TransportResponse> response) {
		Map<String, String> query = query(request.uri());
		String from = query.getOrDefault("offset", "-1");
		boolean live = query.containsKey("live");
		if (live && !query.get("live").equals("long-poll")) {
			response.complete(new Response(400, Map.of(), new byte[0]));
			return;
		}
		this.lock.lock();
		try {
			long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.longPollMillis);
			while (true) {
				if (this.down) {
					response.completeExceptionally(new ConnectException("The server is away"));
					return;
				}
				if (!this.exists) {
					response.complete(new Response(404, Map.of(), new byte[0]));
					return;
				}
				int start = (int) (from.equals("-1") ? this.firstOffset : Integer.parseInt(from.substring(5)));
				boolean another = this.incarnations && !from.equals("-1")
						&& Integer.parseInt(from.substring(0, 4)) != this.generation;
				if (start < this.firstOffset || another) {
					response.complete(new Response(410, headers(tail()), new byte[0]));
					return;
				}
				if (start > this.appends.size()) {
					response.complete(page(this.appends.size(), this.appends.size()));
					return;
				}
				int end = Math.min(start + 1, Math.min(this.readable, this.appends.size()));
				boolean data = end > start && !(this.holdReads && live);
				if (data || !live || this.closed) {
					response.complete(page(start, Math.max(start, end)));
					return;
				}
				long wait = deadline - System.nanoTime();
				if (wait <= 0) {
					Map<String, String> headers = headers(offset(start));
					headers.put("stream-up-to-date", "true");
					response.complete(new Response(204, headers, new byte[0]));
					return;
				}
				if (response.isDone()) {
					return;
				}
				this.appended.awaitNanos(Math.min(wait, TimeUnit.MILLISECONDS.toNanos(50)));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
	}

	private TransportResponse page(int start, int end) {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		body.write('[');
		boolean first = true;
		for (List<String> append : this.appends.subList(start, end)) {
			for (String item : append) {
				if (!first) {
					body.write(',');
				}
				first = false;
				body.writeBytes((item.startsWith("!") ? item.substring(1) : item).getBytes(StandardCharsets.UTF_8));
			}
		}
		body.write(']');
		Map<String, String> headers = headers(offset(end));
		if (end == this.appends.size()) {
			headers.put("stream-up-to-date", "true");
			if (this.closed) {
				headers.put("stream-closed", "true");
			}
		}
		int cut = (end > start && !this.cuts.isEmpty()) ? this.cuts.remove() : Integer.MAX_VALUE;
		return new Response(200, headers, body.toByteArray(), cut);
	}

	private Map<String, String> headers(String offset) {
		Map<String, String> headers = new LinkedHashMap<>();
		if (this.incarnations) {
			headers.put("stream-incarnation", Integer.toString(this.generation));
		}
		headers.put("content-type", "application/json");
		headers.put("stream-next-offset", offset);
		return headers;
	}

	private static @Nullable String header(TransportRequest request, String name) {
		return request.headers()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().equalsIgnoreCase(name))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse(null);
	}

	private static Map<String, String> query(URI uri) {
		Map<String, String> query = new HashMap<>();
		if (uri.getQuery() != null) {
			for (String pair : uri.getQuery().split("&")) {
				int equals = pair.indexOf('=');
				query.put(pair.substring(0, equals), pair.substring(equals + 1));
			}
		}
		return query;
	}

	private static final class Producer {

		private long epoch;

		private long sequence = -1;

	}

	private record Fault(Predicate<TransportRequest> fits, Kind kind, int number,
			@Nullable CompletableFuture<?> until) {

		private enum Kind {

			STATUS, HOLD, HOLD_STATUS, HOLD_ANSWER, LOSE_ANSWER

		}

	}

	private static final class Response implements TransportResponse {

		private final int status;

		private final Map<String, String> headers;

		private final InputStream body;

		Response(int status, Map<String, String> headers, byte[] body) {
			this(status, headers, body, Integer.MAX_VALUE);
		}

		Response(int status, Map<String, String> headers, byte[] body, int cut) {
			this.status = status;
			this.headers = headers;
			this.body = (cut < body.length) ? new CutStream(body, cut) : new ByteArrayInputStream(body);
		}

		@Override
		public int status() {
			return this.status;
		}

		@Override
		public @Nullable String header(String name) {
			return this.headers.get(name.toLowerCase(Locale.ROOT));
		}

		@Override
		public InputStream body() {
			return this.body;
		}

		@Override
		public void close() {
			// Nothing to release.
		}

	}

	private static final class CutStream extends InputStream {

		private final ByteArrayInputStream head;

		CutStream(byte[] body, int cut) {
			this.head = new ByteArrayInputStream(body, 0, cut);
		}

		@Override
		public int read() throws IOException {
			int next = this.head.read();
			if (next < 0) {
				throw new IOException("The connection broke in the middle of the body");
			}
			return next;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			int count = this.head.read(bytes, offset, length);
			if (count < 0 && length > 0) {
				throw new IOException("The connection broke in the middle of the body");
			}
			return count;
		}

	}

}
