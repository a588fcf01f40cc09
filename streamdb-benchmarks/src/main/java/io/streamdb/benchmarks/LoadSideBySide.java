package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

	/**
	 * What docs/performance.md advises for a process that loads a large state: a
	 * collector for throughput, and fewer, larger reads from the socket.
	 */
	private static final List<String> ADVISED = List.of("-XX:+UseParallelGC", "-Djdk.httpclient.bufsize=131072");

	private final PrintStream out;

	private final Programs programs;

	private final List<Process> running = new ArrayList<>();

	private LoadSideBySide(PrintStream out, Programs programs) {
		this.out = out;
		this.programs = programs;
	}

	/**
	 * Measures.
	 * @param args the directory of the reference kit, and any of {@code preload},
	 * {@code server}, {@code get}, {@code bulk} and {@code live}; all of them when there
	 * is none
	 */
	public static void main(String[] args) throws Exception {
		LoadSideBySide comparison = new LoadSideBySide(System.out, new Programs(Path.of(args[0]).toRealPath()));
		List<String> parts = (args.length > 1) ? Arrays.asList(args).subList(1, args.length)
				: List.of("preload", "server", "get", "bulk", "live");
		try {
			for (String part : parts) {
				comparison.measure(part);
			}
		}
		finally {
			for (Process process : comparison.running) {
				Programs.stop(process);
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
		Figures ours = new Figures();
		Figures advised = new Figures();
		Figures small = new Figures();
		Figures reference = new Figures();
		for (int run = 0; run < RUNS; run++) {
			reference.add(reference("preload", url, EVENTS));
			ours.add(streamDb(List.of(), "preload", url, EVENTS));
			advised.add(streamDb(ADVISED, "preload", url, EVENTS));
			small.add(streamDb(List.of("-Xmx512m"), "preload", url, EVENTS));
		}
		this.out.println("\n| 1 000 000 events, static server, medians of 5 | StreamDB | with the advised options "
				+ "| with -Xmx512m | reference | ratio | advised | limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
		row("preload (events/s)", "preload.events_per_s", ours, advised, small, reference,
				"the processors: the compiler and the collector take half of them in a fresh JVM");
		row("peak memory of the process (MB)", "preload.peak_rss", ours, advised, small, reference,
				"how far the JVM lets its heap grow");
		row("heap per row after a collection (bytes)", "preload.heap_per_row", ours, advised, small, reference,
				"the entities and their strings");
		this.out.println("\nAdvised: `" + String.join(" ", ADVISED) + "`");
	}

	private void server() throws Exception {
		String base = started(this.programs.node(Map.of(), "server.mjs", "0")).trim();
		URI url = URI.create(base + "/v1/stream/users");
		Programs.finish(this.programs.node(Map.of("STREAM_URL", url.toString()), "bench/seed.mjs", "--n=" + EVENTS));
		Figures ours = new Figures();
		Figures reference = new Figures();
		for (int run = 0; run < RUNS; run++) {
			reference.add(reference("preload", url, EVENTS));
			ours.add(streamDb(List.of(), "preload", url, EVENTS));
		}
		this.out.println("\n| 1 000 000 events, reference server, medians of 5 | StreamDB | reference | ratio |");
		this.out.println("| --- | ---: | ---: | ---: |");
		double mine = ours.median("preload.events_per_s");
		double theirs = reference.median("preload.events_per_s");
		this.out.println("| preload (events/s) | " + Figures.text(mine) + " | " + Figures.text(theirs) + " | "
				+ ratio(mine / theirs) + " |");
	}

	private void get() throws Exception {
		this.out.println("\n| get by a random key (ns), medians of 5 | StreamDB | through the repository "
				+ "| empty call of its proxy | reference | ratio | limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
		for (int events : new int[] { FEWER_EVENTS, EVENTS }) {
			URI url = fixed(events);
			Figures ours = new Figures();
			Figures reference = new Figures();
			for (int run = 0; run < RUNS; run++) {
				reference.add(reference("get", url, 0));
				ours.add(streamDb(List.of(), "get", url, events));
				ours.add(streamDb(List.of(), "repository", url, events));
			}
			double mine = ours.median("get.random_key");
			double theirs = reference.median("get.random_key");
			this.out.println("| about " + (events * 65 / 100) + " rows | " + Figures.text(mine) + " | "
					+ Figures.text(ours.median("repository.get")) + " | "
					+ Figures.text(ours.median("repository.nothing")) + " | " + Figures.text(theirs) + " | "
					+ ratio(theirs / mine) + " | cache misses of a random walk |");
		}
	}

	private void bulk() throws Exception {
		URI url = URI.create(generated() + "/bulk?bytes=" + BULK_BYTES);
		Figures ours = new Figures();
		ours.add(streamDb(List.of("-Xmx64m"), "preload", url, 1));
		this.out.println("\nA response of 1 GB over 1 000 keys was read at -Xmx64m in "
				+ Figures.text(ours.median("preload.ms") / 1000) + " s; the process took at most "
				+ Figures.text(ours.median("preload.peak_rss")) + " MB.");
	}

	private void live() throws Exception {
		URI url = URI.create(generated() + "/live?events=" + LIVE_EVENTS);
		Figures ours = new Figures();
		ours.add(streamDb(List.of(), "memory", url, LIVE_EVENTS));
		this.out.println("\n| live events with a txid each, 1 000 keys | heap after a collection (MB) |");
		this.out.println("| ---: | ---: |");
		for (int million = 1; million * 1_000_000 <= LIVE_EVENTS; million++) {
			this.out.println("| " + million + " 000 000 | "
					+ String.format(Locale.ROOT, "%.1f", ours.median("memory.after_" + million + "_million")) + " |");
		}
	}

	/**
	 * Starts the static server on so many events.
	 */
	private URI fixed(int events) throws Exception {
		Path body = Files.createTempFile("users", ".json");
		body.toFile().deleteOnExit();
		Programs.finish(this.programs.node(Map.of(), "bench/body.mjs", "--n=" + events, "--out=" + body));
		String line = started(
				this.programs.node(Map.of("BODY", body.toString()), "bench/static-server.mjs", "--port=0"));
		return URI.create(line.replaceAll(".*\"url\":\"([^\"]+)\".*", "$1"));
	}

	private String generated() throws IOException {
		return started(this.programs.java(GeneratedStream.class));
	}

	private String started(Process process) throws IOException {
		this.running.add(process);
		return Programs.firstLine(process);
	}

	private String reference(String mode, URI url, int events) throws Exception {
		return Programs.finish(this.programs.node(Map.of("STREAM_URL", url.toString()), "bench/state-bench.mjs",
				"--mode=" + mode, "--runs=1", "--n=" + events));
	}

	private String streamDb(List<String> options, String mode, URI url, int events) throws Exception {
		return Programs
			.finish(this.programs.java(options, StateBenchmark.class, mode, url.toString(), Integer.toString(events)));
	}

	private void row(String name, String metric, Figures ours, Figures advised, Figures small, Figures reference,
			String limit) {
		double mine = ours.median(metric);
		double tuned = advised.median(metric);
		double theirs = reference.median(metric);
		boolean more = metric.endsWith("_per_s");
		this.out.println("| " + name + " | " + Figures.text(mine) + " | " + Figures.text(tuned) + " | "
				+ Figures.text(small.median(metric)) + " | " + Figures.text(theirs) + " | "
				+ ratio(more ? mine / theirs : theirs / mine) + " | " + ratio(more ? tuned / theirs : theirs / tuned)
				+ " | " + limit + " |");
	}

	private static String ratio(double value) {
		return String.format(Locale.ROOT, "%.1f x", value);
	}

}
