package io.streamdb.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.server.SseTests.Event;
import io.streamdb.server.SseTests.Events;
import io.streamdb.server.StreamClient.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random histories of one stream against a model that is too simple to be wrong: the list
 * of its appends.
 */
class RandomHistoryTests {

	private static final int IN_PROCESS_HISTORIES = 300;

	private static final int HTTP_HISTORIES = 25;

	private static final int STEPS = 60;

	@Test
	void inProcess() throws IOException {
		for (long seed = 0; seed < IN_PROCESS_HISTORIES; seed++) {
			try (DurableStreamServer server = server(seed)) {
				new History(seed, StreamClient.inProcess(server), "stream").run();
			}
		}
	}

	@Test
	void overHttp() throws Exception {
		try (TomcatServer tomcat = new TomcatServer(server(0), "/streams")) {
			StreamClient client = StreamClient.overHttp(tomcat);
			for (long seed = 0; seed < HTTP_HISTORIES; seed++) {
				new History(seed, client, "stream-" + seed).run();
			}
		}
	}

	private static DurableStreamServer server(long seed) {
		return DurableStreamServer.builder()
			.longPollTimeout(Duration.ofMillis(1))
			.limits(ServerLimits.defaults().withMaxChunkBytes(1 + new Random(seed).nextInt(200)))
			.build();
	}

	private static final class History {

		private final long seed;

		private final Random random;

		private final StreamClient client;

		private final String path;

		private final boolean json;

		private final String type;

		/** What follows each offset that the server has given in this life. */
		private final Map<String, Integer> offsets = new TreeMap<>();

		private final List<String> appends = new ArrayList<>();

		private final List<String> earlierOffsets = new ArrayList<>();

		private boolean exists;

		private boolean closed;

		private int step;

		History(long seed, StreamClient client, String path) {
			this.seed = seed;
			this.random = new Random(seed);
			this.client = client;
			this.path = path;
			this.json = this.random.nextBoolean();
			this.type = this.json ? "application/json" : "text/plain";
		}

		void run() throws IOException {
			for (this.step = 0; this.step < STEPS; this.step++) {
				if (!this.exists) {
					create();
				}
				else {
					step();
				}
			}
		}

		private void step() throws IOException {
			switch (this.random.nextInt(20)) {
				case 0 -> delete();
				case 1 -> close();
				case 2 -> create();
				case 3, 4, 5 -> catchUp();
				case 6, 7 -> longPoll();
				case 8, 9 -> serverSentEvents();
				case 10 -> head();
				case 11 -> earlierOffset();
				default -> append();
			}
		}

		private void create() {
			boolean withBody = this.random.nextInt(3) == 0;
			List<String> messages = messages();
			Answer answer = this.client.put(this.path, this.type, withBody ? body(messages) : "");
			if (this.exists) {
				check(answer.status(), this.closed ? 409 : 200);
				return;
			}
			check(answer.status(), 201);
			this.exists = true;
			if (withBody) {
				this.appends.add(stored(messages));
			}
			assertThat(this.earlierOffsets).as(where()).allMatch((earlier) -> earlier.compareTo(answer.offset()) < 0);
			know(answer.offset());
		}

		private void append() {
			List<String> messages = messages();
			boolean close = this.random.nextInt(25) == 0;
			Answer answer = close ? this.client.post(this.path, this.type, body(messages), "Stream-Closed", "true")
					: this.client.post(this.path, this.type, body(messages));
			if (this.closed) {
				check(answer.status(), 409);
				check(answer.offset(), tail());
				return;
			}
			check(answer.status(), 204);
			assertThat(answer.offset()).as(where()).isGreaterThan(tail());
			this.appends.add(stored(messages));
			this.closed = close;
			know(answer.offset());
		}

		private void close() {
			Answer answer = this.client.post(this.path, this.type, "", "Stream-Closed", "true");
			check(answer.status(), 204);
			check(answer.offset(), tail());
			this.closed = true;
		}

		private void delete() {
			check(this.client.delete(this.path).status(), 204);
			check(this.client.get(this.path).status(), 404);
			this.earlierOffsets.addAll(this.offsets.keySet());
			this.offsets.clear();
			this.appends.clear();
			this.exists = false;
			this.closed = false;
		}

		private void head() {
			Answer answer = this.client.head(this.path);
			check(answer.offset(), tail());
			check(answer.header("Stream-Closed"), this.closed ? "true" : null);
		}

