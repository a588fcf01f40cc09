package io.streamdb.boot;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TaskRepository;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.autoconfigure.DurableStreamBuilderCustomizer;
import io.streamdb.boot.autoconfigure.StreamDbAutoConfiguration;
import io.streamdb.boot.autoconfigure.StreamDbRepositoriesAutoConfiguration;
import io.streamdb.boot.autoconfigure.endpoint.StreamDbEndpointAutoConfiguration;
import io.streamdb.boot.autoconfigure.health.StreamDbHealthContributorAutoConfiguration;
import io.streamdb.boot.autoconfigure.metrics.StreamDbMetricsAutoConfiguration;
import io.streamdb.boot.endpoint.StreamDbEndpoint;
import io.streamdb.boot.endpoint.StreamDbEndpoint.DatabaseDescriptor;
import io.streamdb.boot.endpoint.StreamDbEndpoint.InvalidEventDescriptor;
import io.streamdb.boot.health.StreamDbHealthIndicator;
import io.streamdb.client.RetryPolicy;
import io.streamdb.server.AccessDecision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.dao.DataAccessResourceFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What an application sees of bad input and of servers in trouble: its start, health,
 * meters, endpoint, and the rows that it holds.
 */
class BadInputIntegrationTests {

	private static final String WASH = task("1", "wash");

