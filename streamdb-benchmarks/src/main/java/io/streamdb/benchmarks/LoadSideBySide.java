package io.streamdb.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures large states, StreamDB and the TypeScript reference side by side: the preload
 * of 1 000 000 events (70 % inserts, 25 % updates, 5 % deletes) and gets by key, in fresh
 * processes, alternating, medians of five; and what has to fit into a small heap, or must
 * not grow. Needs Node and {@code npm install} in {@code conformance}. Prints Markdown
 * tables.
 */
final class LoadSideBySide {

	private static final int EVENTS = 1_000_000;

	/** The events that leave about 65 000 rows. */
	private static final int FEWER_EVENTS = 100_000;

	private static final int RUNS = 5;

	private static final long BULK_BYTES = 1_000_000_000;

	private static final int LIVE_EVENTS = 5_000_000;

	private final PrintStream out;

	private final Path conformance;

	private final List<Process> running = new ArrayList<>();

	private LoadSideBySide(PrintStream out, Path conformance) {
		this.out = out;
		this.conformance = conformance;
	}

	/**
	 * Measures.
	 * @param args the directory of the reference kit, and any of {@code preload},
	 * {@code server}, {@code get}, {@code bulk} and {@code live}; all of them when there
	 * is none
	 */
	public static void main(String[] args) throws Exception {
		LoadSideBySide comparison = new LoadSideBySide(System.out, Path.of(args[0]).toRealPath());
		List<String> parts = (args.length > 1) ? Arrays.asList(args).subList(1, args.length)
				: List.of("preload", "server", "get", "bulk", "live");
		try {
			for (String part : parts) {
				comparison.measure(part);
			}
		}
		finally {
			for (Process process : comparison.running) {
				process.destroy();
				process.waitFor(10, TimeUnit.SECONDS);
			}
		}
	}

	private void measure(String part) throws Exception {
		switch (part) {
			case "preload" -> preload();
			case "server" -> server();
			case "get" -> get();
			case "bulk" -> bulk();
			case "live" -> live();
			default -> throw new IllegalArgumentException(
					"There is no part '" + part + "': preload, server, get, bulk or live");
		}
	}

	private void preload() throws Exception {
		URI url = fixed(EVENTS);
		Map<String, List<Double>> ours = new LinkedHashMap<>();
		Map<String, List<Double>> small = new LinkedHashMap<>();
		Map<String, List<Double>> reference = new LinkedHashMap<>();
		for (int run = 0; run < RUNS; run++) {
			collect(reference, reference("preload", url, EVENTS));
			collect(ours, java(List.of(), "preload", url, EVENTS));
			collect(small, java(List.of("-Xmx512m"), "preload", url, EVENTS));
		}
		this.out.println("\n| 1 000 000 events, static server, medians of 5 | StreamDB | with -Xmx512m | reference "
				+ "| ratio | limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | ---: | --- |");
		row("preload (events/s)", "preload.events_per_s", ours, small, reference,
				"the processors: the compiler and the collector take half of them in a fresh JVM");
		row("peak memory of the process (MB)", "preload.peak_rss", ours, small, reference,
				"how far the JVM lets its heap grow");
		row("heap per row after a collection (bytes)", "preload.heap_per_row", ours, small, reference,
				"the entities and their strings");
	}

	private void server() throws Exception {
		String base = started(node(Map.of(), "server.mjs", "0")).trim();
		URI url = URI.create(base + "/v1/stream/users");
		finish(node(Map.of("STREAM_URL", url.toString()), "bench/seed.mjs", "--n=" + EVENTS));
		Map<String, List<Double>> ours = new LinkedHashMap<>();
		Map<String, List<Double>> reference = new LinkedHashMap<>();
		for (int run = 0; run < RUNS; run++) {
			collect(reference, reference("preload", url, EVENTS));
			collect(ours, java(List.of(), "preload", url, EVENTS));
		}
		this.out.println("\n| 1 000 000 events, reference server, medians of 5 | StreamDB | reference | ratio |");
		this.out.println("| --- | ---: | ---: | ---: |");
		double mine = median(ours, "preload.events_per_s");
		double theirs = median(reference, "preload.events_per_s");
		this.out.println("| preload (events/s) | " + number(mine) + " | " + number(theirs) + " | "
				+ ratio(mine / theirs) + " |");
	}

