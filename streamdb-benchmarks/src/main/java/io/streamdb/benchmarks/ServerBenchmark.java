package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Measures a server of streams and prints one line of JSON per figure. Everything goes
 * over real connections to another process; {@link ServerSideBySide} starts both.
 */
final class ServerBenchmark {

	static final int[] WRITERS = { 1, 16, 64 };

	static final int[] DEPTHS = { 1_000, 10_000, 50_000 };

	static final int READERS = 1_000;

	static final int BATCH = 1_000;

	/** How many messages an append has that only fills a stream. */
	private static final int FILLING = 10;

	private static final int BODIES = 2_000;

	private static final int BATCHES = 100;

	/** Appears in what readers wait for, and nowhere else. */
	private static final byte MARK = '~';

	private static final String MARKED = "{\"type\":\"user\",\"key\":\"k\",\"value\":{\"text\":\"~" + "x".repeat(110)
			+ "\"},\"headers\":{\"operation\":\"update\"}}";

	private static final int LATENCIES = 500;

	private static final int WARM_UP_LATENCIES = 300;

	private static final int FAN_OUT_MESSAGES = 20;

	private static final int FAN_OUT_WARM_UP = 10;

	/** A server that is compiled while it runs needs longer than what is measured. */
	private static final int WARM_UP_FACTOR = 3;

	private static final long FAN_OUT_GAP_NANOS = 200_000_000;

	private final PrintStream out;

	private final Requests requests;

	private final ProcessHandle server;

	private final long measuredNanos;

	private ServerBenchmark(PrintStream out, Requests requests, ProcessHandle server, Duration measured) {
		this.out = out;
		this.requests = requests;
		this.server = server;
		this.measuredNanos = measured.toNanos();
	}

	/**
	 * Measures.
	 * @param args the URL of the server's streams, the id of its process, for how many
	 * seconds each rate is measured, and any of {@code append}, {@code batch},
	 * {@code catch-up}, {@code depth} and {@code fan-out}
	 * @throws Exception when something fails
	 */
	public static void main(String[] args) throws Exception {
		ProcessHandle server = ProcessHandle.of(Long.parseLong(args[1])).orElseThrow();
		ServerBenchmark benchmark = new ServerBenchmark(System.out, new Requests(URI.create(args[0])), server,
				Duration.ofSeconds(Long.parseLong(args[2])));
		for (String part : Arrays.asList(args).subList(3, args.length)) {
			benchmark.measure(part);
		}
	}

	private void measure(String part) throws IOException {
		switch (part) {
			case "append" -> append();
			case "batch" -> batch();
			case "catch-up" -> catchUp();
			case "depth" -> depth();
			case "fan-out" -> fanOut();
			default -> throw new IllegalArgumentException(
					"There is no part '" + part + "': append, batch, catch-up, depth or fan-out");
		}
	}

	private void append() throws IOException {
		create("warm-up");
		append("warm-up", WRITERS[WRITERS.length - 1], bodies(BODIES, 1), WARM_UP_FACTOR * this.measuredNanos);
		for (int writers : WRITERS) {
			String stream = "append-" + writers;
			create(stream);
			List<ByteBuffer> bodies = requests(stream, bodies(BODIES, 1));
			Duration before = processorTime();
			Rate rate = append(bodies, writers, this.measuredNanos);
			print("append.writers_" + writers, rate.perSecond(), "appends/s");
			print("append.cpu_" + writers, processorTime().minus(before).toNanos() / 1e3 / rate.count(), "us/append");
		}
	}

	private void batch() throws IOException {
		List<String> bodies = bodies(BATCHES, BATCH);
		create("batch-warm-up");
		append("batch-warm-up", 1, bodies, this.measuredNanos);
		create("batch");
		Rate rate = append("batch", 1, bodies, this.measuredNanos);
		print("batch.messages_per_s", rate.perSecond() * BATCH, "messages/s");
	}

	private void catchUp() throws IOException {
		create("large");
		fill("large", bodies(BATCHES, BATCH), 1, BATCHES);
		catchUp("batches", "large");
		create("small");
		fill("small", bodies(BODIES, 1), 64, 10_000);
		catchUp("singles", "small");
	}

