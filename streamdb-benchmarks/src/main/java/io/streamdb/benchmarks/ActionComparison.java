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

	private static final int RUNS = 3;

	private static final int[] PENDING = { 1, 100, 10_000 };

	private static final int[] IN_FLIGHT = { 1, 16, 64 };

	private final Figures visible = new Figures();

	private final Figures inProcess = new Figures();

	private final Figures overHttp = new Figures();

	private final Figures reference = new Figures();

	private final PrintStream out;

	private final Programs programs;

	private ActionComparison(PrintStream out, Programs programs) {
		this.out = out;
		this.programs = programs;
	}

	/**
	 * Measures and prints.
	 * @param args the {@code conformance} directory
	 * @throws Exception when a measurement fails
	 */
	public static void main(String[] args) throws Exception {
		new ActionComparison(System.out, new Programs(Path.of(args[0]).toRealPath())).run();
	}

	private void run() throws Exception {
		Process server = this.programs.node(Map.of(), "server.mjs", "0");
		try {
			URI streams = URI.create(Programs.firstLine(server).trim() + "/v1/stream/");
			for (int run = 0; run < RUNS; run++) {
				this.visible.add(Programs.finish(this.programs.java(ActionBenchmark.class, "visible")));
				this.inProcess
					.add(Programs.finish(this.programs.java(ActionBenchmark.class, "complete", "in-process")));
				this.reference.add(Programs.finish(this.programs.node(Map.of("STREAM_URL", streams + "reference" + run),
						"bench/state-bench.mjs", "--mode=optimistic", "--runs=1")));
				this.overHttp
					.add(Programs.finish(this.programs.java(ActionBenchmark.class, "complete", streams.toString())));
			}
		}
		finally {
			Programs.stop(server);
		}
		print();
	}

	private void print() {
		this.out
			.println("| optimistic actions, median of " + RUNS + " fresh processes | StreamDB | reference | ratio |");
		this.out.println("| --- | ---: | ---: | ---: |");
		for (int pending : PENDING) {
			String suffix = ".pending_" + pending;
			row("call to visible, p50, " + pending + " pending (µs)", this.visible.median("visible.p50" + suffix),
					(pending == 1) ? this.reference.median("optimistic.local_visible.p50") * 1000 : null, false);
			row("call to visible, p99, " + pending + " pending (µs)", this.visible.median("visible.p99" + suffix),
					(pending == 1) ? this.reference.median("optimistic.local_visible.p99") * 1000 : null, false);
		}
		for (int callers : IN_FLIGHT) {
			rows("server in the process, " + callers + " threads that wait", this.inProcess, ".threads_" + callers,
					null);
			rows("server in the process, " + callers + " callbacks", this.inProcess, ".callbacks_" + callers, null);
		}
		for (int callers : IN_FLIGHT) {
			double theirs = this.reference.median("optimistic.ops_per_s.inflight_" + callers);
			rows("reference server, " + callers + " threads that wait", this.overHttp, ".threads_" + callers, theirs);
			rows("reference server, " + callers + " callbacks", this.overHttp, ".callbacks_" + callers, theirs);
		}
	}

	private void rows(String name, Figures figures, String suffix, @Nullable Double theirs) {
		row(name + " (actions/s)", figures.median("complete.per_s" + suffix), theirs, true);
		row(name + ", one action, p99 (ms)", figures.median("complete.p99" + suffix), null, false);
		row(name + ", CPU of all threads (µs/action)", figures.median("complete.cpu" + suffix), null, false);
	}

	private void row(String name, double mine, @Nullable Double theirs, boolean more) {
		String ratio = (theirs == null) ? "–"
				: String.format(Locale.ROOT, "%.1f x", more ? mine / theirs : theirs / mine);
		this.out.println("| " + name + " | " + Figures.text(mine) + " | "
				+ ((theirs != null) ? Figures.text(theirs) : "–") + " | " + ratio + " |");
	}

}