	private void get() throws Exception {
		this.out.println("\n| get by a random key (ns), medians of 5 | StreamDB | through the repository "
				+ "| empty call of its proxy | reference | ratio | limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
		for (int events : new int[] { FEWER_EVENTS, EVENTS }) {
			URI url = fixed(events);
			Map<String, List<Double>> ours = new LinkedHashMap<>();
			Map<String, List<Double>> reference = new LinkedHashMap<>();
			for (int run = 0; run < RUNS; run++) {
				collect(reference, reference("get", url, 0));
				collect(ours, java(List.of(), "get", url, events));
				collect(ours, java(List.of(), "repository", url, events));
			}
			double mine = median(ours, "get.random_key");
			double theirs = median(reference, "get.random_key");
			this.out.println("| about " + (events * 65 / 100) + " rows | " + number(mine) + " | "
					+ number(median(ours, "repository.get")) + " | " + number(median(ours, "repository.nothing"))
					+ " | " + number(theirs) + " | " + ratio(theirs / mine) + " | cache misses of a random walk |");
		}
	}

	private void bulk() throws Exception {
		URI url = URI.create(generated() + "/bulk?bytes=" + BULK_BYTES);
		Map<String, List<Double>> ours = new LinkedHashMap<>();
		collect(ours, java(List.of("-Xmx64m"), "preload", url, 1));
		this.out.println("\nA response of 1 GB over 1 000 keys was read at -Xmx64m in "
				+ number(median(ours, "preload.ms") / 1000) + " s; the process took at most "
				+ number(median(ours, "preload.peak_rss")) + " MB.");
	}

	private void live() throws Exception {
		URI url = URI.create(generated() + "/live?events=" + LIVE_EVENTS);
		Map<String, List<Double>> ours = new LinkedHashMap<>();
		collect(ours, java(List.of(), "memory", url, LIVE_EVENTS));
		this.out.println("\n| live events with a txid each, 1 000 keys | heap after a collection (MB) |");
		this.out.println("| ---: | ---: |");
		for (int million = 1; million * 1_000_000 <= LIVE_EVENTS; million++) {
			this.out.println("| " + million + " 000 000 | "
					+ String.format(Locale.ROOT, "%.1f", median(ours, "memory.after_" + million + "_million")) + " |");
		}
	}

	/**
	 * Starts the static server on so many events.
	 */
	private URI fixed(int events) throws Exception {
		Path body = Files.createTempFile("users", ".json");
		body.toFile().deleteOnExit();
		finish(node(Map.of(), "bench/body.mjs", "--n=" + events, "--out=" + body));
		String line = started(node(Map.of("BODY", body.toString()), "bench/static-server.mjs", "--port=0"));
		return URI.create(line.replaceAll(".*\"url\":\"([^\"]+)\".*", "$1"));
	}

	private String generated() throws IOException {
		return started(java(List.of(), GeneratedStream.class, List.of()));
	}

	private String started(Process process) throws IOException {
		this.running.add(process);
		String line = process.inputReader(StandardCharsets.UTF_8).readLine();
		if (line == null) {
			throw new IllegalStateException("The process " + process.info() + " ended at once");
		}
		return line;
	}

	private Process reference(String mode, URI url, int events) throws IOException {
		return node(Map.of("STREAM_URL", url.toString()), "bench/state-bench.mjs", "--mode=" + mode, "--runs=1",
				"--n=" + events);
	}

	private Process node(Map<String, String> environment, String script, String... arguments) throws IOException {
		List<String> command = new ArrayList<>(List.of("node", script));
		command.addAll(Arrays.asList(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).directory(this.conformance.toFile())
			.redirectError(ProcessBuilder.Redirect.INHERIT);
		builder.environment().putAll(environment);
		builder.environment().put("NODE_ENV", "production");
		return builder.start();
	}

	private Process java(List<String> options, String mode, URI url, int events) throws IOException {
		return java(options, StateBenchmark.class, List.of(mode, url.toString(), Integer.toString(events)));
	}

	private Process java(List<String> options, Class<?> main, List<String> arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(options);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
		command.addAll(arguments);
		return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	private void collect(Map<String, List<Double>> figures, Process process) throws IOException, InterruptedException {
		finish(process).lines()
			.filter((line) -> line.startsWith("{"))
			.map(Figure::parse)
			.forEach((figure) -> figures.computeIfAbsent(figure.metric(), (metric) -> new ArrayList<>())
				.add(figure.value()));
	}

	private static String finish(Process process) throws IOException, InterruptedException {
		StringBuilder output = new StringBuilder();
		try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
			reader.lines().forEach((line) -> output.append(line).append('\n'));
		}
		if (process.waitFor() != 0) {
			throw new IllegalStateException(
					"A measurement failed with exit code " + process.exitValue() + ": " + output);
		}
		return output.toString();
	}

	private void row(String name, String metric, Map<String, List<Double>> ours, Map<String, List<Double>> small,
			Map<String, List<Double>> reference, String limit) {
		double mine = median(ours, metric);
		double theirs = median(reference, metric);
		this.out
			.println("| " + name + " | " + number(mine) + " | " + number(median(small, metric)) + " | " + number(theirs)
					+ " | " + ratio(metric.endsWith("_per_s") ? mine / theirs : theirs / mine) + " | " + limit + " |");
	}

	private static double median(Map<String, List<Double>> figures, String metric) {
		List<Double> values = figures.get(metric);
		if (values == null) {
			throw new IllegalStateException("No figure for " + metric + ", only for " + figures.keySet());
		}
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return sorted[sorted.length / 2];
	}

	private static String number(double value) {
		return (value >= 100) ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.3g", value);
	}

	private static String ratio(double value) {
		return String.format(Locale.ROOT, "%.1f x", value);
	}

}
