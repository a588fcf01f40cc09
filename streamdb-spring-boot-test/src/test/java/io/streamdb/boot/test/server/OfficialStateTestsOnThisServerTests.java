package io.streamdb.boot.test.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.streamdb.testsupport.NodeTools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tests of the reference's state package with this server beneath them in place of
 * the reference's. They are not on the npm registry, so that this runs only where a
 * checkout of them is; {@code conformance/README.md} says how to get one.
 */
@EnabledIfSystemProperty(named = OfficialStateTestsOnThisServerTests.PACKAGE, matches = ".+",
		disabledReason = "Set streamdb.state-package to the package's directory; see conformance/README.md")
class OfficialStateTestsOnThisServerTests {

	static final String PACKAGE = "streamdb.state-package";

	/** Of version 0.3.1. */
	private static final int TESTS = 67;

	/** Wants the server to add {@code headers.offset}, which is an option of this one. */
	private static final String WANTS_OFFSETS = "Stream Integration should expose per-message offsets on state change "
			+ "headers";

	@Test
	void onlyTheOneThatWantsOffsetsFails() {
		assertThat(failed(TestStreamServer.builder())).containsExactly(WANTS_OFFSETS);
	}

	@Test
	void noneFailsWithOffsets() {
		assertThat(failed(TestStreamServer.builder().server((builder) -> builder.offsetHeaders(true)))).isEmpty();
	}

	@Test
	void noneFailsWithOffsetsOnFiles(@TempDir Path directory) {
		assertThat(failed(
				TestStreamServer.builder().server((builder) -> builder.directory(directory).offsetHeaders(true))))
			.isEmpty();
	}

	private static Set<String> failed(TestStreamServer.Builder builder) {
		Map<String, String> results = new TreeMap<>();
		try (TestStreamServer server = builder.start()) {
			String report = NodeTools.run(Duration.ofMinutes(5), "state-suite.mjs", System.getProperty(PACKAGE),
					server.baseUrl().toString());
			for (JsonNode file : JsonMapper.shared().readTree(report).path("testResults")) {
				for (JsonNode test : file.path("assertionResults")) {
					assertThat(results.put(test.path("fullName").asString(), test.path("status").asString())).isNull();
				}
			}
		}
		assertThat(results).hasSize(TESTS);
		return results.entrySet()
			.stream()
			.filter((result) -> !result.getValue().equals("passed"))
			.map(Map.Entry::getKey)
			.collect(Collectors.toSet());
	}

}
