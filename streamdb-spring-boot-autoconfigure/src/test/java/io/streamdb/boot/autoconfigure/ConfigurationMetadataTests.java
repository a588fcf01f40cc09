package io.streamdb.boot.autoconfigure;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the metadata that IDEs show of the properties.
 */
class ConfigurationMetadataTests {

	private static final Set<String> SENTENCE_STARTS_TO_AVOID = Set.of("The ", "A ", "An ");

	private final Map<String, JsonNode> properties = read();

	@Test
	void holdsEveryProperty() {
		assertThat(this.properties).containsOnlyKeys("management.endpoint.streamdb.access",
				"management.endpoint.streamdb.cache.time-to-live", "management.health.streamdb.enabled",
				"management.health.streamdb-server.enabled", "streamdb.create-if-missing", "streamdb.headers",
				"streamdb.health.max-lag", "streamdb.invalid-events", "streamdb.live", "streamdb.repositories.enabled",
				"streamdb.server.allowed-origins", "streamdb.server.directory", "streamdb.server.limits.body-size",
				"streamdb.server.limits.chunk-size", "streamdb.server.limits.disk", "streamdb.server.limits.memory",
				"streamdb.server.limits.pending-bodies", "streamdb.server.limits.readers",
				"streamdb.server.limits.requests", "streamdb.server.limits.streams", "streamdb.server.offset-headers",
				"streamdb.server.path", "streamdb.server.subscriptions.enabled",
				"streamdb.server.subscriptions.key-rotation", "streamdb.server.subscriptions.local-webhooks",
				"streamdb.server.subscriptions.max-links", "streamdb.server.subscriptions.max-subscriptions",
				"streamdb.server.subscriptions.url", "streamdb.shutdown-timeout", "streamdb.snapshot-mode",
				"streamdb.startup.mode", "streamdb.startup.timeout", "streamdb.stream", "streamdb.transaction-timeout",
				"streamdb.txid-timeout", "streamdb.update-mode", "streamdb.url");
	}

	@Test
	void everyPropertyIsDescribedInBootsStyle() {
		this.properties.forEach((name, property) -> {
			String description = property.path("description").asString("");
			assertThat(description).as(name).isNotEmpty().endsWith(".");
			assertThat(SENTENCE_STARTS_TO_AVOID).as(name).noneMatch(description::startsWith);
			if (property.path("type").asString().equals("java.lang.Boolean")) {
				assertThat(description).as(name).startsWith("Whether ");
			}
		});
	}

	@Test
	void defaultsAreThere() {
		assertThat(defaultValue("streamdb.stream")).isEqualTo("main");
		assertThat(defaultValue("streamdb.startup.mode")).isEqualTo("wait");
		assertThat(defaultValue("management.endpoint.streamdb.access")).isEqualTo("read_only");
		assertThat(defaultValue("streamdb.update-mode")).isEqualTo("replace");
		assertThat(defaultValue("streamdb.snapshot-mode")).isEqualTo("hint");
		assertThat(defaultValue("streamdb.health.max-lag")).isEqualTo("30s");
		assertThat(defaultValue("streamdb.server.path")).isEqualTo("/streams");
	}

	private String defaultValue(String name) {
		return this.properties.get(name).path("defaultValue").asString();
	}

	private static Map<String, JsonNode> read() {
		Map<String, JsonNode> byName = new TreeMap<>();
		JsonMapper.builder()
			.build()
			.readTree(metadata())
			.path("properties")
			.forEach((property) -> byName.put(property.path("name").asString(), property));
		return byName;
	}

	/** Boot's jars have a file of the same name: ours is beside the class. */
	private static File metadata() {
		URL classes = StreamDbProperties.class.getProtectionDomain().getCodeSource().getLocation();
		try {
			return Path.of(classes.toURI()).resolve("META-INF/spring-configuration-metadata.json").toFile();
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
