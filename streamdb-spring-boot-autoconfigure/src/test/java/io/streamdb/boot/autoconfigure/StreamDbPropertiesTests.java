package io.streamdb.boot.autoconfigure;

import java.time.Duration;
import java.util.Map;

import io.streamdb.InvalidEventPolicy;
import io.streamdb.SnapshotMode;
import io.streamdb.UpdateMode;
import io.streamdb.client.LiveMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link StreamDbProperties}.
 */
class StreamDbPropertiesTests {

	@Test
	void defaults() {
		StreamDbProperties properties = bind(Map.of());
		assertThat(properties.url()).isNull();
		assertThat(properties.stream()).isEqualTo("main");
		assertThat(properties.live()).isEqualTo(LiveMode.AUTO);
		assertThat(properties.headers()).isEmpty();
		assertThat(properties.createIfMissing()).isFalse();
		assertThat(properties.transactionTimeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(properties.txidTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(properties.shutdownTimeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.invalidEvents()).isEqualTo(InvalidEventPolicy.QUARANTINE);
		assertThat(properties.updateMode()).isEqualTo(UpdateMode.REPLACE);
		assertThat(properties.snapshotMode()).isEqualTo(SnapshotMode.HINT);
		assertThat(properties.startup().mode()).isEqualTo(StartupMode.WAIT);
		assertThat(properties.startup().timeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(properties.health().maxLag()).isEqualTo(Duration.ofSeconds(30));
		assertThat(properties.server().path()).isEqualTo("/streams");
	}

	@Test
	void everyPropertyBinds() {
		StreamDbProperties properties = bind(Map.ofEntries(Map.entry("streamdb.url", "https://example.com/board"),
				Map.entry("streamdb.stream", "board"), Map.entry("streamdb.live", "long-poll"),
				Map.entry("streamdb.headers.Authorization", "Bearer x"),
				Map.entry("streamdb.create-if-missing", "true"), Map.entry("streamdb.transaction-timeout", "3s"),
				Map.entry("streamdb.txid-timeout", "1s"), Map.entry("streamdb.shutdown-timeout", "0s"),
				Map.entry("streamdb.invalid-events", "fail"), Map.entry("streamdb.update-mode", "merge"),
				Map.entry("streamdb.snapshot-mode", "replace"), Map.entry("streamdb.startup.mode", "background"),
				Map.entry("streamdb.startup.timeout", "9s"), Map.entry("streamdb.health.max-lag", "1m"),
				Map.entry("streamdb.server.path", "/v1/stream")));
		assertThat(properties.url()).isEqualTo("https://example.com/board");
		assertThat(properties.stream()).isEqualTo("board");
		assertThat(properties.live()).isEqualTo(LiveMode.LONG_POLL);
		assertThat(properties.headers()).containsExactly(Map.entry("Authorization", "Bearer x"));
		assertThat(properties.createIfMissing()).isTrue();
		assertThat(properties.transactionTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(properties.txidTimeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(properties.shutdownTimeout()).isZero();
		assertThat(properties.invalidEvents()).isEqualTo(InvalidEventPolicy.FAIL);
		assertThat(properties.updateMode()).isEqualTo(UpdateMode.MERGE);
		assertThat(properties.snapshotMode()).isEqualTo(SnapshotMode.REPLACE);
		assertThat(properties.startup().mode()).isEqualTo(StartupMode.BACKGROUND);
		assertThat(properties.startup().timeout()).isEqualTo(Duration.ofSeconds(9));
		assertThat(properties.health().maxLag()).isEqualTo(Duration.ofMinutes(1));
		assertThat(properties.server().path()).isEqualTo("/v1/stream");
	}

	@ParameterizedTest
	@CsvSource({ "streamdb.transaction-timeout, 0s", "streamdb.txid-timeout, -1s", "streamdb.shutdown-timeout, -1s",
			"streamdb.startup.timeout, 0s", "streamdb.health.max-lag, -5s", "streamdb.server.path, streams",
			"streamdb.server.path, /streams/", "streamdb.server.path, /", "streamdb.server.path, /streams/*",
			"streamdb.server.path, ''", "streamdb.server.limits.body-size, 0B", "streamdb.server.limits.body-size, 2GB",
			"streamdb.server.limits.chunk-size, -1B", "streamdb.server.limits.streams, 0",
			"streamdb.server.limits.readers, 0", "streamdb.server.limits.requests, -1",
			"streamdb.server.limits.memory, 0B", "streamdb.server.limits.disk, 0B",
			"streamdb.server.limits.pending-bodies, 31MB" })
	void impossibleValueIsRefusedWithTheNameOfItsProperty(String name, String value) {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> bind(Map.of(name, value)))
			.withRootCauseInstanceOf(InvalidConfigurationPropertyValueException.class)
			.havingRootCause()
			.withMessageContaining(name);
	}

	@ParameterizedTest
	@CsvSource({ "board, must begin with http", "ftp://example.com/board, must begin with http",
			"http:///board, no host", "http://example.com, no path", "http://example.com/, no path",
			"'http://exa mple.com/board', not a URL" })
	void textThatIsNoUrlOfAStreamIsRefused(String url, String reason) {
		StreamDbProperties properties = bind(Map.of("streamdb.url", url));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> StreamUrl.of(properties))
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo("streamdb.url");
				assertThat(ex.getReason()).contains(reason).contains("https://streams.example.com/v1/stream/board");
			});
	}

	@Test
	void blankUrlIsNone() {
		assertThatExceptionOfType(NoStreamException.class)
			.isThrownBy(() -> StreamUrl.of(bind(Map.of("streamdb.url", " "))));
	}

	private static StreamDbProperties bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("streamdb",
				StreamDbProperties.class);
	}

}
