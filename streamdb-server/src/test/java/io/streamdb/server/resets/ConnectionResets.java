package io.streamdb.server.resets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.client.BatchEnd;
import io.streamdb.client.BatchHandler;
import io.streamdb.client.CreateOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.ReadOptions;

/**
 * Lets eight writers in three processes write to one stream through a proxy that resets
 * connections at random, and compares what they were told with what is in the stream.
 */
final class ConnectionResets {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private static final int[] WRITERS = { 3, 3, 2 };

	/** Some dozen requests, on a connection that is used again and again. */
	private static final Duration MEAN_TIME = Duration.ofMillis(300);

	private final URI url;

	private final Duration duration;

	private final long seed;

	private final Path directory;

	/**
	 * Prepares a run.
	 * @param url the stream's URL at the server; the stream need not exist
	 * @param duration how long to write
	 * @param seed decides what is written and what breaks
	 * @param directory takes the logs
	 */
	ConnectionResets(URI url, Duration duration, long seed, Path directory) {
		this.url = url;
		this.duration = duration;
		this.seed = seed;
		this.directory = directory;
	}

	/**
	 * Runs against a server that is there.
	 * @param args the stream's URL, for how long, the seed
	 * @throws Exception when the run itself fails
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("connection-resets");
		PrintStream out = System.out;
		out.println(
				new ConnectionResets(URI.create(args[0]), Duration.parse(args[1]), Long.parseLong(args[2]), directory)
					.run());
	}

	/**
	 * Runs.
	 * @return what was seen
	 * @throws Exception when the run itself fails
	 */
	Report run() throws Exception {
		DurableStream direct = DurableStream.builder(this.url).build();
		direct.create(CreateOptions.json()).join();
		try (ResettingProxy proxy = new ResettingProxy(this.url, MEAN_TIME, this.seed)) {
			List<Child> children = new ArrayList<>();
			try {
				for (int i = 0; i < WRITERS.length; i++) {
					children.add(start(proxy.url(), i));
				}
				for (Child child : children) {
					child.expect("written");
				}
				Map<String, String> replicas = new LinkedHashMap<>();
				String tail = direct.head().join().offset();
				for (Child child : children) {
					child.tell(tail);
					replicas.put(child.name() + " synced", child.expect("synced"));
					replicas.put(child.name() + " visible", child.expect("visible"));
					child.expect("closed");
				}
				return report(direct, replicas, proxy);
			}
			finally {
				children.forEach((child) -> child.process().destroyForcibly());
			}
		}
	}

