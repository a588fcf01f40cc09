package io.streamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/**
 * Writes the bytes that {@link ServerBenchmark} appends to one file, and forces them: as
 * many appends at once as there are writers, since more cannot wait together. No server
 * that keeps its promise is faster than that on this disk.
 */
final class RawDisk {

	private final PrintStream out;

	private final Path directory;

	private final long measuredNanos;

	private RawDisk(PrintStream out, Path directory, Duration measured) {
		this.out = out;
		this.directory = directory;
		this.measuredNanos = measured.toNanos();
	}

	/**
	 * Measures.
	 * @param args a directory, and for how many seconds each rate is measured
	 */
	public static void main(String[] args) throws IOException {
		RawDisk disk = new RawDisk(System.out, Path.of(args[0]), Duration.ofSeconds(Long.parseLong(args[1])));
		List<String> appends = ServerBenchmark.bodies(ServerBenchmark.WRITERS[ServerBenchmark.WRITERS.length - 1], 1);
		for (int writers : ServerBenchmark.WRITERS) {
			disk.print("append.writers_" + writers, disk.forces(appends.subList(0, writers)) * writers, "appends/s");
		}
		disk.print("batch.messages_per_s",
				disk.forces(ServerBenchmark.bodies(1, ServerBenchmark.BATCH)) * ServerBenchmark.BATCH, "messages/s");
	}

	private double forces(List<String> appends) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(String.join("", appends).getBytes(StandardCharsets.UTF_8));
		ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
		try (FileChannel file = FileChannel.open(this.directory.resolve("raw"), StandardOpenOption.CREATE_NEW,
				StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
			int forces = 0;
			long begin = System.nanoTime();
			while (System.nanoTime() - begin < this.measuredNanos) {
				ByteBuffer rest = direct.duplicate();
				while (rest.hasRemaining()) {
					file.write(rest);
				}
				file.force(false);
				forces++;
			}
			return forces / ((System.nanoTime() - begin) / 1e9);
		}
	}

	private void print(String metric, double value, String unit) {
		this.out.println(new Figure(metric, value, unit).toLine());
	}

}
