package io.streamdb.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A server in a process of its own, which tells what it takes on request.
 */
final class IdleReadersServer {

	private static final Duration LONG = Duration.ofMinutes(10);

	/** By which a client is missed that has gone without a word. */
	private static final Duration HEARTBEAT = Duration.ofSeconds(5);

	private IdleReadersServer() {
	}

	public static void main(String[] arguments) throws Exception {
		DurableStreamServer server = DurableStreamServer.builder()
			.longPollTimeout(LONG)
			.sseDuration(LONG)
			.heartbeat(HEARTBEAT)
			.limits(ServerLimits.defaults().withMaxReaders(Integer.parseInt(arguments[0])))
			.build();
		StreamClient.inProcess(server).put("main", "application/json", "");
		try (TomcatServer tomcat = TomcatServer.withSmallBuffers(server, "/streams", 20)) {
			tell("port", tomcat.port());
			answer(server, tomcat);
		}
	}

	private static void answer(DurableStreamServer server, TomcatServer tomcat) throws IOException {
		BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String question = questions.readLine(); question != null; question = questions.readLine()) {
			switch (question) {
				case "reads" -> tell(question, server.metrics().liveReads());
				case "connections" -> tell(question, tomcat.connections());
				case "threads" -> tell(question, Thread.getAllStackTraces().size());
				case "memory" -> tell(question, usedMemory());
				default -> throw new IllegalArgumentException(question);
			}
		}
	}

	private static long usedMemory() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

	/** To the test that has started this process, and reads nothing else. */
	private static void tell(String what, long value) {
		System.out.println(what + "=" + value);
	}

}
