package io.streamdb.server.resets;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.TomcatServer;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.ReferenceServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Eight writers in three processes, over real sockets that break at random: nothing that
 * was acknowledged is lost or doubled, and all replicas end equal. Some seconds here;
 * with the profile {@code long-tests}, ten minutes on each server. The figures are
 * written to {@code target/connection-resets.txt}.
 */
class ConnectionResetTests {

	private static final Duration DURATION = Duration
		.parse(System.getProperty("streamdb.connection-resets.duration", "PT4S"));

	private static final long SEED = Long.getLong("streamdb.connection-resets.seed", 20261123);

	@TempDir
	private Path directory;

	@Test
	void nothingAcknowledgedIsLostOrDoubledOnTheEmbeddedServer() throws Exception {
		try (TomcatServer tomcat = new TomcatServer(DurableStreamServer.builder().build(), "/streams")) {
			check(tomcat.url("resets"), "embedded server");
		}
	}

	@Test
	@EnabledWithNode
	void nothingAcknowledgedIsLostOrDoubledOnTheReferenceServer() throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			check(server.url("resets"), "reference server");
		}
	}

	private void check(URI url, String server) throws Exception {
		ConnectionResets.Report report = new ConnectionResets(url, DURATION, SEED, this.directory).run();
		tell(server + ", " + DURATION + ", seed " + SEED + ": " + report);
		assertThat(report.wrong()).as("seed " + SEED + ": " + report).isEmpty();
		assertThat(report.broken()).isPositive();
		assertThat(report.acknowledged()).isPositive();
	}

	/**
	 * Leaves the figures of the run where they can be found.
	 */
	private static void tell(String line) throws IOException {
		Files.writeString(Path.of("target", "connection-resets.txt"), line + "\n", StandardOpenOption.CREATE,
				StandardOpenOption.APPEND);
	}

}
