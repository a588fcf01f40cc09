package io.streamdb.testsupport;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@EnabledWithNode
class ReferenceServerTests {

	private final HttpClient http = HttpClient.newHttpClient();

	@Test
	void oracleSaysWhatTheServerHolds() throws Exception {
		try (ReferenceServer server = ReferenceServer.start()) {
			URI url = server.url("a");
			send(url, "PUT", "");
			send(url, "POST", """
					[{"type":"task","key":"1","value":{"title":"Write"},"headers":{"operation":"insert"}}]""");
			assertThat(NodeTools.run(Duration.ofSeconds(30), "oracle.mjs", url.toString(), "task:id", "--write-keys"))
				.isEqualToIgnoringNewLines("""
						{"task":{"1":{"title":"Write","id":"1"}}}""");
		}
	}

	@Test
	void comesBackOnTheSamePortAfterAKill(@TempDir Path directory) throws Exception {
		try (ReferenceServer server = ReferenceServer.start(directory)) {
			URI url = server.url("a");
			send(url, "PUT", "");
			server.kill();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> send(url, "HEAD", ""));
			server.restart();
			assertThat(server.url("a")).isEqualTo(url);
			send(url, "HEAD", "");
		}
	}

	@Test
	void failingScriptSaysWhy() {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> NodeTools.run(Duration.ofSeconds(30), "oracle.mjs"))
			.withMessageContaining("usage");
	}

	private void send(URI url, String method, String body) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(url)
			.method(method, HttpRequest.BodyPublishers.ofString(body))
			.header("content-type", "application/json")
			.build();
		assertThat(this.http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()).isBetween(200, 204);
	}

}
