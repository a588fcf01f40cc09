package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.client.AppendOptions;
import io.streamdb.client.DurableStream;
import io.streamdb.client.TransportRequest;
import io.streamdb.client.TransportResponse;
import io.streamdb.server.DurableStreamServer;
import io.streamdb.server.DurableStreamServlet;
import io.streamdb.server.StreamAccess;
import io.streamdb.server.store.MemoryStorage;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.file.FileStorage;
import jakarta.servlet.http.HttpServlet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.web.filter.ForwardedHeaderFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link StreamDbServerAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class StreamDbServerAutoConfigurationTests {

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations
		.of(StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS)
		.withUserConfiguration(TestApplication.class);

	private final WebApplicationContextRunner webContextRunner = new WebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS)
		.withUserConfiguration(TestApplication.class);

	@Test
	@Spec("S2.1")
	void databaseRunsOnTheEmbeddedServerWithoutAUrl(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(DurableStreamServer.class).hasSingleBean(StreamDb.class);
			assertThat(context.getBean(StreamDb.class).stream().url())
				.isEqualTo(context.getBean(DurableStreamServer.class).url("main"));
			assertThat(context).doesNotHaveBean(ServletRegistrationBean.class)
				.doesNotHaveBean(LiveReaderShutdown.class);
		});
		assertThat(output).contains("holds its streams in memory only")
			.contains("streamdb.url")
			.doesNotContain("is served at");
	}

	@Test
	@Spec("S2.2")
	void streamsAreKeptInTheDirectory(@TempDir Path directory, CapturedOutput output) {
		ApplicationContextRunner runner = this.contextRunner
			.withPropertyValues("streamdb.server.directory=" + directory.resolve("streams"));
		AtomicReference<String> offset = new AtomicReference<>();
		runner.run((context) -> {
			assertThat(context).hasSingleBean(FileStorage.class);
			DurableStream stream = context.getBean(DurableStream.class);
			offset.set(
					stream.append(AppendOptions.of("[{\"kept\":1}]".getBytes(StandardCharsets.UTF_8))).join().offset());
		});
		runner.run((context) -> assertThat(context.getBean(DurableStream.class).head().join().offset())
			.isEqualTo(offset.get()));
		assertThat(output).doesNotContain("in memory only");
	}

	@Test
	@Spec("S6.8")
	void filesKeepToTheirLimit(@TempDir Path directory) {
		this.contextRunner
			.withPropertyValues("streamdb.server.directory=" + directory.resolve("streams"),
					"streamdb.server.limits.disk=100KB")
			.run((context) -> {
				DurableStream stream = context.getBean(DurableStream.class);
				AppendOptions append = AppendOptions
					.of(("[\"" + "x".repeat(30_000) + "\"]").getBytes(StandardCharsets.UTF_8));
				assertThat(stream.append(append)).succeedsWithin(Duration.ofSeconds(30));
				String tail = stream.append(append).join().offset();
				assertThatExceptionOfType(CompletionException.class).isThrownBy(() -> {
					stream.append(append).join();
					stream.append(append).join();
				}).withMessageContaining("507").withMessageContaining("limit of 102400 bytes");
				assertThat(stream.head().join().offset()).isGreaterThanOrEqualTo(tail);
			});
	}

	@Test
	@Spec("S2.1")
	void blankDirectoryIsNone(CapturedOutput output) {
		this.contextRunner.withPropertyValues("streamdb.server.directory=")
			.run((context) -> assertThat(context).doesNotHaveBean(StreamStorage.class));
		assertThat(output).contains("in memory only").contains("streamdb.server.directory");
	}

	@Test
	void storageBeanIsUsed() {
		MemoryStorage storage = new MemoryStorage();
		this.contextRunner.withBean(StreamStorage.class, () -> storage)
			.withPropertyValues("streamdb.server.directory=unused")
			.run((context) -> {
				assertThat(context).doesNotHaveBean(FileStorage.class);
				context.getBean(DurableStream.class)
					.append(AppendOptions.of("[1]".getBytes(StandardCharsets.UTF_8)))
					.join();
				assertThat(storage.storedBytes()).isPositive();
			});
	}

	@Test
	void subscriptionsAreOffUnlessTheyAreSwitchedOn() {
		this.contextRunner.run((context) -> assertThat(statusOfKeys(context)).isEqualTo(501));
		this.contextRunner.withPropertyValues("streamdb.server.subscriptions.enabled=true")
			.run((context) -> assertThat(statusOfKeys(context)).isEqualTo(200));
	}

	private static int statusOfKeys(ApplicationContext context) {
		DurableStreamServer server = context.getBean(DurableStreamServer.class);
		TransportRequest request = new TransportRequest("GET", server.url("main").resolve("/__ds/jwks.json"), Map.of(),
				null, null);
		try (TransportResponse response = server.transport().send(request).join()) {
			return response.status();
		}
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "url=https://streams.example/v1/", "max-links=0", "max-subscriptions=-1", "key-rotation=1m" })
	void settingsOfSubscriptionsThatMakeNoSenseStopTheApplication(String property) {
		this.contextRunner
			.withPropertyValues("streamdb.server.subscriptions.enabled=true",
					"streamdb.server.subscriptions." + property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("streamdb.server.subscriptions"));
	}

	@Test
	void streamHasTheConfiguredName() {
		this.contextRunner.withPropertyValues("streamdb.stream=board/one")
			.run((context) -> assertThat(context.getBean(DurableStream.class).url().getPath()).isEqualTo("/board/one"));
	}

	@Test
	void blankUrlIsNoUrl() {
		this.contextRunner.withPropertyValues("streamdb.url=")
			.run((context) -> assertThat(context).hasSingleBean(DurableStreamServer.class));
	}

	@Test
	@Spec("S1.6")
	void streamsAreServedInServletApplications() {
		this.webContextRunner.run((context) -> {
			ServletRegistrationBean<?> registration = context.getBean(ServletRegistrationBean.class);
			assertThat(registration.getServlet()).isInstanceOf(DurableStreamServlet.class);
			assertThat(registration.getUrlMappings()).containsExactly("/streams/*");
			assertThat(registration.isAsyncSupported()).isTrue();
		});
		this.webContextRunner.withPropertyValues("streamdb.server.path=/v1/stream").run((context) -> {
			ServletRegistrationBean<?> registration = context.getBean(ServletRegistrationBean.class);
			assertThat(registration.getUrlMappings()).containsExactly("/v1/stream/*");
		});
	}

	@Test
	void tellsWhereTheStreamIsAndThatItIsForThisMachine(CapturedOutput output) {
		this.webContextRunner.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output.toString().lines().filter((line) -> line.contains("is served at"))).singleElement()
			.asString()
			.contains("INFO")
			.contains("is served at /streams/main")
			.contains("Only clients on this machine may use it")
			.contains("define a StreamAccess bean");
	}

	@Test
	void tellsThatNobodyMayUseTheStream(CapturedOutput output) {
		this.webContextRunner
			.withPropertyValues("server.forward-headers-strategy=native", "streamdb.server.path=/v1",
					"streamdb.stream=board/one")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("is served at /v1/board/one")
			.contains("Nobody may use it, since forwarded headers are trusted")
			.contains("define a StreamAccess bean");
	}

	@Test
	void tellsThatAccessIsDecided(CapturedOutput output) {
		this.webContextRunner.withBean(StreamAccess.class, StreamAccess::everybody)
			.withPropertyValues("server.forward-headers-strategy=native")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("is served at /streams/main")
			.contains("The StreamAccess bean decides who may use it")
			.doesNotContain("Nobody")
			.doesNotContain("this machine");
	}

	@Test
	void tellsThatACustomizerMayHaveDecided(CapturedOutput output) {
		this.webContextRunner
			.withBean(DurableStreamServerBuilderCustomizer.class,
					() -> (builder) -> builder.access(StreamAccess.everybody()))
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("Unless a DurableStreamServerBuilderCustomizer says otherwise, only clients on this"
				+ " machine may use it");
	}

	@Test
	void contextPathIsPartOfWhereTheStreamIs(CapturedOutput output) {
		this.webContextRunner.withPropertyValues("server.servlet.contextPath=/my app")
			.run((context) -> assertThat(context.getBean(StreamDb.class).stream().url())
				.isEqualTo(URI.create("/my%20app/streams/main")));
		assertThat(output).contains("is served at /my%20app/streams/main");
	}

	@Test
	void liveReadersEndBeforeTheWebServerWaitsForThem() {
		this.webContextRunner.run((context) -> assertThat(context.getBean(LiveReaderShutdown.class).getPhase())
			.isGreaterThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE));
	}

	@Test
	void nothingIsServedWithAUrl() {
		this.webContextRunner.withPropertyValues("streamdb.url=http://localhost:1/board", "streamdb.startup.mode=lazy")
			.run((context) -> assertThat(context).hasSingleBean(StreamDb.class)
				.doesNotHaveBean(DurableStreamServer.class)
				.doesNotHaveBean(ServletRegistrationBean.class));
	}

	@Test
	void servletApiMayBeAbsent() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HttpServlet.class))
			.run((context) -> assertThat(context).hasSingleBean(DurableStreamServer.class));
	}

	@Test
	void usersServerIsTaken() {
		DurableStreamServer own = DurableStreamServer.builder().longPollTimeout(Duration.ofSeconds(1)).build();
		this.contextRunner.withBean(DurableStreamServer.class, () -> own).run((context) -> {
			assertThat(context.getBean(DurableStreamServer.class)).isSameAs(own);
			assertThat(context.getBean(StreamDb.class).stream().url()).isEqualTo(own.url("main"));
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "server.forward-headers-strategy=native", "server.forward-headers-strategy=FRAMEWORK",
			"server.forwardHeadersStrategy=framework", "server.tomcat.remoteip.remote-ip-header=x-forwarded-for",
			"server.tomcat.remoteip.protocol-header=x-forwarded-proto", "spring.main.cloud-platform=kubernetes" })
	@Spec("S5.10")
	void forwardedHeadersAreTrustedWhereTheApplicationSaysSo(String property) {
		this.webContextRunner.withPropertyValues(property)
			.run((context) -> assertThat(areTrusted(context)).as(property).isTrue());
	}

	@ParameterizedTest
	@ValueSource(strings = { "server.forward-headers-strategy=none", "some=thing" })
	@Spec("S5.10")
	void forwardedHeadersAreNotTrustedOtherwise(String property) {
		this.webContextRunner.withPropertyValues(property)
			.run((context) -> assertThat(areTrusted(context)).as(property).isFalse());
	}

	@Test
	void forwardedHeadersAreTrustedWhereThereIsAFilterForThem() {
		this.webContextRunner.withBean(ForwardedHeaderFilter.class)
			.run((context) -> assertThat(areTrusted(context)).isTrue());
		this.webContextRunner.withUserConfiguration(FilterRegistration.class)
			.run((context) -> assertThat(areTrusted(context)).isTrue());
		assertThat(ForwardedHeaders.areTrusted(new MockEnvironment(),
				new org.springframework.beans.factory.support.DefaultListableBeanFactory()))
			.isFalse();
	}

	private static boolean areTrusted(ApplicationContext context) {
		return ForwardedHeaders.areTrusted(context.getEnvironment(), context);
	}

	static class FilterRegistration {

		@org.springframework.context.annotation.Bean
		FilterRegistrationBean<ForwardedHeaderFilter> forwardedHeaderFilter() {
			return new FilterRegistrationBean<>(new ForwardedHeaderFilter());
		}

	}

}
