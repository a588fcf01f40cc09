package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures the embedded server and the reference server side by side, in memory and in
 * files: appends, catch-up, and how soon an append is with live readers. Fresh processes,
 * in turns, medians. Beside them stands what the driver itself reaches against a server
 * that only answers, and for files what a bare write and force of the same bytes takes.
 * Needs Node and {@code npm install} in {@code conformance}. Prints Markdown tables.
 */
final class ServerSideBySide {

	/** As long as the reference waits by default: its live readers hear of every end. */
	private static final Map<String, String> REFERENCE = Map.of("LONG_POLL_TIMEOUT_MS", "30000");

	private final PrintStream out;

	private final Programs programs;

	private final Path directory;

	private final int runs;

	private final String seconds;

	private final List<String> parts;

	private final Figures answering = new Figures();

	private final Figures raw = new Figures();

	private ServerSideBySide(PrintStream out, Programs programs, Path directory, int runs, String seconds,
			List<String> parts) {
		this.out = out;
		this.programs = programs;
		this.directory = directory;
		this.runs = runs;
		this.seconds = seconds;
		this.parts = parts;
	}

	/**
	 * Measures and prints.
	 * @param args the {@code conformance} directory; a directory on the disk that is to
	 * be measured; how many fresh processes measure each figure; for how many seconds
	 * each rate is measured; the stores, {@code memory} and {@code file}; and the parts
	 * of {@link ServerBenchmark}, both separated by spaces
	 * @throws Exception when a measurement fails
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Files.createDirectories(Path.of(args[1]));
		ServerSideBySide comparison = new ServerSideBySide(System.out, new Programs(Path.of(args[0]).toRealPath()),
				directory, Integer.parseInt(args[2]), args[3], Arrays.asList(args[5].split(" ")));
		comparison.run(Arrays.asList(args[4].split(" ")));
	}

	private void run(List<String> stores) throws Exception {
		this.answering.add(measure(this.programs.java(AnsweringServer.class), ""));
		for (String store : stores) {
			boolean durable = switch (store) {
				case "memory" -> false;
				case "file" -> true;
				default -> throw new IllegalArgumentException("There is no store '" + store + "': memory or file");
			};
			Figures ours = new Figures();
			Figures reference = new Figures();
			for (int run = 0; run < this.runs; run++) {
				reference.add(reference(durable));
				ours.add(embedded(durable));
				if (durable) {
					this.raw.add(rawDisk());
				}
			}
			new ServerTable(this.out, store, this.runs, ours, reference, this.answering, durable ? this.raw : null)
				.print(this.parts);
		}
	}

	private String reference(boolean durable) throws Exception {
		return inDirectory((data) -> measure(durable ? this.programs.node(REFERENCE, "server.mjs", "0", data.toString())
				: this.programs.node(REFERENCE, "server.mjs", "0"), "/v1/stream/"));
	}

	private String embedded(boolean durable) throws Exception {
		return inDirectory((data) -> {
			List<String> arguments = new ArrayList<>(List.of(data.resolve("tomcat").toString()));
			if (durable) {
				arguments.add(data.resolve("streams").toString());
			}
			return measure(this.programs.java(ServedStreams.class, arguments.toArray(String[]::new)), "");
		});
	}

	private String rawDisk() throws Exception {
		return inDirectory((data) -> Programs.finish(this.programs.java(RawDisk.class, data.toString(), this.seconds)));
	}

	private String measure(Process server, String path) throws Exception {
		try {
			String url = Programs.firstLine(server).trim() + path;
			List<String> arguments = new ArrayList<>(List.of(url, Long.toString(server.pid()), this.seconds));
			arguments.addAll(this.parts);
			return Programs.finish(this.programs.java(ServerBenchmark.class, arguments.toArray(String[]::new)));
		}
		finally {
			Programs.stop(server);
		}
	}

	private String inDirectory(Measurement measurement) throws Exception {
		Path data = Files.createTempDirectory(this.directory, "store");
		try {
			return measurement.run(data);
		}
		finally {
			delete(data);
		}
	}

	private static void delete(Path directory) throws IOException {
		List<Path> deepestFirst;
		try (Stream<Path> files = Files.walk(directory)) {
			deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
		}
		for (Path file : deepestFirst) {
			Files.delete(file);
		}
	}

	/**
	 * Measures with a directory of its own.
	 */
	@FunctionalInterface
	private interface Measurement {

		String run(Path data) throws Exception;

	}

}
