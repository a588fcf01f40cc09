package io.streamdb.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import io.streamdb.client.TransportRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A small server that keeps to the protocol, and uses the freedom that it leaves: its
 * responses end anywhere, within an append too, it leaves out what is optional, and its
 * offsets may begin again when the stream is created again.
 */
final class ModelServer implements SimulatedServer {

	private static final JsonMapper MAPPER = new JsonMapper();

	private final Simulator simulator;

	private final Random random;

	private final StreamHistory history;

	/** Whether it tells the lives of a stream apart, as ours does. */
	private final boolean incarnations;

	private final int maxItems;

	private final int maxBody;

	private final boolean offsetOfDuplicates;

	private final boolean events;

	private final List<Runnable> waiters = new ArrayList<>();

	private List<String> items = new ArrayList<>();

	private Map<String, Producer> producers = new HashMap<>();

	private boolean exists;

	private boolean closed;

	/** How many items are kept no longer. */
	private int first;

	private int life = -1;

	private int cursor;

	ModelServer(Simulator simulator, Random random, StreamHistory history, boolean incarnations) {
		this.simulator = simulator;
		this.random = random;
		this.history = history;
		this.incarnations = incarnations;
		this.maxItems = random.nextInt(3) == 0 ? 1000 : 1 + random.nextInt(8);
		this.maxBody = random.nextInt(2) == 0 ? 1 << 20 : 400 + random.nextInt(1500);
		this.offsetOfDuplicates = random.nextBoolean();
		this.events = random.nextInt(4) != 0;
	}

	@Override
	public void create() {
		if (this.exists) {
			return;
		}
		this.exists = true;
		this.closed = false;
		this.first = 0;
		this.life++;
		this.items = new ArrayList<>();
		this.producers = new HashMap<>();
		this.history.created(offset(0));
	}

	@Override
	public void delete() {
		if (!this.exists) {
			return;
		}
		this.exists = false;
		this.history.deleted();
		wake();
	}

	@Override
	public void append(List<String> added) {
		if (this.exists && !this.closed) {
			add("[" + String.join(",", added) + "]");
		}
	}

	@Override
	public void close() {
		if (this.exists && !this.closed) {
			this.closed = true;
			this.history.closed();
			wake();
		}
	}

	@Override
	public void cut(int count) {
		this.first = count;
		this.history.cut(count);
	}

	private void add(String body) {
		int position = this.items.size();
		this.history.appended(body);
		JsonNode json = MAPPER.readTree(body);
		if (json.isArray()) {
			json.forEach((item) -> this.items.add(item.toString()));
		}
		else {
			this.items.add(json.toString());
		}
		for (int i = position + 1; i <= this.items.size(); i++) {
			this.history.offset(offset(i), i);
		}
		wake();
	}

	private void wake() {
		List<Runnable> woken = new ArrayList<>(this.waiters);
		this.waiters.clear();
		woken.forEach(Runnable::run);
	}

	private String offset(int position) {
		return (this.incarnations ? "%04d_".formatted(this.life) : "") + "%08d".formatted(position);
	}

	/**
	 * Finds a position.
	 * @return the position, or -1 when the offset is of another life
	 */
	private int position(@Nullable String offset) {
		if (offset == null || offset.equals("-1")) {
			return this.first;
		}
		if (offset.equals("now")) {
			return this.items.size();
		}
		String digits = offset;
		if (this.incarnations) {
			if (!offset.startsWith("%04d_".formatted(this.life))) {
				return -1;
			}
			digits = offset.substring(5);
		}
		int position = Math.min(Integer.parseInt(digits), this.items.size());
		return (position < this.first) ? -1 : position;
	}

	@Override
	public void handle(TransportRequest request, Answer answer) {
		Map<String, String> headers = new TreeMap<>();
		if (!this.exists && !request.method().equals("PUT")) {
			respond(answer, 404, headers, "no such stream");
			return;
		}
		if (this.incarnations && this.exists) {
			headers.put("Stream-Incarnation", Integer.toString(this.life));
		}
		switch (request.method()) {
			case "PUT" -> {
				boolean created = !this.exists;
				if (created) {
					create();
				}
				headers.put("Stream-Next-Offset", offset(this.items.size()));
				headers.put("Content-Type", "application/json");
				respond(answer, created ? 201 : 200, headers, "");
			}
			case "HEAD" -> {
				headers.put("Stream-Next-Offset", offset(this.items.size()));
				headers.put("Content-Type", "application/json");
				respond(answer, 200, headers, "");
			}
			case "POST" -> post(request, headers, answer);
			case "GET" -> get(request, headers, answer);
			default -> respond(answer, 405, headers, "");
		}
	}

