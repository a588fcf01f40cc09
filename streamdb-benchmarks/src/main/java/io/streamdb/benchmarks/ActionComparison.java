package io.streamdb.benchmarks;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Measures optimistic actions: how soon one is visible, and how many complete, on our
 * server in the same process, and on the reference server beside the TypeScript
 * reference. Fresh processes, in turns, medians. Needs Node and {@code npm install} in
 * {@code conformance}. Prints a Markdown table.
 */
final class ActionComparison {

	private static final int[] PENDING = { 1, 100, 10_000 };

	private static final int[] IN_FLIGHT = { 1, 16, 64 };

	private final Figures visible = new Figures();

	private final Figures inProcess = new Figures();

	private final Figures overHttp = new Figures();

	private final Figures reference = new Figures();

	private final PrintStream out;

	private final Programs programs;

	private final int runs;

	private final String seconds;

	private ActionComparison(PrintStream out, Programs programs, int runs, String seconds) {
		this.out = out;
		this.programs = programs;
		this.runs = runs;
		this.seconds = seconds;
	}

	/**
	 * Measures and prints.
	 * @param args the {@code conformance} directory, how many fresh processes measure
	 * each figure, and for how many seconds completed actions are counted
	 * @throws Exception when a measurement fails
	 */
	public static void main(String[] args) throws Exception {
		Programs programs = new Programs(Path.of(args[0]).toRealPath());
		new ActionComparison(System.out, programs, Integer.parseInt(args[1]), args[2]).run();
	}

	private void run() throws Exception {
		Process server = this.programs.node(Map.of(), "server.mjs", "0");
		try {
			URI streams = URI.create(Programs.firstLine(server).trim() + "/v1/stream/");
			for (int run = 0; run < this.runs; run++) {
				this.visible.add(Programs.finish(this.programs.java(ActionBenchmark.class, "visible")));
				this.inProcess.add(Programs
					.finish(this.programs.java(ActionBenchmark.class, "complete", "in-process", this.seconds)));
				this.reference.add(Programs.finish(this.programs.node(Map.of("STREAM_URL", streams + "reference" + run),
						"bench/state-bench.mjs", "--mode=optimistic", "--runs=1")));
				this.overHttp.add(Programs
					.finish(this.programs.java(ActionBenchmark.class, "complete", streams.toString(), this.seconds)));
			}
		}
		finally {
			Programs.stop(server);
		}
		print();
	}

	private void print() {
		this.out.println("| optimistic actions, median of " + this.runs
				+ " fresh processes | StreamDB | reference | ratio | limited by (StreamDB) |");
		this.out.println("| --- | ---: | ---: | ---: | --- |");
		for (int pending : PENDING) {
			String suffix = ".pending_" + pending;
			row("call to visible, p50, " + pending + " pending (µs)", this.visible.median("visible.p50" + suffix),
					(pending == 1) ? this.reference.median("optimistic.local_visible.p50") * 1000 : null, false,
					"making the transaction and publishing one root, on the calling thread");
			row("call to visible, p99, " + pending + " pending (µs)", this.visible.median("visible.p99" + suffix),
					(pending == 1) ? this.reference.median("optimistic.local_visible.p99") * 1000 : null, false,
					"the collector and the compiler, on the same cores");
		}
		for (int callers : IN_FLIGHT) {
			rows("server in the process, " + callers + " threads that wait", this.inProcess, ".threads_" + callers,
					null, (callers == 1) ? "handing over to the sender, the server, the reader and back, one by one"
							: "waking a thread for each action; all cores are busy");
			rows("server in the process, " + callers + " callbacks", this.inProcess, ".callbacks_" + callers, null,
					(callers == 1) ? "handing over to the sender, the server, the reader and back, one by one"
							: "encoding and decoding, on one thread each, and the caller beside them");
		}
		for (int callers : IN_FLIGHT) {
			double theirs = this.reference.median("optimistic.ops_per_s.inflight_" + callers);
			String limit = (callers == 1) ? "two HTTP requests to the server, one after the other"
					: "the server: one thread of Node answers appends and feeds the reader";
			rows("reference server, " + callers + " threads that wait", this.overHttp, ".threads_" + callers, theirs,
					limit);
			rows("reference server, " + callers + " callbacks", this.overHttp, ".callbacks_" + callers, theirs, limit);
		}
	}

	private void rows(String name, Figures figures, String suffix, @Nullable Double theirs, String limit) {
		row(name + " (actions/s)", figures.median("complete.per_s" + suffix), theirs, true, limit);
		row(name + ", one action, p99 (ms)", figures.median("complete.p99" + suffix), null, false,
				"as above, and the collector");
		row(name + ", CPU of all threads (µs/action)", figures.median("complete.cpu" + suffix), null, false,
				"the work itself, on our side and on the server's where that is in the process");
	}

	private void row(String name, double mine, @Nullable Double theirs, boolean more, String limit) {
		String ratio = (theirs == null) ? "–"
				: String.format(Locale.ROOT, "%.1f x", more ? mine / theirs : theirs / mine);
		this.out.println("| " + name + " | " + Figures.text(mine) + " | "
				+ ((theirs != null) ? Figures.text(theirs) : "–") + " | " + ratio + " | " + limit + " |");
	}

}
