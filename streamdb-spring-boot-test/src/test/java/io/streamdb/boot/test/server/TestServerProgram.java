package io.streamdb.boot.test.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Runs a {@link TestStreamServer} by itself until its input ends, for suites that are not
 * in Java. Its output is the URL and nothing else. The profile {@code serve} starts it.
 */
public final class TestServerProgram {

	private TestServerProgram() {
	}

	/**
	 * Runs the server.
	 * @param arguments {@code --port=}, {@code --directory=}, {@code --long-poll=} in
	 * milliseconds, {@code --offset-headers}; all optional
	 * @throws IOException when its input cannot be read
	 */
	public static void main(String[] arguments) throws IOException {
		TestStreamServer.Builder builder = TestStreamServer.builder();
		for (String argument : arguments) {
			configure(builder, argument);
		}
		try (TestStreamServer server = builder.start()) {
			System.out.println(server.baseUrl());
			System.in.transferTo(OutputStream.nullOutputStream());
		}
	}

	private static void configure(TestStreamServer.Builder builder, String argument) {
		String value = argument.substring(argument.indexOf('=') + 1);
		switch (argument.replaceFirst("=.*", "")) {
			case "--port" -> builder.port(Integer.parseInt(value));
			case "--directory" -> builder.server((server) -> server.directory(Path.of(value)));
			case "--long-poll" ->
				builder.server((server) -> server.longPollTimeout(Duration.ofMillis(Long.parseLong(value))));
			case "--offset-headers" -> builder.server((server) -> server.offsetHeaders(true));
			default -> throw new IllegalArgumentException("No such option: " + argument);
		}
	}

}