	private static void respond(Answer answer, int status, Map<String, String> headers, String body) {
		answer.head(status, headers);
		if (!body.isEmpty()) {
			answer.bytes(body.getBytes(StandardCharsets.UTF_8));
		}
		answer.end();
	}

	private void post(TransportRequest request, Map<String, String> headers, Answer answer) {
		byte[] bytes = request.body();
		String body = new String((bytes != null) ? bytes : new byte[0], StandardCharsets.UTF_8);
		String id = request.headers().get("Producer-Id");
		if (request.headers().containsKey("Stream-Closed")) {
			// Nobody closes it together with data.
			close();
			headers.put("Stream-Closed", "true");
			headers.put("Stream-Next-Offset", offset(this.items.size()));
			respond(answer, 204, headers, "");
			return;
		}
		if (id == null) {
			if (!isRefused(body, headers, answer)) {
				add(body);
				headers.put("Stream-Next-Offset", offset(this.items.size()));
				respond(answer, 204, headers, "");
			}
			return;
		}
		long epoch = Long.parseLong(request.headers().get("Producer-Epoch"));
		long sequence = Long.parseLong(request.headers().get("Producer-Seq"));
		Producer known = this.producers.get(id);
		if (known != null && epoch < known.epoch) {
			headers.put("Producer-Epoch", Long.toString(known.epoch));
			respond(answer, 403, headers, "stale epoch");
		}
		else if (known != null && epoch == known.epoch && sequence <= known.sequence) {
			headers.put("Producer-Epoch", Long.toString(epoch));
			headers.put("Producer-Seq", Long.toString(known.sequence));
			if (this.offsetOfDuplicates) {
				headers.put("Stream-Next-Offset", offset(this.items.size()));
			}
			respond(answer, 204, headers, "");
		}
		else if (known != null && epoch > known.epoch && sequence != 0) {
			respond(answer, 400, headers, "a new epoch starts with 0");
		}
		else if ((known == null) ? sequence != 0 : epoch == known.epoch && sequence > known.sequence + 1) {
			headers.put("Producer-Expected-Seq", Long.toString((known == null) ? 0 : known.sequence + 1));
			headers.put("Producer-Received-Seq", Long.toString(sequence));
			respond(answer, 409, headers, "gap");
		}
		else if (!isRefused(body, headers, answer)) {
			this.producers.put(id, new Producer(epoch, sequence));
			add(body);
			headers.put("Producer-Epoch", Long.toString(epoch));
			headers.put("Producer-Seq", Long.toString(sequence));
			headers.put("Stream-Next-Offset", offset(this.items.size()));
			respond(answer, 200, headers, "");
		}
	}

	private boolean isRefused(String body, Map<String, String> headers, Answer answer) {
		if (this.closed) {
			headers.put("Stream-Closed", "true");
			headers.put("Stream-Next-Offset", offset(this.items.size()));
			respond(answer, 409, headers, "closed");
			return true;
		}
		if (body.length() > this.maxBody) {
			respond(answer, 413, headers, "too large");
			return true;
		}
		if (body.contains("poison")) {
			respond(answer, 400, headers, "poison");
			return true;
		}
		return false;
	}

	private void get(TransportRequest request, Map<String, String> headers, Answer answer) {
		Map<String, String> parameters = parameters(request.uri().getRawQuery());
		int from = position(parameters.get("offset"));
		if (from < 0) {
			respond(answer, 410, headers, "of another life");
			return;
		}
		String live = parameters.get("live");
		if (live == null) {
			read(from, headers, answer);
		}
		else if (live.equals("long-poll")) {
			poll(from, headers, answer);
		}
		else if (this.events) {
			headers.put("Content-Type", "text/event-stream");
			answer.head(200, headers);
			new Events(from, answer).begin();
		}
		else {
			respond(answer, 405, headers, "no events");
		}
	}

	private static Map<String, String> parameters(@Nullable String query) {
		Map<String, String> parameters = new HashMap<>();
		for (String part : ((query != null) ? query : "").split("&")) {
			int equals = part.indexOf('=');
			if (equals > 0) {
				parameters.put(part.substring(0, equals), part.substring(equals + 1));
			}
		}
		return parameters;
	}

	private int end(int from) {
		int left = this.items.size() - from;
		return from + ((left > 0) ? Math.min(left, 1 + this.random.nextInt(this.maxItems)) : 0);
	}

