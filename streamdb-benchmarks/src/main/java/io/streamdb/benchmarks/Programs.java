package io.streamdb.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Starts measurements in fresh processes: our own in this JVM's class path, the
 * reference's in the {@code conformance} directory.
 */
final class Programs {

	private final Path conformance;

	Programs(Path conformance) {
		this.conformance = conformance;
	}

	Process node(Map<String, String> environment, String script, String... arguments) throws IOException {
		List<String> command = new ArrayList<>(List.of("node", script));
		command.addAll(Arrays.asList(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).directory(this.conformance.toFile())
			.redirectError(ProcessBuilder.Redirect.INHERIT);
		builder.environment().putAll(environment);
		builder.environment().put("NODE_ENV", "production");
		return builder.start();
	}

	Process java(Class<?> program, String... arguments) throws IOException {
		return java(List.of(), program, arguments);
	}

	Process java(List<String> options, Class<?> program, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(options);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
		command.addAll(Arrays.asList(arguments));
		return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	static String firstLine(Process process) throws IOException {
		String line = process.inputReader(StandardCharsets.UTF_8).readLine();
		if (line == null) {
			throw new IllegalStateException("The process " + process.info() + " ended at once");
		}
		return line;
	}

	/**
	 * Waits for the end of a process.
	 * @return what it printed
	 */
	static String finish(Process process) throws IOException, InterruptedException {
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

	static void stop(Process process) throws InterruptedException {
		process.destroy();
		if (!process.waitFor(10, TimeUnit.SECONDS)) {
			process.destroyForcibly();
		}
	}

}
