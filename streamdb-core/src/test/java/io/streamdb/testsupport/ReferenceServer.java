package io.streamdb.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * The reference server in a process of its own, on a free port of 127.0.0.1. It can be
 * killed and started again on the same port. It also ends when the JVM of the test does.
 */
public final class ReferenceServer implements AutoCloseable {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final @Nullable Path dataDirectory;

	private final Path log;

	private final URI baseUrl;

	private @Nullable Process process;

	private ReferenceServer(@Nullable Path dataDirectory) {
		this.dataDirectory = dataDirectory;
		try {
			this.log = Files.createTempFile("reference-server", ".log");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.baseUrl = launch(0);
	}

	/**
	 * Starts a server that keeps its streams in memory.
	 * @return the running server
	 */
	public static ReferenceServer start() {
		return new ReferenceServer(null);
	}

	/**
	 * Starts a server that keeps its streams in files.
	 * @param dataDirectory where
	 * @return the running server
	 */
	public static ReferenceServer start(Path dataDirectory) {
		return new ReferenceServer(dataDirectory);
	}

	/**
	 * Returns the server's URL.
	 * @return the URL, without a path
	 */
	public URI baseUrl() {
		return this.baseUrl;
	}

	/**
	 * Returns the URL of a stream, which need not exist.
	 * @param stream the stream's name
	 * @return the URL
	 */
	public URI url(String stream) {
		return this.baseUrl.resolve("/v1/stream/" + stream);
	}

	/**
	 * Lets the server end what it is doing and stop.
	 */
	public void stop() {
		end(false);
	}

	/**
	 * Kills the server as {@code kill -9} does.
	 */
	public void kill() {
		end(true);
	}

	/**
	 * Starts the server again, on the same port.
	 */
	public void restart() {
		stop();
		launch(this.baseUrl.getPort());
	}

	@Override
	public void close() {
		stop();
		try {
			Files.delete(this.log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private URI launch(int port) {
		List<String> arguments = new ArrayList<>(List.of(Integer.toString(port)));
		if (this.dataDirectory != null) {
			arguments.add(this.dataDirectory.toString());
		}
		arguments.add("--until-stdin-closes");
		try {
			Process started = new ProcessBuilder(NodeTools.command("server.mjs", arguments.toArray(String[]::new)))
				.redirectError(ProcessBuilder.Redirect.appendTo(this.log.toFile()))
				.start();
			this.process = started;
			String line = started.inputReader().readLine();
			if (line == null || !line.startsWith("http://")) {
				started.destroyForcibly();
				throw new IllegalStateException(
						"The reference server did not start: " + line + " " + Files.readString(this.log));
			}
			return URI.create(line);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void end(boolean forcibly) {
		Process running = this.process;
		this.process = null;
		if (running == null) {
			return;
		}
		if (forcibly) {
			running.destroyForcibly();
		}
		else {
			running.destroy();
		}
		try {
			if (!running.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
				running.destroyForcibly().waitFor();
			}
		}
		catch (InterruptedException ex) {
			running.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

}
