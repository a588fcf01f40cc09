package io.streamdb.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Measures StreamDB and the TypeScript reference side by side, in one run on one machine:
 * 100 000 users, fresh processes, medians. Needs Node and {@code npm install} in
 * {@code conformance}. Prints a Markdown table.
 */
final class SideBySide {

	private static final int USERS = 100_000;

	private static final int RUNS = 3;

	private static final List<Row> ROWS = List.of(
			new Row("preload.events_per_s", "preload", "events/s",
					"one thread decodes and binds; a fresh JVM compiles beside it"),
			new Row("preload.peak_rss", "peak memory of the process", "MB", "the JVM's heap sizing, not the data"),
			new Row("preload.heap_per_row", "heap per row after a collection", "bytes", "the strings of the values"),
			new Row("get.random_key", "get by key", "ns", "cache misses of a random walk"),
			new Row("optimistic.local_visible.p50", "call to visible, p50", "ms",
					"a fresh JVM: 1 200 calls are mostly interpreted"),
			new Row("optimistic.local_visible.p99", "call to visible, p99", "ms",
					"the compiler and the server on the same two cores"),
			new Row("live.append_to_awaitTxId.p50", "append to visible, p50", "ms",
					"two HTTP hops and the server, in a fresh JVM"),
			new Row("live.append_to_awaitTxId.p99", "append to visible, p99", "ms",
					"the compiler and the server on the same two cores"));

	private final PrintStream out;

	private final Path conformance;

	private SideBySide(PrintStream out, Path conformance) {
		this.out = out;
		this.conformance = conformance;
	}

	public static void main(String[] args) throws Exception {
		new SideBySide(System.out, Path.of(args[0]).toRealPath()).run();
	}

	private void run() throws Exception {
		Process server = node(Map.of(), "server.mjs", "0");
		try {
			String base = firstLine(server).trim();
			URI seeded = URI.create(base + "/v1/stream/users");
			finish(node(Map.of("STREAM_URL", seeded.toString()), "bench/seed.mjs", "--n=" + USERS, "--inserts-only"));
			Path body = Files.createTempFile("users", ".json");
			try {
				save(seeded, body);
				measure(seeded, body);
			}
			finally {
				Files.delete(body);
			}
		}
		finally {
			stop(server);
		}
	}

	private void measure(URI seeded, Path body) throws Exception {
		Map<String, List<Double>> ours = new LinkedHashMap<>();
		Map<String, List<Double>> reference = new LinkedHashMap<>();
		Process fixed = node(Map.of("BODY", body.toString()), "bench/static-server.mjs", "--port=0");
		try {
			URI fast = staticUrl(firstLine(fixed));
			for (int run = 0; run < RUNS; run++) {
				for (String mode : List.of("preload", "get", "optimistic", "live")) {
					URI url = mode.equals("preload") ? fast : seeded;
					collect(reference, finish(node(Map.of("STREAM_URL", url.toString()), "bench/state-bench.mjs",
							"--mode=" + mode, "--runs=1", mode.equals("preload") ? "--n=" + USERS : "--n=0")));
					collect(ours, finish(java(mode, url)));
				}
			}
		}
		finally {
			stop(fixed);
		}
		print(ours, reference);
	}

	private void print(Map<String, List<Double>> ours, Map<String, List<Double>> reference) {
		this.out.println("| " + USERS + " users, median of " + RUNS + " fresh processes | StreamDB | reference | ratio "
				+ "| limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | --- |");
		for (Row row : ROWS) {
			double mine = median(ours, row.metric());
			double theirs = median(reference, row.metric());
			double ratio = row.metric().endsWith("_per_s") ? mine / theirs : theirs / mine;
			this.out.println(String.format(Locale.ROOT, "| %s (%s) | %s | %s | %.1f x | %s |", row.name(), row.unit(),
					number(mine), number(theirs), ratio, row.limit()));
		}
	}

	private static String number(double value) {
		return (value >= 100) ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.3g", value);
	}

	private static double median(Map<String, List<Double>> figures, String metric) {
		List<Double> values = figures.get(metric);
		if (values == null) {
			throw new IllegalStateException("No figure for " + metric + ", only for " + figures.keySet());
		}
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return sorted[sorted.length / 2];
	}

	private static void collect(Map<String, List<Double>> figures, String output) {
		output.lines()
			.filter((line) -> line.startsWith("{"))
			.map(Figure::parse)
			.forEach((figure) -> figures.computeIfAbsent(figure.metric(), (metric) -> new ArrayList<>())
				.add(figure.value()));
	}

	private static void save(URI url, Path body) throws IOException, InterruptedException {
		HttpResponse<Path> response = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(url + "?offset=-1")).build(),
					HttpResponse.BodyHandlers.ofFile(body));
		if (!response.headers().firstValue("stream-up-to-date").equals(Optional.of("true"))) {
			throw new IllegalStateException("The server splits the stream over responses; one body is needed");
		}
	}

	private static URI staticUrl(String line) {
		return URI.create(line.replaceAll(".*\"url\":\"([^\"]+)\".*", "$1"));
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

	private Process java(String mode, URI url) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), StateBenchmark.class.getName(), mode, url.toString(),
				Integer.toString(USERS))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
	}

	private static String firstLine(Process process) throws IOException {
		BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
		String line = reader.readLine();
		if (line == null) {
			throw new IllegalStateException("The process " + process.info() + " ended at once");
		}
		return line;
	}

	private static String finish(Process process) throws IOException, InterruptedException {
		StringBuilder output = new StringBuilder();
		try (BufferedReader reader = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			reader.lines().forEach((line) -> output.append(line).append('\n'));
		}
		if (process.waitFor() != 0) {
			throw new IllegalStateException(
					"A measurement failed with exit code " + process.exitValue() + ": " + output);
		}
		return output.toString();
	}

	private static void stop(Process process) throws InterruptedException {
		process.destroy();
		if (!process.waitFor(10, TimeUnit.SECONDS)) {
			process.destroyForcibly();
		}
	}

	/**
	 * A row of the table.
	 *
	 * @param metric the metric of both sides
	 * @param name what people call it
	 * @param unit its unit
	 * @param limit what limits StreamDB's figure
	 */
	private record Row(String metric, String name, String unit, String limit) {
	}

}
