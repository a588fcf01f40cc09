package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;

import io.micrometer.core.instrument.MeterRegistry;
import io.streamdb.StreamDb;
import io.streamdb.server.AccessDecision;
import io.streamdb.server.StreamAccess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for an application that is a server of streams and has no database of its own, as
 * the page on the server shows it.
 */
class StandaloneServerIntegrationTests {

	private final HttpClient client = HttpClient.newHttpClient();

	@Test
	void applicationWithoutADatabaseServesItsStreamsAgainAfterARestart(@TempDir Path directory) throws Exception {
		try (ConfigurableApplicationContext context = start(directory)) {
			assertThat(context.getBeansOfType(StreamDb.class)).isEmpty();
			assertThat(send(context, "PUT", "/streams/orders", "").statusCode()).isEqualTo(201);
			assertThat(send(context, "POST", "/streams/orders", "{\"order\":1}").statusCode()).isEqualTo(204);
			assertThat(context.getBean(MeterRegistry.class).get("streamdb.server.streams").gauge().value()).isOne();
		}
		try (ConfigurableApplicationContext context = start(directory)) {
			assertThat(send(context, "GET", "/streams/orders?offset=-1", "").body()).isEqualTo("[{\"order\":1}]");
		}
	}

	@Test
	void itsHealthIsThatOfTheServer(@TempDir Path directory) throws Exception {
		try (ConfigurableApplicationContext context = start(directory)) {
			assertThat(send(context, "GET", "/actuator/health", "").body())
				.contains("\"streamdbServer\":{\"status\":\"UP\"")
				.doesNotContain("\"streamdb\":");
		}
		try (ConfigurableApplicationContext context = start(directory,
				"--management.health.streamdb-server.enabled=false")) {
			assertThat(send(context, "GET", "/actuator/health", "").body()).contains("\"status\":\"UP\"")
				.doesNotContain("streamdbServer");
		}
	}

	@Test
	void itsAccessDecides(@TempDir Path directory) throws Exception {
		try (ConfigurableApplicationContext context = start(directory)) {
			assertThat(send(context, "PUT", "/streams/secret", "").statusCode()).isEqualTo(404);
		}
	}

	private static ConfigurableApplicationContext start(Path directory, String... arguments) {
		String[] all = new String[arguments.length + 3];
		all[0] = "--server.port=0";
		all[1] = "--streamdb.server.directory=" + directory;
		all[2] = "--management.endpoint.health.show-components=always";
		System.arraycopy(arguments, 0, all, 3, arguments.length);
		return new SpringApplicationBuilder(StreamServerApplication.class).run(all);
	}

	private HttpResponse<String> send(ApplicationContext context, String method, String path, String body)
			throws Exception {
		Integer port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
		return this.client.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.header("Content-Type", "application/json")
			.method(method, BodyPublishers.ofString(body))
			.build(), HttpResponse.BodyHandlers.ofString());
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration(exclude = StreamDbAutoConfiguration.class)
	static class StreamServerApplication {

		@Bean
		StreamAccess access() {
			return (operation, stream, request) -> stream.equals("orders") ? AccessDecision.allow()
					: AccessDecision.hide();
		}

	}

}
