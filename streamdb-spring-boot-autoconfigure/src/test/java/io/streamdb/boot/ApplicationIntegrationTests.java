package io.streamdb.boot;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.boot.app.Note;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.WholeApplication;
import io.streamdb.boot.app.WholeApplication.Board;
import io.streamdb.client.DurableStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.filter.FormContentFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A whole application, seen from outside.
 */
class ApplicationIntegrationTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final HttpClient client = HttpClient.newHttpClient();

	@Test
	@Spec("M9.11")
	void endpointDescribesTheDatabase() throws Exception {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", """
					{"type":"task","key":"1","value":{"id":"1","title":"wash"},"headers":{"operation":"insert"}}""", """
					{"type":"task","key":"2","value":7,"headers":{"operation":"insert"}}""");
			try (ConfigurableApplicationContext context = run("--streamdb.url=" + server.url("board"))) {
				JsonNode endpoint = get(context, "/actuator/streamdb", 200);
				String offset = context.getBean(StreamDb.class).offset();
				String reason = context.getBean(StreamDb.class).quarantinedEvents().get(0).event().reason();
				String invalidOffset = context.getBean(StreamDb.class).quarantinedEvents().get(0).offset();
				assertThat(endpoint).isEqualTo(JSON.readTree("""
						{"databases":{"main":{
							"url":"%s","status":"LIVE","offset":"%s","lagSeconds":0,
							"collections":{"note":{"type":"note","count":0},"tasks":{"type":"task","count":1}},
							"pending":0,
							"invalid":{"count":1,"last":[{"offset":"%s","type":"task","key":"2","reason":%s}]}}}}
						""".formatted(server.url("board"), offset, invalidOffset, JSON.writeValueAsString(reason))));
			}
		}
	}

	@Test
	@Spec("M9.15")
	void operatorSkipsAnInvalidEventThatTheDatabaseHasFailedOn() throws Exception {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", """
					{"type":"task","key":"1","value":{"title":"wash"},"headers":{"operation":"insert"}}""");
			try (ConfigurableApplicationContext context = run("--streamdb.url=" + server.url("board"),
					"--streamdb.invalid-events=fail", "--management.endpoint.streamdb.access=unrestricted")) {
				assertThat(skip(context, "main").statusCode()).isEqualTo(409);
				server.append("board", """
						[{"type":"task","key":"2","value":7,"headers":{"operation":"insert"}},
						{"type":"task","key":"3","value":{"title":"cook"},"headers":{"operation":"insert"}}]""");
				await().untilAsserted(() -> assertThat(status(context, "/actuator/health/streamdb")).isEqualTo(503));
				JsonNode health = get(context, "/actuator/health/streamdb", 503).path("details");
				assertThat(health.path("reason").asString()).isEqualTo("INVALID_EVENT");
				assertThat(health.path("error").asString()).contains("task '2' as item 1");
				assertThat(context.getBean(StreamDb.class).snapshot().collection(Task.class).count()).isOne();

				HttpResponse<String> skipped = skip(context, "main");
				assertThat(skipped.statusCode()).as(skipped.body()).isEqualTo(200);
				JsonNode event = JSON.readTree(skipped.body());
				assertThat(event.path("type").asString()).isEqualTo("task");
				assertThat(event.path("key").asString()).isEqualTo("2");
				await().untilAsserted(() -> assertThat(status(context, "/actuator/health/streamdb")).isEqualTo(200));
				JsonNode database = get(context, "/actuator/streamdb", 200).path("databases").path("main");
				assertThat(database.path("status").asString()).isEqualTo("LIVE");
				assertThat(database.path("collections").path("tasks").path("count").asInt()).isEqualTo(2);
				assertThat(database.path("invalid").path("last")).containsExactly(event);

				HttpResponse<String> again = skip(context, "main");
				assertThat(again.statusCode()).isEqualTo(409);
				assertThat(JSON.readTree(again.body()).path("error").asString()).contains("nothing to skip");
				assertThat(skip(context, "other").statusCode()).isEqualTo(404);
				assertThat(post(context, "/actuator/streamdb/main", "{}").statusCode()).isEqualTo(400);
				assertThat(post(context, "/actuator/streamdb/main", "{\"action\":\"explode\"}").statusCode())
					.isEqualTo(400);
			}
		}
	}

	@Test
	void operatorSkipsAnInvalidEventThatTheStartHasMet() throws Exception {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", """
					{"type":"task","key":"1","value":7,"headers":{"operation":"insert"}}""", """
					{"type":"task","key":"2","value":{"title":"wash"},"headers":{"operation":"insert"}}""");
			try (ConfigurableApplicationContext context = run("--streamdb.url=" + server.url("board"),
					"--streamdb.invalid-events=fail", "--streamdb.startup.mode=background",
					"--management.endpoint.streamdb.access=unrestricted")) {
				await().untilAsserted(() -> assertThat(skip(context, "main").statusCode()).isEqualTo(200));
				await().untilAsserted(() -> assertThat(status(context, "/actuator/health/streamdb")).isEqualTo(200));
				assertThat(context.getBean(Board.class).tasks().findAll()).containsExactly(new Task("2", "wash"));
			}
		}
	}

	@Test
	void endpointIsReadOnlyUnlessItsAccessIsUnrestricted() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			assertThat(skip(context, "main").statusCode()).isEqualTo(404);
			assertThat(get(context, "/actuator/streamdb", 200).path("databases").has("main")).isTrue();
		}
	}

	@Test
	void healthTellsTheStateOfTheDatabase() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			JsonNode health = get(context, "/actuator/health/streamdb", 200);
			assertThat(health.path("status").asString()).isEqualTo("UP");
			assertThat(health.path("details").path("status").asString()).isEqualTo("LIVE");
			assertThat(health.path("details").path("url").asString()).isEqualTo("/streams/main");
			assertThat(health.path("details").path("offset").asString()).isNotEmpty();
			assertThat(health.path("details").path("lagSeconds").asInt()).isZero();
			assertThat(health.path("details").path("invalidEvents").asInt()).isZero();
		}
	}

	@Test
	void metersTellWhatHappens() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			Board board = context.getBean(Board.class);
			board.tasks().saveAll(List.of(new Task("1", "wash"), new Task("2", "cook")));
			board.tasks().findById("1");
			assertThat(value(context, "streamdb.rows?tag=collection:tasks&tag=database:main")).isEqualTo(2);
			assertThat(value(context, "streamdb.events.applied")).isEqualTo(2);
			assertThat(value(context, "streamdb.transactions?tag=outcome:completed")).isOne();
			assertThat(value(context, "streamdb.transactions.pending")).isZero();
			assertThat(value(context, "streamdb.state?tag=state:live")).isOne();
			assertThat(value(context, "streamdb.lag")).isZero();
			assertThat(value(context, "spring.data.repository.invocations?tag=method:findById")).isOne();
			await().untilAsserted(
					() -> assertThat(value(context, "streamdb.transaction?tag=streamdb.action:none")).isOne());
		}
	}

	@Test
	void pathVariablesAreConvertedToEntities() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			Board board = context.getBean(Board.class);
			UUID id = UUID.randomUUID();
			board.notes().save(new Note(id, "hello"));
			assertThat(get(context, "/notes/" + id, 200).path("text").asString()).isEqualTo("hello");
		}
	}

	@Test
	void readinessFollowsTheDatabaseThatLoadsInTheBackground() throws Exception {
		try (TestStreamServer server = new TestStreamServer();
				ConfigurableApplicationContext context = run("--streamdb.url=" + server.url("board"),
						"--streamdb.startup.mode=background",
						"--management.endpoint.health.group.readiness.include=readinessState,streamdb")) {
			assertThat(get(context, "/actuator/health/readiness", 503)).isNotNull();
			assertThat(get(context, "/actuator/health/liveness", 200)).isNotNull();
			server.create("board");
			// The time between two attempts grows up to 30 seconds.
			await().atMost(Duration.ofSeconds(60))
				.untilAsserted(() -> assertThat(status(context, "/actuator/health/readiness")).isEqualTo(200));
		}
	}

	@Test
	void twoApplicationsShareAStream() throws Exception {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			String url = "--streamdb.url=" + server.url("board");
			try (ConfigurableApplicationContext left = run(url); ConfigurableApplicationContext right = run(url)) {
				left.getBean(Board.class).tasks().save(new Task("1", "wash"));
				await().untilAsserted(() -> assertThat(right.getBean(Board.class).tasks().findAll())
					.containsExactly(new Task("1", "wash")));
				right.getBean(Board.class).tasks().deleteById("1");
				await().untilAsserted(() -> assertThat(left.getBean(Board.class).tasks().findAll()).isEmpty());
			}
			DurableStream stream = server.stream("board");
			assertThat(stream.head().join().closed()).isFalse();
		}
	}

	@Test
	void formThatAFilterOfTheApplicationHasReadIsNotAcknowledged() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			assertThat(context.getBeansOfType(FormContentFilter.class)).isNotEmpty();
			String port = context.getEnvironment().getRequiredProperty("local.server.port");
			for (BodyPublisher body : List.of(BodyPublishers.ofString("a=1"),
					BodyPublishers.fromPublisher(BodyPublishers.ofString("a=1")))) {
				HttpResponse<String> response = this.client
					.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/streams/form"))
						.header("Content-Type", "application/x-www-form-urlencoded")
						.PUT(body)
						.build(), HttpResponse.BodyHandlers.ofString());
				assertThat(response.statusCode()).isEqualTo(400);
				assertThat(response.body()).contains("filter");
				assertThat(status(context, "/streams/form?offset=-1")).isEqualTo(404);
			}
		}
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		SpringApplication application = new SpringApplication(WholeApplication.class);
		application.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"management.endpoints.web.exposure.include", "*", "management.endpoint.health.show-details", "always",
				"logging.level.root", "warn", "logging.level.io.streamdb", "off"));
		return application.run(arguments);
	}

	private double value(ConfigurableApplicationContext context, String meter) throws Exception {
		return get(context, "/actuator/metrics/" + meter, 200).path("measurements").path(0).path("value").asDouble();
	}

	private JsonNode get(ConfigurableApplicationContext context, String path, int status) throws Exception {
		HttpResponse<String> response = send(context, path);
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		return JSON.readTree(response.body());
	}

	private HttpResponse<String> skip(ConfigurableApplicationContext context, String database) throws Exception {
		return post(context, "/actuator/streamdb/" + database, "{\"action\":\"skip-invalid-event\"}");
	}

	private HttpResponse<String> post(ConfigurableApplicationContext context, String path, String body)
			throws Exception {
		String port = context.getEnvironment().getRequiredProperty("local.server.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.header("Accept", "application/json")
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
		return this.client.send(request, HttpResponse.BodyHandlers.ofString());
	}

	private int status(ConfigurableApplicationContext context, String path) throws Exception {
		return send(context, path).statusCode();
	}

	private HttpResponse<String> send(ConfigurableApplicationContext context, String path)
			throws IOException, InterruptedException {
		String port = context.getEnvironment().getRequiredProperty("local.server.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.header("Accept", "application/json")
			.build();
		return this.client.send(request, HttpResponse.BodyHandlers.ofString());
	}

}
