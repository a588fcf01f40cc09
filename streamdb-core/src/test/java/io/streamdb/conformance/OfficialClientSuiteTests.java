package io.streamdb.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import io.streamdb.Spec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The official client conformance suite against this client, over the JDK transport. The
 * suite is not on the npm registry, so that this runs only where a checkout of it is;
 * {@code conformance/README.md} says how to get one. {@code ClientBehaviourTests} holds
 * the same behaviours without it.
 */
@Spec("P8.1")
@EnabledIfSystemProperty(named = OfficialClientSuiteTests.SUITE, matches = ".+",
		disabledReason = "Set streamdb.client-suite to the suite's directory; see conformance/README.md")
class OfficialClientSuiteTests {

	static final String SUITE = "streamdb.client-suite";

	private static final Duration TIMEOUT = Duration.ofMinutes(10);

	/** Of version 0.2.11. */
	private static final int TESTS = 269;

	/** Those that the suite itself skips for every client. */
	private static final int SKIPPED = 2;

	@Test
	void failsNothingAndDeclaresEverything() throws Exception {
		Path suite = Path.of(System.getProperty(SUITE));
		Path adapter = adapter();
		Path log = Path.of("target", "client-suite.log");
		Process process = new ProcessBuilder("npx", "tsx", "src/cli.ts", "--run", adapter.toAbsolutePath().toString())
			.directory(suite.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).as("the suite has ended").isTrue();
		String report = Files.readString(log);
		assertThat(figure(report, "Failed")).as(report).isZero();
		assertThat(figure(report, "Total")).isEqualTo(TESTS);
		assertThat(figure(report, "Skipped")).isEqualTo(SKIPPED);
		assertThat(report).doesNotContain("missing features");
	}

	/**
	 * Writes a script that starts the adapter on the class path of this test.
	 */
	private static Path adapter() throws IOException {
		Path script = Path.of("target", "client-adapter.sh");
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Files.write(script, List.of("#!/bin/sh", "exec '" + java + "' -cp '" + System.getProperty("java.class.path")
				+ "' " + ConformanceAdapter.class.getName()));
		Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
		return script;
	}

	private static int figure(String report, String name) {
		Matcher matcher = Pattern.compile("^" + name + ": (\\d+)", Pattern.MULTILINE).matcher(report);
		assertThat(matcher.find()).as(report).isTrue();
		return Integer.parseInt(matcher.group(1));
	}

}