	private static final String COOK = task("2", "cook");

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class))
		.withConfiguration(AutoConfigurations.of(StreamDbAutoConfiguration.class,
				StreamDbRepositoriesAutoConfiguration.class, StreamDbHealthContributorAutoConfiguration.class,
				StreamDbEndpointAutoConfiguration.class, StreamDbMetricsAutoConfiguration.class))
		.withUserConfiguration(TestApplication.class)
		.withBean(DurableStreamBuilderCustomizer.class, () -> (builder) -> {
			builder
				.readRetryPolicy(new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(10), Duration.ofMillis(100)));
			builder.retryPolicy(new RetryPolicy(2, Duration.ofMillis(10), Duration.ofMillis(100)));
		})
		.withPropertyValues("management.endpoints.web.exposure.include=*");

	@Test
	void unreachableServerStopsTheStart() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.stop();
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> assertThat(context).getFailure()
					.hasStackTraceContaining("could not be reached: check that it runs and that the URL is right"));
		}
	}

	@Test
	void refusedCredentialsStopTheStart() {
		try (TestStreamServer server = new TestStreamServer(
				(operation, stream, request) -> AccessDecision.unauthorized("Bearer", "who are you?"))) {
			server.create("board");
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> assertThat(context).getFailure()
					.hasStackTraceContaining("The server refused the credentials for " + server.url("board")));
		}
	}

	@ParameterizedTest
	@CsvSource({ "404, does not exist", "410, '410'", "500, answers with errors", "429, answers with errors" })
	void statusStopsTheStart(int status, String reason) throws IOException {
		try (ScriptedServer server = new ScriptedServer(
				(exchange, request) -> exchange.sendResponseHeaders(status, -1))) {
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url())
				.run((context) -> assertThat(context).getFailure()
					.hasStackTraceContaining(server.url())
					.hasStackTraceContaining(reason));
		}
	}

	@Test
	void brokenJsonInTheMiddleOfABodyStopsTheStart() throws IOException {
		try (ScriptedServer server = new ScriptedServer((exchange, request) -> answer(exchange, "0_2",
				"[" + WASH + ",{\"type\":\"task\",\"key\":\"2\",\"value\":{\"id\"!"))) {
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url())
				.run((context) -> assertThat(context).getFailure()
					.hasStackTraceContaining("is not a JSON array of events"));
			assertThat(server.requests()).isGreaterThan(1);
		}
	}

	@Test
	void streamDeletedWhileItIsFollowedIsDown() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", WASH);
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board")).run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				server.stream("board").delete().join();
				await().atMost(Duration.ofSeconds(30))
					.untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.DOWN));
				assertThat(health(context).getDetails()).containsEntry("status", "FAILED")
					.containsEntry("reason", "DELETED")
					.hasEntrySatisfying("error", (error) -> assertThat(error).asString().contains("was deleted"));
				assertThat(state(context, "failed")).isOne();
				assertThat(state(context, "live")).isZero();
				assertThat(database(context).status()).isEqualTo("FAILED");
				assertThatExceptionOfType(DataAccessResourceFailureException.class)
					.isThrownBy(() -> context.getBean(TaskRepository.class).findAll())
					.withMessageContaining("was deleted");
				assertThat(context.getBean(StreamDb.class).snapshot().collection(Task.class).count()).isOne();
			});
		}
	}

	@Test
	void serverThatGoesAwayAndComesBackIsOutOfServiceMeanwhileAndLosesNothing() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", WASH);
			this.contextRunner
				.withPropertyValues("streamdb.url=" + server.url("board"), "streamdb.health.max-lag=1500ms")
				.run((context) -> {
					assertThat(health(context).getStatus()).isEqualTo(Status.UP);
					server.stop();
					await().untilAsserted(() -> assertThat(state(context, "retrying")).isOne());
					assertThat(context.getBean(TaskRepository.class).findAll()).hasSize(1);
					await().atMost(Duration.ofSeconds(30))
						.untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE));
					assertThat(health(context).getDetails()).containsEntry("status", "RETRYING").containsKey("error");
					assertThat(context.getBean(MeterRegistry.class).get("streamdb.lag").timeGauge().value())
						.isPositive();
					assertThat(context.getBean(MeterRegistry.class).get("streamdb.retries").functionCounter().count())
						.isPositive();
					assertThat(context.getBean(TaskRepository.class).findAll()).hasSize(1);
					server.append("board", COOK);
					server.start();
					await().atMost(Duration.ofSeconds(30))
						.untilAsserted(() -> assertThat(context.getBean(TaskRepository.class).findAll()).hasSize(2));
					await().untilAsserted(() -> assertThat(database(context).status()).isEqualTo("LIVE"));
					assertThat(health(context).getStatus()).isEqualTo(Status.UP);
					assertThat(database(context).lagSeconds()).isZero();
				});
		}
	}

	@Test
	void lostConnectionIsUpUntilTheLagIsTooLong() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", WASH);
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"), "streamdb.health.max-lag=1h")
				.run((context) -> {
					server.stop();
					await().untilAsserted(() -> assertThat(state(context, "retrying")).isOne());
					assertThat(health(context).getStatus()).isEqualTo(Status.UP);
					assertThat(health(context).getDetails()).containsEntry("status", "RETRYING");
				});
		}
	}

	@Test
	@Spec({ "M9.1", "M9.11", "M9.12" })
	void invalidEventsAreLeftOutAndToldAndLaterGoodOnesArrive() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", WASH, """
					{"type":"task","key":"2","value":{"id":"2","title":"no headers"}}""", """
					{"type":"task","key":"3","value":"a text","headers":{"operation":"insert"}}""", """
					{"type":"task","key":"4","value":{"id":"4","title":{}},"headers":{"operation":"insert"}}""", """
					{"type":"note","key":"no uuid","value":{"text":"x"},"headers":{"operation":"insert"}}""", """
					{"type":"task","key":"1","value":{"id":"1","title":["x"]},"headers":{"operation":"update"}}""", """
					{"type":"unknown","key":"1","value":{},"headers":{"operation":"update"}}""", COOK);
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board")).run((context) -> {
				assertThat(context.getBean(TaskRepository.class).findAll()).containsExactly(new Task("1", "wash"),
						new Task("2", "cook"));
				Health health = health(context);
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				assertThat(health.getDetails()).containsEntry("invalidEvents", 5L);
				MeterRegistry meters = context.getBean(MeterRegistry.class);
				assertThat(meters.get("streamdb.events.invalid").functionCounter().count()).isEqualTo(5);
				assertThat(meters.get("streamdb.events.applied").functionCounter().count()).isEqualTo(2);
				assertThat(meters.get("streamdb.events.unknown").functionCounter().count()).isOne();
				DatabaseDescriptor database = database(context);
				assertThat(database.invalid().count()).isEqualTo(5);
				assertThat(database.invalid().last()).extracting(InvalidEventDescriptor::key)
					.containsExactly("2", "3", "4", "no uuid", "1");
				assertThat(database.invalid().last()).extracting(InvalidEventDescriptor::type)
					.containsExactly("task", "task", "task", "note", "task");
				assertThat(database.invalid().last()).allSatisfy((event) -> {
					assertThat(event.offset()).isNotEmpty();
					assertThat(event.reason()).isNotEmpty();
				});
			});
		}
	}

	@Test
	void invalidEventStopsTheDatabaseWhereThatIsThePolicy() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", WASH);
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"), "streamdb.invalid-events=fail")
				.run((context) -> {
					server.append("board", """
							[%s,{"type":"task","key":"3","value":7,"headers":{"operation":"insert"}}]"""
						.formatted(COOK));
					await().atMost(Duration.ofSeconds(30))
						.untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.DOWN));
					assertThat(health(context).getDetails()).containsEntry("reason", "INVALID_EVENT");
					assertThat(context.getBean(StreamDb.class).snapshot().collection(Task.class).find("2")).isEmpty();
				});
		}
	}

	private static Health health(ApplicationContext context) {
		return context.getBean(StreamDbHealthIndicator.class).health();
	}

	private static double state(ApplicationContext context, String state) {
		return context.getBean(MeterRegistry.class).get("streamdb.state").tag("state", state).gauge().value();
	}

	private static DatabaseDescriptor database(ApplicationContext context) {
		Map<String, DatabaseDescriptor> databases = context.getBean(StreamDbEndpoint.class).databases().databases();
		assertThat(databases).containsOnlyKeys("main");
		return databases.get("main");
	}

	private static String task(String id, String title) {
		return """
				{"type":"task","key":"%s","value":{"id":"%s","title":"%s"},"headers":{"operation":"insert"}}"""
			.formatted(id, id, title);
	}

	private static void answer(HttpExchange exchange, String nextOffset, String body) throws IOException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.getResponseHeaders().set("Stream-Next-Offset", nextOffset);
		exchange.getResponseHeaders().set("Stream-Up-To-Date", "true");
		exchange.sendResponseHeaders(200, bytes.length);
		try (OutputStream out = exchange.getResponseBody()) {
			out.write(bytes);
		}
	}

	/**
	 * Answers a request.
	 */
	@FunctionalInterface
	interface Script {

		void answer(HttpExchange exchange, int request) throws IOException;

	}

	/**
	 * A server that says what a script says.
	 */
	static final class ScriptedServer implements AutoCloseable {

		private final HttpServer server;

		private final AtomicInteger requests = new AtomicInteger();

		ScriptedServer(Script script) throws IOException {
			this.server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
			this.server.setExecutor(Executors.newCachedThreadPool((task) -> {
				Thread thread = new Thread(task, "scripted-server");
				thread.setDaemon(true);
				return thread;
			}));
			this.server.createContext("/", (exchange) -> {
				try (exchange) {
					script.answer(exchange, this.requests.incrementAndGet());
				}
			});
			this.server.start();
		}

		String url() {
			return "http://localhost:" + this.server.getAddress().getPort() + "/board";
		}

		int requests() {
			return this.requests.get();
		}

		@Override
		public void close() {
			this.server.stop(0);
		}

	}

}
