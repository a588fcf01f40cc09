package io.streamdb.boot.test.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.streamdb.testsupport.NodeTools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The official client suite with this server beneath it in place of the reference's. It
 * is not on the npm registry, so that this runs only where a checkout of it is;
 * {@code conformance/README.md} says how to get one. {@code FaultEndpointTests} holds the
 * faults that it uses without it.
 */
@EnabledIfSystemProperty(named = OfficialClientSuiteOnThisServerTests.SUITE, matches = ".+",
		disabledReason = "Set streamdb.client-suite to the suite's directory; see conformance/README.md")
class OfficialClientSuiteOnThisServerTests {

	static final String SUITE = "streamdb.client-suite";

	private static final Duration TIMEOUT = Duration.ofMinutes(10);

	/** The suite's own server has it, and some cases wait for the end of a poll. */
	private static final Duration LONG_POLL_TIMEOUT = Duration.ofMillis(500);

	/** Of version 0.2.11. */
	private static final int TESTS = 269;

	/** Those that the suite itself skips for every client. */
	private static final int SKIPPED = 2;

	/** The reference's client has not all of the features that the suite asks for. */
	private static final int SKIPPED_FOR_THE_REFERENCE = 10;

	/**
	 * The case appends two spaces and text, and wants one space and text from the live
	 * read: the reference writes lines as they are behind "data:", where one space is
	 * taken away. This server gives back what was appended.
	 */
	private static final Set<String> LOSES_A_SPACE = Set.of("consumer-sse/sse-strips-single-leading-space");

	@Test
	void failsNothingInMemory() throws Exception {
		String report = run(TestStreamServer.builder(), "memory", adapter());
		assertThat(figure(report, "Skipped")).isEqualTo(SKIPPED);
		assertThat(report).doesNotContain("missing features");
	}

	@Test
	void failsNothingOnFiles(@TempDir Path directory) throws Exception {
		String report = run(TestStreamServer.builder().server((builder) -> builder.directory(directory)), "files",
				adapter());
		assertThat(figure(report, "Skipped")).isEqualTo(SKIPPED);
		assertThat(report).doesNotContain("missing features");
	}

	@Test
	void failsNothingForTheClientOfTheReference() throws Exception {
		String report = run(TestStreamServer.builder(), "reference-client", "ts");
		assertThat(figure(report, "Skipped")).isEqualTo(SKIPPED_FOR_THE_REFERENCE);
	}

	private static String run(TestStreamServer.Builder builder, String name, String adapter) throws Exception {
		Path log = Path.of("target", "client-suite-" + name + ".log");
		builder.server((server) -> server.longPollTimeout(LONG_POLL_TIMEOUT));
		try (TestStreamServer server = builder.start()) {
			Process process = new ProcessBuilder(NodeTools.command("client-suite.mjs", System.getProperty(SUITE),
					adapter, server.baseUrl().toString()))
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			try {
				assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).as("the suite has ended").isTrue();
			}
			finally {
				process.destroyForcibly();
			}
		}
		String report = Files.readString(log);
		assertThat(failed(report)).as(report).isEqualTo(LOSES_A_SPACE);
		assertThat(figure(report, "Failed")).isEqualTo(LOSES_A_SPACE.size());
		assertThat(figure(report, "Total")).isEqualTo(TESTS);
		return report;
	}

	/**
	 * Writes a script that starts the adapter on the class path of this test.
	 */
	private static String adapter() throws IOException {
		Path script = Path.of("target", "client-adapter.sh").toAbsolutePath();
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Files.write(script, List.of("#!/bin/sh", "exec '" + java + "' -cp '" + System.getProperty("java.class.path")
				+ "' io.streamdb.conformance.ConformanceAdapter"));
		Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
		return script.toString();
	}

	private static Set<String> failed(String report) {
		return Pattern.compile("^  - ([^:]+): ", Pattern.MULTILINE)
			.matcher(report)
			.results()
			.map((MatchResult result) -> result.group(1))
			.collect(Collectors.toSet());
	}

	private static int figure(String report, String name) {
		Matcher matcher = Pattern.compile("^" + name + ": (\\d+)", Pattern.MULTILINE).matcher(report);
		assertThat(matcher.find()).as(report).isTrue();
		return Integer.parseInt(matcher.group(1));
	}

}