	private Child start(URI through, int index) throws IOException {
		String name = "p" + index + "w";
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx512m", "-cp", System.getProperty("java.class.path"), WriterProcess.class.getName(),
				through.toString(), name, Integer.toString(WRITERS[index]), this.duration.toString(),
				Long.toString(this.seed * 31 + index), log(name).toString())
			.redirectError(this.directory.resolve(name + ".err").toFile())
			.start();
		return new Child(name, process, process.inputReader(StandardCharsets.UTF_8),
				new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), this.directory);
	}

	private Path log(String name) {
		return this.directory.resolve(name + ".log");
	}

	private Report report(DurableStream direct, Map<String, String> replicas, ResettingProxy proxy) throws Exception {
		Contents contents = new Contents();
		direct.read(new ReadOptions(ReadOptions.START, LiveMode.OFF), contents).completion().get(10, TimeUnit.MINUTES);
		Report report = new Report(proxy.connections(), proxy.resets(), proxy.ends(), contents.entries.size());
		replicas.forEach((name, digest) -> {
			if (!digest.equals(WriterProcess.digest(contents.entries))) {
				report.wrong
					.add(name + " holds " + digest + " and the stream " + WriterProcess.digest(contents.entries));
			}
		});
		for (int i = 0; i < WRITERS.length; i++) {
			Map<String, Integer> positions = new HashMap<>();
			for (String line : Files.readAllLines(log("p" + i + "w"))) {
				check(line.split(" ", 6), contents, positions, report);
			}
		}
		contents.runs.keySet().forEach((txid) -> report.wrong.add(txid + " is in the stream, and nobody wrote it"));
		return report;
	}

	/**
	 * Compares a transaction with the stream.
	 * @param line what its writer was told: txid, writer, number, events, outcome
	 * @param positions where the last acknowledged one of each writer is in the stream
	 */
	private static void check(String[] line, Contents contents, Map<String, Integer> positions, Report report) {
		String what = String.join(" ", line);
		List<Run> runs = contents.runs.getOrDefault(line[0], List.of());
		contents.runs.remove(line[0]);
		report.count(line[4]);
		if (!line[5].isEmpty()) {
			report.told.add(what);
		}
		if (runs.size() > 1) {
			report.wrong.add("doubled: " + what + " at " + runs);
		}
		if (runs.isEmpty() && (line[4].equals("COMPLETED") || line[4].equals("DURABLE"))) {
			report.wrong.add("lost: " + what);
		}
		if (!runs.isEmpty() && line[4].equals("FAILED")) {
			report.wrong.add("there in spite of its failure: " + what);
		}
		if (!runs.isEmpty()) {
			Run run = runs.get(0);
			if (run.events() != Integer.parseInt(line[3])) {
				report.wrong.add("in part: " + what + " has " + run);
			}
			Integer before = positions.put(line[1], run.position());
			if (before != null && before > run.position()) {
				report.wrong.add("out of order: " + what + " at " + run);
			}
		}
	}

	/**
	 * A process that writes.
	 */
	private record Child(String name, Process process, BufferedReader answers, Writer input, Path directory) {

		String expect(String word) throws IOException {
			String line = this.answers.readLine();
			if (line == null || !line.startsWith(word)) {
				throw new IllegalStateException("The process " + this.name + " said '" + line + "' instead of '" + word
						+ "': " + Files.readString(this.directory.resolve(this.name + ".err")));
			}
			return line.substring(word.length()).trim();
		}

		void tell(String line) throws IOException {
			this.input.write(line + "\n");
			this.input.flush();
		}

	}

	/**
	 * The events of one transaction that stand together.
	 *
	 * @param position how many runs were before it
	 * @param events how many events it has
	 */
	private record Run(int position, int events) {
	}

	/**
	 * What is in the stream, read without a proxy and without the engine.
	 */
	private static final class Contents implements BatchHandler {

		private final Map<String, List<Run>> runs = new HashMap<>();

		private final TreeMap<String, Entry> entries = new TreeMap<>();

		private String txid = "";

		private int events;

		private int count;

		@Override
		public void data(InputStream body) {
			for (JsonNode item : MAPPER.readTree(body)) {
				if (item.has("key")) {
					add(item);
				}
				else {
					endRun("");
				}
			}
		}

		private void add(JsonNode item) {
			String next = item.path("headers").path("txid").asString();
			if (!next.equals(this.txid)) {
				endRun(next);
			}
			this.events++;
			String key = item.path("key").asString();
			if (item.path("headers").path("operation").asString().equals("delete")) {
				this.entries.remove(key);
			}
			else {
				this.entries.put(key, MAPPER.convertValue(item.path("value"), Entry.class));
			}
		}

		private void endRun(String next) {
			if (this.events > 0) {
				this.runs.computeIfAbsent(this.txid, (unknown) -> new ArrayList<>())
					.add(new Run(this.count++, this.events));
			}
			this.txid = next;
			this.events = 0;
		}

		@Override
		public void end(BatchEnd end) {
			if (end.upToDate()) {
				endRun("");
			}
		}

	}

	/**
	 * What was seen in a run.
	 */
	static final class Report {

		private final long connections;

		private final long resets;

		private final long ends;

		private final int rows;

		private final Map<String, Integer> outcomes = new TreeMap<>();

		private final List<String> wrong = new ArrayList<>();

		/** What writers were told of transactions that did not complete. */
		private final List<String> told = new ArrayList<>();

		Report(long connections, long resets, long ends, int rows) {
			this.connections = connections;
			this.resets = resets;
			this.ends = ends;
			this.rows = rows;
		}

		private void count(String outcome) {
			this.outcomes.merge(outcome, 1, Integer::sum);
		}

		/**
		 * How many connections were broken.
		 */
		long broken() {
			return this.resets + this.ends;
		}

		int acknowledged() {
			return this.outcomes.getOrDefault("COMPLETED", 0) + this.outcomes.getOrDefault("DURABLE", 0);
		}

		/**
		 * What must not be: writes that were lost, doubled or torn, replicas that differ.
		 */
		List<String> wrong() {
			return List.copyOf(this.wrong);
		}

		@Override
		public String toString() {
			return this.connections + " connections, " + this.resets + " reset and " + this.ends
					+ " ended; transactions " + this.outcomes + "; " + this.rows + " rows; wrong: " + this.wrong.size()
					+ lines(this.wrong) + lines(this.told);
		}

		private static String lines(List<String> all) {
			return all.stream().limit(20).map((one) -> "\n  " + one).collect(Collectors.joining());
		}

	}

}
