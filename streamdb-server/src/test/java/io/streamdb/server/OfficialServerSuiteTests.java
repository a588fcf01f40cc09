package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.NodeTools;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The official conformance suite of the npm registry against this server behind Tomcat.
 * What it is known to fail is written in {@code official-suite-failures.txt}: only tests
 * of what this server does not have yet.
 */
@EnabledWithNode
class OfficialServerSuiteTests {

	/** The suite waits for the end of some polls, and in others for an append. */
	private static final Duration LONG_POLL_TIMEOUT = Duration.ofSeconds(2);

	/** Of version 0.3.6, without those of subscriptions. */
	private static final int TESTS = 332;

	private static final int SUBSCRIPTION_TESTS = 6;

	@Test
	void failsNothingButWhatIsKnownToBeMissing() throws Exception {
		Map<String, String> results = run();
		Set<String> skipped = withStatus(results, "skipped");
		assertThat(skipped).hasSize(SUBSCRIPTION_TESTS)
			.allMatch((name) -> name.startsWith("Reserved subscription APIs"));
		assertThat(results).hasSize(TESTS + SUBSCRIPTION_TESTS);
		assertThat(withStatus(results, "failed")).isEqualTo(knownFailures());
		assertThat(withStatus(results, "passed")).hasSize(TESTS - knownFailures().size());
	}

	@Test
	void knownFailuresAreOfExpiryForksAndCrossOriginRequestsOnly() {
		assertThat(knownFailures()).allMatch((name) -> name.matches("Fork - .*|TTL .*|.* TTL metadata .*|.*CORS.*"));
	}

	private static Set<String> withStatus(Map<String, String> results, String status) {
		return results.entrySet()
			.stream()
			.filter((result) -> result.getValue().equals(status))
			.map(Map.Entry::getKey)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Map<String, String> run() throws Exception {
		DurableStreamServer server = DurableStreamServer.builder().longPollTimeout(LONG_POLL_TIMEOUT).build();
		try (TomcatServer tomcat = new TomcatServer(server, "/v1/stream")) {
			String report = NodeTools.run(Duration.ofMinutes(5), "server-suite.mjs",
					"http://127.0.0.1:" + tomcat.port());
			Map<String, String> results = new TreeMap<>();
			for (JsonNode file : JsonMapper.shared().readTree(report).path("testResults")) {
				for (JsonNode test : file.path("assertionResults")) {
					assertThat(results.put(test.path("fullName").asString(), test.path("status").asString())).isNull();
				}
			}
			return results;
		}
	}

	private static Set<String> knownFailures() {
		try (InputStream list = OfficialServerSuiteTests.class.getResourceAsStream("official-suite-failures.txt")) {
			return new String(list.readAllBytes(), StandardCharsets.UTF_8).lines()
				.filter((line) -> !line.isBlank() && !line.startsWith("#"))
				.collect(Collectors.toCollection(TreeSet::new));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