	private void catchUp(String name, String stream) throws IOException {
		readAll(stream, this.measuredNanos);
		Duration before = processorTime();
		Rate rate = readAll(stream, this.measuredNanos);
		print("catch_up." + name, rate.perSecond() / 1e6, "MB/s");
		print("catch_up.cpu_" + name, processorTime().minus(before).toNanos() / 1e6 / (rate.count() / 1e6), "ms/MB");
	}

	private void depth() throws IOException {
		create("depth");
		int depth = 0;
		for (int wanted : DEPTHS) {
			fill("depth", bodies(BODIES / FILLING, FILLING), 32, (wanted - depth) / FILLING);
			depth = wanted;
			long[] nanos = deliveries("depth", 1, WARM_UP_LATENCIES, LATENCIES, 0);
			this.out.println(Figure.percentile("depth.p50_" + wanted, nanos, 0.5).toLine());
			this.out.println(Figure.percentile("depth.p99_" + wanted, nanos, 0.99).toLine());
		}
	}

	private void fanOut() throws IOException {
		create("fan-out");
		long[] nanos = deliveries("fan-out", READERS, FAN_OUT_WARM_UP, FAN_OUT_MESSAGES, FAN_OUT_GAP_NANOS);
		this.out.println(Figure.percentile("fan_out.p50", nanos, 0.5).toLine());
		this.out.println(Figure.percentile("fan_out.p99", nanos, 0.99).toLine());
	}

	/**
	 * Appends one message after the other, each when all readers have the one before.
	 * @return how long each took to each reader, without those of the warm-up; of the
	 * fan-out a figure of deliveries in a burst is printed besides
	 */
	private long[] deliveries(String stream, int readers, int warmUp, int measured, long gapNanos) throws IOException {
		try (Connections connections = new Connections(this.requests.address())) {
			Deliveries deliveries = new Deliveries(readers * Math.max(warmUp, measured));
			for (int reader = 0; reader < readers; reader++) {
				connections.open(deliveries.reader(), (connection, response) -> {
					throw new IOException("The server has ended a live read");
				}).send(this.requests.follow(stream));
				int opened = reader + 1;
				if (opened % 50 == 0 || opened == readers) {
					connections.until(() -> deliveries.following == opened);
				}
			}
			Connection writer = connections.open((piece) -> {
			}, (connection, response) -> deliveries.answers++);
			ByteBuffer append = this.requests.append(stream, MARKED);
			for (int message = 1; message <= warmUp + measured; message++) {
				if (message == warmUp + 1) {
					deliveries.count = 0;
				}
				int answers = message;
				int delivered = deliveries.count + readers;
				deliveries.sent = System.nanoTime();
				writer.send(append);
				connections.until(() -> deliveries.count == delivered && deliveries.answers == answers);
				connections.during(deliveries.sent + gapNanos - System.nanoTime());
			}
			long[] nanos = Arrays.copyOf(deliveries.nanos, deliveries.count);
			if (readers > 1) {
				burst(connections, writer, append, deliveries, readers);
			}
			return nanos;
		}
	}

	private void burst(Connections connections, Connection writer, ByteBuffer append, Deliveries deliveries,
			int readers) throws IOException {
		deliveries.count = 0;
		deliveries.answers = 0;
		Duration before = processorTime();
		long begin = System.nanoTime();
		for (int message = 1; message <= FAN_OUT_MESSAGES; message++) {
			int answers = message;
			writer.send(append);
			connections.until(() -> deliveries.answers == answers);
		}
		int expected = FAN_OUT_MESSAGES * readers;
		connections.until(() -> deliveries.count == expected);
		print("fan_out.per_s", expected / ((System.nanoTime() - begin) / 1e9), "deliveries/s");
		print("fan_out.cpu", processorTime().minus(before).toNanos() / 1e3 / expected, "us/delivery");
	}

	private void create(String stream) throws IOException {
		try (Connections connections = new Connections(this.requests.address())) {
			boolean[] created = new boolean[1];
			connections.open((piece) -> {
			}, (connection, response) -> created[0] = true).send(this.requests.create(stream));
			connections.until(() -> created[0]);
		}
	}

