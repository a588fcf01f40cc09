package io.streamdb.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Prints what {@link ServerSideBySide} has measured with one kind of store.
 */
final class ServerTable {

	private final PrintStream out;

	private final String store;

	private final int runs;

	private final Figures ours;

	private final Figures reference;

	private final Figures answering;

	private final @Nullable Figures raw;

	ServerTable(PrintStream out, String store, int runs, Figures ours, Figures reference, Figures answering,
			@Nullable Figures raw) {
		this.out = out;
		this.store = store;
		this.runs = runs;
		this.ours = ours;
		this.reference = reference;
		this.answering = answering;
		this.raw = raw;
	}

	void print(List<String> parts) {
		boolean durable = this.raw != null;
		this.out.println("\n| " + this.store + ", median of " + this.runs
				+ " fresh processes | StreamDB | reference | ratio | a server that only answers |"
				+ (durable ? " write and force alone |" : "") + " limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | ---: |" + (durable ? " ---: |" : "") + " --- |");
		for (String part : parts) {
			switch (part) {
				case "append" -> appends(durable);
				case "batch" -> row("appended in batches of 1 000 (messages/s)", "batch.messages_per_s", true, true,
						durable ? "parsing the JSON, and the disk" : "parsing the JSON");
				case "catch-up" -> catchUp();
				case "depth" -> depth(durable);
				case "fan-out" -> fanOut();
				default -> throw new IllegalArgumentException("There is no part '" + part + "'");
			}
		}
		this.out.flush();
	}

	private void appends(boolean durable) {
		for (int writers : ServerBenchmark.WRITERS) {
			String limit = (writers == 1) ? "one request after the other: waking threads"
					: "the processors: Tomcat's threads, and the driver beside them";
			row("small appends, " + writers(writers) + " (appends/s)", "append.writers_" + writers, true, true,
					durable ? (writers == 1) ? "one force after the other" : "the force, and " + limit : limit);
		}
		for (int writers : ServerBenchmark.WRITERS) {
			row("the server's processor time, " + writers(writers) + " (µs/append)", "append.cpu_" + writers, false,
					false, "Tomcat, and the system's calls");
		}
	}

	private static String writers(int count) {
		return (count == 1) ? "1 writer" : count + " writers";
	}

	private void catchUp() {
		row("catch-up, appended in batches of 1 000 (MB/s)", "catch_up.batches", true, false,
				"copying: to Tomcat, to the socket");
		row("the server's processor time (ms/MB)", "catch_up.cpu_batches", false, false, "the same");
		row("catch-up, appended one by one (MB/s)", "catch_up.singles", true, false, "the appends, one by one");
		row("the server's processor time (ms/MB)", "catch_up.cpu_singles", false, false, "the same");
	}

	private void depth(boolean durable) {
		String limit = durable ? "the force, and waking threads" : "waking threads";
		for (int depth : ServerBenchmark.DEPTHS) {
			String name = "append to SSE at " + depth / 1000 + " 000 messages, ";
			row(name + "p50 (ms)", "depth.p50_" + depth, false, false, limit);
			row(name + "p99 (ms)", "depth.p99_" + depth, false, false, "who else is on the processors");
		}
	}

	private void fanOut() {
		row("fan-out to 1 000 SSE readers, p50 (ms)", "fan_out.p50", false, false, "a write to each socket");
		row("fan-out to 1 000 SSE readers, p99 (ms)", "fan_out.p99", false, false, "the same");
		row("deliveries in a burst (1/s)", "fan_out.per_s", true, false, "the same");
		row("the server's processor time (µs/delivery)", "fan_out.cpu", false, false, "the same");
	}

	private void row(String name, String metric, boolean more, boolean toDisk, String limit) {
		double mine = this.ours.median(metric);
		double theirs = this.reference.median(metric);
		StringBuilder row = new StringBuilder("| ").append(name)
			.append(" | ")
			.append(Figures.text(mine))
			.append(" | ")
			.append(Figures.text(theirs))
			.append(" | ")
			.append(String.format(Locale.ROOT, "%.1f x", more ? mine / theirs : theirs / mine))
			.append(" | ")
			.append(Figures.text(this.answering.median(metric)));
		if (this.raw != null) {
			row.append(" | ").append(toDisk ? Figures.text(this.raw.median(metric)) : "–");
		}
		this.out.println(row.append(" | ").append(limit).append(" |"));
	}

}
