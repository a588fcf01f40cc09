package io.streamdb.testsupport;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the scripts of the {@code conformance} directory.
 */
public final class NodeTools {

	private static final int OLDEST_NODE = 20;

	private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(30);

	private static final Optional<Path> DIRECTORY = findDirectory();

	private static final Optional<String> MISSING = findMissing();

	private NodeTools() {
	}

	/**
	 * Returns what has to be installed before scripts can run.
	 * @return what is missing and how to get it; empty when nothing is
	 */
	public static Optional<String> missing() {
		return MISSING;
	}

	/**
	 * Returns the {@code conformance} directory of the repository around the working
	 * directory.
	 * @return the directory
	 * @throws IllegalStateException when the working directory is not in the repository
	 */
	public static Path directory() {
		return DIRECTORY
			.orElseThrow(() -> new IllegalStateException("No conformance directory above " + workingDirectory()));
	}

	/**
	 * Returns the command that runs a script.
	 * @param script the script's path in the {@code conformance} directory
	 * @param arguments the arguments
	 * @return the command
	 */
	public static List<String> command(String script, String... arguments) {
		List<String> command = new ArrayList<>(List.of("node", directory().resolve(script).toString()));
		command.addAll(List.of(arguments));
		return command;
	}

	/**
	 * Runs a script to its end.
	 * @param timeout how long it may take
	 * @param script the script's path in the {@code conformance} directory
	 * @param arguments the arguments
	 * @return what it printed on its standard output
	 * @throws IllegalStateException with what it printed on its standard error, when it
	 * fails or takes longer
	 */
	public static String run(Duration timeout, String script, String... arguments) {
		return runWithInput("", timeout, script, arguments);
	}

	/**
	 * Runs a script to its end.
	 * @param input its standard input
	 * @param timeout how long it may take
	 * @param script the script's path in the {@code conformance} directory
	 * @param arguments the arguments
	 * @return what it printed on its standard output
	 * @throws IllegalStateException with what it printed on its standard error, when it
	 * fails or takes longer
	 */
	public static String runWithInput(String input, Duration timeout, String script, String... arguments) {
		return run(command(script, arguments), input, timeout);
	}

	private static String run(List<String> command, String input, Duration timeout) {
		try {
			Path directory = Files.createTempDirectory("node-tools");
			try {
				return run(command, input, timeout, directory);
			}
			finally {
				try (var files = Files.list(directory)) {
					files.map(Path::toFile).forEach(File::delete);
				}
				Files.delete(directory);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Files stand in for pipes, so that neither side can block the other.
	 */
	private static String run(List<String> command, String input, Duration timeout, Path directory) throws IOException {
		Path in = Files.writeString(directory.resolve("in"), input);
		Path out = directory.resolve("out");
		Path err = directory.resolve("err");
		Process process = new ProcessBuilder(command).redirectInput(in.toFile())
			.redirectOutput(out.toFile())
			.redirectError(err.toFile())
			.start();
		boolean ended = false;
		try {
			ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			process.destroyForcibly();
		}
		if (!ended) {
			throw new IllegalStateException("%s did not end within %s: %s".formatted(command, timeout, read(err)));
		}
		if (process.exitValue() != 0) {
			throw new IllegalStateException("%s ended with %d: %s".formatted(command, process.exitValue(), read(err)));
		}
		return read(out);
	}

	private static String read(Path file) throws IOException {
		return Files.readString(file, StandardCharsets.UTF_8);
	}

	private static Path workingDirectory() {
		return Path.of("").toAbsolutePath();
	}

	private static Optional<Path> findDirectory() {
		for (Path path = workingDirectory(); path != null; path = path.getParent()) {
			Path candidate = path.resolve("conformance");
			if (Files.isRegularFile(candidate.resolve("package.json"))) {
				return Optional.of(candidate);
			}
		}
		return Optional.empty();
	}

	private static Optional<String> findMissing() {
		if (DIRECTORY.isEmpty()) {
			return Optional.of("the conformance directory is not above " + workingDirectory());
		}
		String version;
		try {
			version = run(List.of("node", "--version"), "", PROBE_TIMEOUT).strip();
		}
		catch (UncheckedIOException | IllegalStateException ex) {
			return Optional.of("Node.js is not on the PATH; install version " + OLDEST_NODE + " or newer");
		}
		if (Integer.parseInt(version.replaceFirst("^v(\\d+).*$", "$1")) < OLDEST_NODE) {
			return Optional.of("Node.js is %s; install version %d or newer".formatted(version, OLDEST_NODE));
		}
		if (!Files.isDirectory(directory().resolve("node_modules/@durable-streams"))) {
			return Optional.of("conformance/node_modules is not there; run 'npm install' in conformance");
		}
		return Optional.empty();
	}

}