	private void read(int from, Map<String, String> headers, Answer answer) {
		int to = end(from);
		headers.put("Content-Type", "application/json");
		headers.put("Stream-Next-Offset", offset(to));
		if (to == this.items.size()) {
			headers.put("Stream-Up-To-Date", "true");
			if (this.closed) {
				headers.put("Stream-Closed", "true");
			}
		}
		respond(answer, 200, headers, array(from, to));
	}

	private String array(int from, int to) {
		return "[" + String.join(",", this.items.subList(from, to)) + "]";
	}

	private void poll(int from, Map<String, String> headers, Answer answer) {
		headers.put("Stream-Cursor", Integer.toString(++this.cursor));
		if (from < this.items.size() || this.closed) {
			read(from, headers, answer);
			return;
		}
		boolean[] answered = new boolean[1];
		int expected = this.life;
		Runnable[] wake = new Runnable[1];
		Simulator.Timer timer = this.simulator.after(2_000_000_000L + this.random.nextInt(1_000_000_000), () -> {
			answered[0] = true;
			this.waiters.remove(wake[0]);
			headers.put("Stream-Next-Offset", offset(from));
			headers.put("Stream-Up-To-Date", "true");
			respond(answer, 204, headers, "");
		});
		wake[0] = () -> {
			if (!answered[0]) {
				answered[0] = true;
				timer.cancel();
				if (this.exists && this.life == expected && from >= this.first) {
					read(from, headers, answer);
				}
				else if (this.exists && this.life == expected) {
					respond(answer, 410, headers, "not kept");
				}
				else {
					respond(answer, 404, new TreeMap<>(), "no such stream");
				}
			}
		};
		this.waiters.add(wake[0]);
		answer.onGivenUp(() -> {
			answered[0] = true;
			timer.cancel();
			this.waiters.remove(wake[0]);
		});
	}

	/**
	 * One connection of server-sent events.
	 */
	private final class Events {

		private final Answer answer;

		private final int expected = ModelServer.this.life;

		private final long until = ModelServer.this.simulator.nanos() + 4_000_000_000L
				+ ModelServer.this.random.nextInt(2_000_000_000);

		private final Runnable wake = this::go;

		private int position;

		private boolean told;

		private boolean over;

		private Simulator.@Nullable Timer timer;

		Events(int from, Answer answer) {
			this.position = from;
			this.answer = answer;
		}

		void begin() {
			this.answer.onGivenUp(this::close);
			go();
		}

		private void close() {
			this.over = true;
			ModelServer.this.waiters.remove(this.wake);
			if (this.timer != null) {
				this.timer.cancel();
			}
		}

		private void go() {
			if (this.over) {
				return;
			}
			if (this.timer != null) {
				this.timer.cancel();
			}
			ModelServer.this.waiters.remove(this.wake);
			if (!ModelServer.this.exists || ModelServer.this.life != this.expected
					|| this.position < ModelServer.this.first) {
				close();
				this.answer.end();
				return;
			}
			StringBuilder text = new StringBuilder();
			int tail = ModelServer.this.items.size();
			boolean over = ModelServer.this.closed;
			while (this.position < tail || !this.told || over) {
				int to = end(this.position);
				if (to > this.position) {
					text.append("event: data\ndata:").append(array(this.position, to)).append("\n\n");
				}
				this.position = to;
				this.told = true;
				text.append("event: control\ndata:{\"streamNextOffset\":\"").append(offset(to)).append('"');
				text.append(",\"streamCursor\":\"").append(++ModelServer.this.cursor).append('"');
				text.append((to == tail) ? ",\"upToDate\":true" : "");
				text.append((to == tail && over) ? ",\"streamClosed\":true}" : "}").append("\n\n");
				if (to == tail) {
					break;
				}
			}
			if (text.isEmpty()) {
				text.append(": still here\n\n");
			}
			this.answer.bytes(text.toString().getBytes(StandardCharsets.UTF_8));
			if (over || ModelServer.this.simulator.nanos() >= this.until) {
				close();
				this.answer.end();
				return;
			}
			ModelServer.this.waiters.add(this.wake);
			this.timer = ModelServer.this.simulator.after(1_500_000_000L, this.wake);
		}

	}

	/**
	 * What is known of a producer.
	 *
	 * @param epoch its epoch
	 * @param sequence its last sequence
	 */
	private record Producer(long epoch, long sequence) {
	}

}
