package io.streamdb.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.server.subscription.SubscriptionSettings;
import io.streamdb.testsupport.EnabledWithNode;
import io.streamdb.testsupport.NodeTools;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The official conformance suite of the npm registry against this server behind Tomcat.
 */
@EnabledWithNode
class OfficialServerSuiteTests {

	/** The suite waits for the end of some polls, and in others for an append. */
	private static final Duration LONG_POLL_TIMEOUT = Duration.ofSeconds(2);

	/** Of version 0.3.6. */
	private static final int TESTS = 338;

	@Test
	@Spec("S1.4")
	void failsNothingInMemory() throws Exception {
		failsNothing(DurableStreamServer.builder());
	}

	@Test
	@Spec("S1.5")
	void failsNothingOnFiles(@TempDir Path directory) throws Exception {
		failsNothing(DurableStreamServer.builder().directory(directory));
	}

	private static void failsNothing(DurableStreamServerBuilder builder) throws Exception {
		Map<String, String> results = run(builder);
		assertThat(withStatus(results, "failed")).isEmpty();
		assertThat(withStatus(results, "passed")).hasSize(TESTS);
		assertThat(results).hasSize(TESTS);
	}

	private static Set<String> withStatus(Map<String, String> results, String status) {
		return results.entrySet()
			.stream()
			.filter((result) -> result.getValue().equals(status))
			.map(Map.Entry::getKey)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Map<String, String> run(DurableStreamServerBuilder builder) throws Exception {
		DurableStreamServer server = builder.longPollTimeout(LONG_POLL_TIMEOUT)
			.subscriptions(SubscriptionSettings.defaults().withLocalWebhooks(true))
			.build();
		try (TomcatServer tomcat = TomcatServer.withEncodedSlashes(server, "/v1/stream")) {
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

}
