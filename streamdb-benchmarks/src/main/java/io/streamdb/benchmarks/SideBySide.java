package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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

	private final Programs programs;

	private SideBySide(PrintStream out, Programs programs) {
		this.out = out;
		this.programs = programs;
	}

	public static void main(String[] args) throws Exception {
		new SideBySide(System.out, new Programs(Path.of(args[0]).toRealPath())).run();
	}

	private void run() throws Exception {
		Process server = this.programs.node(Map.of(), "server.mjs", "0");
		try {
			String base = Programs.firstLine(server).trim();
			URI seeded = URI.create(base + "/v1/stream/users");
			Programs.finish(this.programs.node(Map.of("STREAM_URL", seeded.toString()), "bench/seed.mjs",
					"--n=" + USERS, "--inserts-only"));
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
			Programs.stop(server);
		}
	}

	private void measure(URI seeded, Path body) throws Exception {
		Figures ours = new Figures();
		Figures reference = new Figures();
		Process fixed = this.programs.node(Map.of("BODY", body.toString()), "bench/static-server.mjs", "--port=0");
		try {
			URI fast = staticUrl(Programs.firstLine(fixed));
			for (int run = 0; run < RUNS; run++) {
				for (String mode : List.of("preload", "get", "optimistic", "live")) {
					URI url = mode.equals("preload") ? fast : seeded;
					reference.add(Programs
						.finish(this.programs.node(Map.of("STREAM_URL", url.toString()), "bench/state-bench.mjs",
								"--mode=" + mode, "--runs=1", mode.equals("preload") ? "--n=" + USERS : "--n=0")));
					ours.add(Programs.finish(
							this.programs.java(StateBenchmark.class, mode, url.toString(), Integer.toString(USERS))));
				}
			}
		}
		finally {
			Programs.stop(fixed);
		}
		print(ours, reference);
	}

	private void print(Figures ours, Figures reference) {
		this.out.println("| " + USERS + " users, median of " + RUNS + " fresh processes | StreamDB | reference | ratio "
				+ "| limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | --- |");
		for (Row row : ROWS) {
			double mine = ours.median(row.metric());
			double theirs = reference.median(row.metric());
			double ratio = row.metric().endsWith("_per_s") ? mine / theirs : theirs / mine;
			this.out.println(String.format(Locale.ROOT, "| %s (%s) | %s | %s | %.1f x | %s |", row.name(), row.unit(),
					Figures.text(mine), Figures.text(theirs), ratio, row.limit()));
		}
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