		private void earlierOffset() {
			if (!this.earlierOffsets.isEmpty()) {
				String offset = this.earlierOffsets.get(this.random.nextInt(this.earlierOffsets.size()));
				check(this.client.get(this.path + "?offset=" + offset).status(), 410);
			}
		}

		private void catchUp() {
			String offset = anyOffset();
			int from = from(offset);
			while (true) {
				Answer answer = this.client.get(this.path + "?offset=" + offset);
				check(answer.status(), 200);
				from = checkChunk(answer, from);
				offset = answer.offset();
				if (answer.header("Stream-Up-To-Date") != null) {
					check(from, this.appends.size());
					check(answer.header("Stream-Closed"), this.closed ? "true" : null);
					return;
				}
				check(answer.header("Stream-Closed"), null);
			}
		}

		private void longPoll() {
			String offset = anyOffset();
			int from = from(offset);
			Answer answer = this.client.get(this.path + "?live=long-poll&offset=" + offset);
			if (from == this.appends.size()) {
				check(answer.status(), 204);
				check(answer.offset(), tail());
				check(answer.header("Stream-Up-To-Date"), "true");
			}
			else {
				check(answer.status(), 200);
				from = checkChunk(answer, from);
				check(answer.header("Stream-Up-To-Date"), (from == this.appends.size()) ? "true" : null);
			}
			check(answer.header("Stream-Closed"), (this.closed && from == this.appends.size()) ? "true" : null);
		}

		/** Checks the messages of a chunk and returns what follows it. */
		private int checkChunk(Answer answer, int from) {
			Integer to = this.offsets.get(answer.offset());
			assertThat(to).as("end of a chunk, " + where()).isNotNull();
			check(answer.body(), content(from, to));
			if (from < this.appends.size()) {
				assertThat(to).as(where()).isGreaterThan(from);
			}
			return to;
		}

		private void serverSentEvents() throws IOException {
			String offset = anyOffset();
			int from = from(offset);
			String query = "?live=sse&offset=" + offset;
			try (Events events = new Events(this.client.open("GET", this.path + query, null))) {
				while (true) {
					Event event = events.next();
					String data = null;
					if (event.type().equals("data")) {
						data = event.data();
						event = events.next();
					}
					check(event.type(), "control");
					JsonNode control = JsonMapper.shared().readTree(event.data());
					Integer to = this.offsets.get(control.path("streamNextOffset").asString());
					assertThat(to).as("end of an event, " + where()).isNotNull();
					check(data, (to > from) ? content(from, to) : null);
					from = to;
					check(control.path("streamClosed").asBoolean(), this.closed && to == this.appends.size());
					if (control.path("upToDate").asBoolean()) {
						check(to, this.appends.size());
						if (this.closed) {
							assertThat(events.next()).as(where()).isNull();
						}
						return;
					}
				}
			}
		}

		private String content(int from, int to) {
			List<String> read = this.appends.subList(from, to);
			return this.json ? "[" + String.join(",", read) + "]" : String.join("", read);
		}

		private String anyOffset() {
			int choice = this.random.nextInt(10);
			if (choice == 0) {
				return "-1";
			}
			if (choice == 1) {
				return tail();
			}
			List<String> known = List.copyOf(this.offsets.keySet());
			return known.get(this.random.nextInt(known.size()));
		}

		private int from(String offset) {
			return offset.equals("-1") ? 0 : this.offsets.get(offset);
		}

		private String tail() {
			return this.offsets.keySet().stream().reduce((first, last) -> last).orElseThrow();
		}

		private void know(String offset) {
			this.offsets.put(offset, this.appends.size());
		}

		private List<String> messages() {
			List<String> messages = new ArrayList<>();
			for (int i = 1 + this.random.nextInt(4); i > 0; i--) {
				messages.add(this.json ? "{ \"n\":" + this.random.nextInt() + ".0 }"
						: "line " + this.random.nextInt() + "\n".repeat(this.random.nextInt(3)));
			}
			return messages;
		}

		private String body(List<String> messages) {
			if (!this.json) {
				return String.join("", messages);
			}
			return (messages.size() == 1) ? messages.get(0) : "[ " + String.join(" ,\n", messages) + "]";
		}

		private String stored(List<String> messages) {
			return String.join(this.json ? "," : "", messages);
		}

		private void check(Object actual, Object expected) {
			assertThat(actual).as(where()).isEqualTo(expected);
		}

		private String where() {
			return "seed " + this.seed + ", step " + this.step;
		}

	}

}