	private Rate append(String stream, int writers, List<String> bodies, long nanos) throws IOException {
		return append(requests(stream, bodies), writers, nanos);
	}

	/**
	 * Appends for so long, each writer one after the other.
	 */
	private Rate append(List<ByteBuffer> appends, int writers, long nanos) throws IOException {
		try (Connections connections = new Connections(this.requests.address())) {
			long[] answers = new long[1];
			int[] sent = new int[1];
			long begin = System.nanoTime();
			for (int writer = 0; writer < writers; writer++) {
				connections.open((piece) -> {
				}, (connection, response) -> {
					answers[0]++;
					connection.send(appends.get(sent[0]++ % appends.size()));
				}).send(appends.get(sent[0]++ % appends.size()));
			}
			connections.during(nanos);
			return new Rate(answers[0], System.nanoTime() - begin);
		}
	}

	private void fill(String stream, List<String> bodies, int writers, int count) throws IOException {
		List<ByteBuffer> appends = requests(stream, bodies);
		try (Connections connections = new Connections(this.requests.address())) {
			int[] answers = new int[1];
			int[] sent = new int[1];
			for (int writer = 0; writer < Math.min(writers, count); writer++) {
				connections.open((piece) -> {
				}, (connection, response) -> {
					answers[0]++;
					if (sent[0] < count) {
						connection.send(appends.get(sent[0]++ % appends.size()));
					}
				}).send(appends.get(sent[0]++ % appends.size()));
			}
			connections.until(() -> answers[0] == count);
		}
	}

	/**
	 * Reads a stream from its start to its end, again and again for so long.
	 */
	private Rate readAll(String stream, long nanos) throws IOException {
		try (Connections connections = new Connections(this.requests.address())) {
			long[] bytes = new long[1];
			long begin = System.nanoTime();
			boolean[] over = new boolean[1];
			connections.open((piece) -> bytes[0] += piece.remaining(), (connection, response) -> {
				boolean atTail = response.header("stream-up-to-date") != null;
				over[0] = atTail && System.nanoTime() - begin >= nanos;
				if (!over[0]) {
					String offset = atTail ? "-1" : Objects.requireNonNull(response.header("stream-next-offset"));
					connection.send(this.requests.read(stream, offset));
				}
			}).send(this.requests.read(stream, "-1"));
			connections.until(() -> over[0]);
			return new Rate(bytes[0], System.nanoTime() - begin);
		}
	}

	private List<ByteBuffer> requests(String stream, List<String> bodies) {
		return bodies.stream().map((body) -> this.requests.append(stream, body)).toList();
	}

	/**
	 * Returns bodies of so many messages each.
	 */
	static List<String> bodies(int count, int messages) {
		UserEvents events = new UserEvents();
		return IntStream.range(0, count)
			.mapToObj((body) -> (messages == 1) ? events.next() : events.array(messages))
			.toList();
	}

	private Duration processorTime() {
		return this.server.info().totalCpuDuration().orElse(Duration.ZERO);
	}

	private void print(String metric, double value, String unit) {
		this.out.println(new Figure(metric, value, unit).toLine());
	}

	/**
	 * How much was done in a time.
	 */
	private record Rate(long count, long nanos) {

		double perSecond() {
			return this.count / (this.nanos / 1e9);
		}

	}

	/**
	 * What readers have received.
	 */
	private static final class Deliveries {

		private final long[] nanos;

		private long sent;

		private int count;

		private int following;

		private int answers;

		Deliveries(int most) {
			this.nanos = new long[most];
		}

		/**
		 * Returns what takes the body of a reader, which follows as soon as it was sent
		 * anything.
		 */
		ResponseReader.Body reader() {
			boolean[] follows = new boolean[1];
			return (piece) -> {
				if (!follows[0]) {
					follows[0] = true;
					this.following++;
				}
				take(piece);
			};
		}

		private void take(ByteBuffer piece) {
			for (int i = 0; i < piece.limit(); i++) {
				if (piece.get(i) == MARK) {
					this.nanos[this.count++] = System.nanoTime() - this.sent;
				}
			}
		}

	}

}
