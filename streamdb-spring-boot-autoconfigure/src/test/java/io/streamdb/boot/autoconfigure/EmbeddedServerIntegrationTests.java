package io.streamdb.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TaskRepository;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.server.AccessDecision;
import io.streamdb.server.StreamAccess;
import io.streamdb.server.store.LogRecord;
import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.RecoveredStream;
import io.streamdb.server.store.StorageFullException;
import io.streamdb.server.store.StreamData;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.WriteCallback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.ServerPortInfoApplicationContextInitializer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the embedded server in a web application (SPEC B8, S5, S6).
 */
@ExtendWith(OutputCaptureExtension.class)
class EmbeddedServerIntegrationTests {

	private final HttpClient client = HttpClient.newHttpClient();

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner(
			AnnotationConfigServletWebServerApplicationContext::new)
		.withConfiguration(AutoConfigurations.of(TomcatServletWebServerAutoConfiguration.class,
				StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class,
				StreamDbRepositoriesAutoConfiguration.class))
		.withUserConfiguration(TestApplication.class)
		.withInitializer(new ServerPortInfoApplicationContextInitializer())
		.withPropertyValues("server.port=0");

	@Test
	@Spec("S1.6")
	void othersReadAndWriteTheStreamOverHttp() {
		this.contextRunner.run((context) -> {
			TaskRepository tasks = context.getBean(TaskRepository.class);
			tasks.save(new Task("1", "wash"));
			HttpResponse<String> read = send(request(context, "/streams/main?offset=-1"));
			assertThat(read.statusCode()).isEqualTo(200);
			assertThat(read.body()).contains("\"type\":\"task\"").contains("\"title\":\"wash\"");
			HttpResponse<String> written = send(request(context, "/streams/main")
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString(
						"""
								{"type":"task","key":"2","value":{"id":"2","title":"cook"},"headers":{"operation":"insert","txid":"t2"}}
								""")));
			assertThat(written.statusCode()).isBetween(200, 204);
			context.getBean(StreamDb.class).awaitTxId("t2").get(10, TimeUnit.SECONDS);
			assertThat(tasks.findById("2")).contains(new Task("2", "cook"));
		});
	}

	@Test
	void foreignPagesAreRefused() {
		this.contextRunner.run((context) -> {
			HttpResponse<String> response = send(
					request(context, "/streams/main?offset=-1").header("Origin", "https://evil.example"));
			assertThat(response.statusCode()).isEqualTo(403);
		});
	}

	@Test
	@Spec("S5.10")
	void nobodyIsServedWhereForwardedHeadersAreTrusted() {
		this.contextRunner.withPropertyValues("server.forward-headers-strategy=native").run((context) -> {
			HttpResponse<String> response = send(
					request(context, "/streams/main?offset=-1").header("X-Forwarded-For", "127.0.0.1"));
			assertThat(response.statusCode()).isEqualTo(403);
			assertThat(response.body()).contains("StreamAccess");
			context.getBean(TaskRepository.class).save(new Task("1", "wash"));
		});
	}

	@Test
	@Spec("S5.11")
	void accessOfTheApplicationDecides() {
		this.contextRunner.withPropertyValues("server.forward-headers-strategy=native")
			.withBean(StreamAccess.class,
					() -> (operation, stream, request) -> request.headers("X-Key").contains("open")
							? AccessDecision.allow() : AccessDecision.hide())
			.run((context) -> {
				assertThat(send(request(context, "/streams/main?offset=-1")).statusCode()).isEqualTo(404);
				assertThat(send(request(context, "/streams/main?offset=-1").header("X-Key", "open")).statusCode())
					.isEqualTo(200);
			});
	}

	@Test
	@Spec("S6.7")
	void liveReaderDoesNotHoldUpAGracefulStop(CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("server.shutdown=graceful", "spring.lifecycle.timeout-per-shutdown-phase=30s")
			.run((context) -> {
				HttpResponse<InputStream> live = this.client.send(
						request(context, "/streams/main?offset=now&live=sse").build(),
						HttpResponse.BodyHandlers.ofInputStream());
				assertThat(live.statusCode()).isEqualTo(200);
				CompletableFuture<String> ended = CompletableFuture.supplyAsync(() -> readToItsEnd(live.body()));
				context.getSourceApplicationContext().close();
				assertThat(ended).succeedsWithin(Duration.ofSeconds(20))
					.asString()
					.contains("event: control")
					.contains("streamNextOffset");
				assertThat(output).contains("Graceful shutdown complete").doesNotContain("aborted");
			});
	}

	@Test
	@Spec("S5.12")
	void nothingIsAcceptedBeforeTheStreamsAreRecovered() {
		List<String> order = new CopyOnWriteArrayList<>();
		accepting(order).withBean(StreamStorage.class, () -> recovering(() -> order.add("recovered")))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(order).containsExactly("recovered", "accepting");
			});
	}

	@Test
	@Spec("S5.12")
	void nothingIsAcceptedWhenTheStreamsCannotBeRecovered() {
		List<String> order = new CopyOnWriteArrayList<>();
		accepting(order).withBean(StreamStorage.class, () -> recovering(() -> {
			throw new UncheckedIOException(new IOException("damaged"));
		})).run((context) -> assertThat(context).getFailure().hasStackTraceContaining("damaged"));
		assertThat(order).isEmpty();
	}

	private WebApplicationContextRunner accepting(List<String> order) {
		return this.contextRunner.withInitializer((context) -> context.addApplicationListener(
				(ApplicationListener<WebServerInitializedEvent>) (event) -> order.add("accepting")));
	}

	private static StreamStorage recovering(Runnable recovery) {
		return new StreamStorage() {

			private final MemoryStorage memory = new MemoryStorage();

			@Override
			public List<RecoveredStream> recover() throws IOException {
				recovery.run();
				return this.memory.recover();
			}

			@Override
			public long highestIncarnation() {
				return this.memory.highestIncarnation();
			}

			@Override
			public boolean durable() {
				return this.memory.durable();
			}

			@Override
			public StreamData create(StreamDescription description, LogRecord first, WriteCallback done)
					throws StorageFullException {
				return this.memory.create(description, first, done);
			}

			@Override
			public long storedBytes() {
				return this.memory.storedBytes();
			}

			@Override
			public void close() {
				this.memory.close();
			}

		};
	}

	private static String readToItsEnd(InputStream body) {
		try (body) {
			return new String(body.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static HttpRequest.Builder request(ApplicationContext context, String path) {
		Integer port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
	}

	private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

}
