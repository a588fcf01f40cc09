package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

import io.streamdb.boot.TestStreamServer;
import io.streamdb.boot.app.Note;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.other.derived.Thing;
import io.streamdb.boot.other.derived.ThingRepository;
import io.streamdb.boot.other.duplicate.FirstTask;
import io.streamdb.boot.other.duplicate.SecondTask;
import io.streamdb.boot.other.keyless.Keyless;
import io.streamdb.boot.other.reserved.Reserved;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.config.EnableStreamDbRepositories;
import io.streamdb.server.AccessDecision;
import io.streamdb.server.DurableStreamServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for the failure analyzers, as they are printed when an application fails to start
 * (SPEC B6).
 */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalyzerTests {

	@Test
	void urlThatIsNone(CapturedOutput output) {
		fail(Application.class, "streamdb.url=board");
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("streamdb.url")
			.contains("'board'")
			.contains("It must begin with http:// or https://");
	}

	@Test
	void unreachableServer(CapturedOutput output) throws Exception {
		try (TestStreamServer server = new TestStreamServer()) {
			server.stop();
			fail(Application.class, "streamdb.url=" + server.url("board"));
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains("The state of " + server.url("board") + " could not be loaded")
				.contains("Check that the server runs and that host and port of 'streamdb.url' are right")
				.contains("'streamdb.startup.mode'");
		}
	}

	@Test
	void ownServer(CapturedOutput output) {
		failWithTheUrlOfItsOwnPort(ServletApplication.class, WebApplicationType.SERVLET);
		assertThat(output).contains("APPLICATION FAILED TO START").contains("this application's own web server");
	}

	@Test
	void serverOnThePortOfNoWebServer(CapturedOutput output) {
		failWithTheUrlOfItsOwnPort(ServletApplication.class, WebApplicationType.NONE);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Check that the server runs and that host and port of 'streamdb.url' are right")
			.doesNotContain("own web server");
	}

	private static void failWithTheUrlOfItsOwnPort(Class<?> application, WebApplicationType type) {
		try (TestStreamServer server = new TestStreamServer()) {
			server.stop();
			String url = server.url("board");
			assertThatException().isThrownBy(
					() -> run(application, type, "streamdb.url=" + url, "server.port=" + URI.create(url).getPort()));
		}
	}

	@Test
	void streamThatIsShownByItsPath() {
		URI path = URI.create("/streams/main");
		StreamDbStartupException failure = new StreamDbStartupException(path, "not loaded",
				new StreamConnectionException("not reached", path, 0, null, null), true);
		assertThat(new StreamDbStartupFailureAnalyzer(new MockEnvironment()).analyze(failure)).satisfies((analysis) -> {
			assertThat(analysis.getDescription()).isEqualTo("not loaded: not reached");
			assertThat(analysis.getAction()).doesNotContain("own web server");
		});
	}

	@Test
	void directoryOfAnotherServer(@TempDir Path directory, CapturedOutput output) {
		try (DurableStreamServer server = DurableStreamServer.builder().directory(directory).build()) {
			assertThat(server.durable()).isTrue();
			fail(Application.class, "streamdb.server.directory=" + directory);
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains(directory + " of the stream store is used by process " + ProcessHandle.current().pid())
				.contains("set 'streamdb.server.directory' to another directory");
		}
	}

	@Test
	void damagedDirectory(@TempDir Path directory, CapturedOutput output) throws Exception {
		DurableStreamServer.builder().directory(directory).build().close();
		Path checkpoint = directory.resolve("checkpoint.1");
		Files.writeString(checkpoint, "x");
		Files.copy(checkpoint, directory.resolve("checkpoint.2"), StandardCopyOption.REPLACE_EXISTING);
		fail(Application.class, "streamdb.server.directory=" + directory);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("checkpoint.1 and checkpoint.2 in " + directory + " are damaged")
			.contains("Restore 'streamdb.server.directory' as a whole from a backup");
	}

	@Test
	void severalMappers(CapturedOutput output) {
		fail(TwoMappersApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("required a single bean, but 2 were found")
			.contains("@Primary");
	}

	@Test
	void missingStream(CapturedOutput output) {
		try (TestStreamServer server = new TestStreamServer()) {
			fail(Application.class, "streamdb.url=" + server.url("board"));
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains(server.url("board") + " does not exist")
				.contains("'streamdb.create-if-missing'");
		}
	}

	@Test
	void refusedCredentials(CapturedOutput output) {
		try (TestStreamServer server = new TestStreamServer(
				(operation, stream, request) -> AccessDecision.unauthorized("Bearer", "who are you?"))) {
			fail(Application.class, "streamdb.url=" + server.url("board"),
					"streamdb.headers.authorization=Bearer wrong");
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains("refused the credentials")
				.contains("'streamdb.headers.authorization'")
				.doesNotContain("Bearer wrong");
		}
	}

	@Test
	void streamThatHoldsSomethingElse(CapturedOutput output) {
		try (TestStreamServer server = new TestStreamServer()) {
			server.stream("text")
				.create(new io.streamdb.client.CreateOptions("text/plain", null, null, false, "hello".getBytes()))
				.join();
			fail(Application.class, "streamdb.url=" + server.url("text"));
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains("Check that 'streamdb.url' is the URL of a Durable Stream of JSON change events");
		}
	}

	@Test
	void neitherUrlNorServer() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class))
			.withUserConfiguration(TestApplication.class)
			.withClassLoader(new FilteredClassLoader(DurableStreamServer.class))
			.run((context) -> {
				assertThat(context).getFailure().rootCause().isInstanceOf(NoStreamException.class);
				assertThat(new NoStreamFailureAnalyzer().analyze(context.getStartupFailure())).satisfies((analysis) -> {
					assertThat(analysis.getDescription()).contains("'streamdb.url' is not set");
					assertThat(analysis.getAction()).contains("streamdb.url").contains("io.streamdb:streamdb-server");
				});
			});
	}

	@Test
	void entityWithoutPrimaryKey(CapturedOutput output) {
		fail(KeylessApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The entity " + Keyless.class.getName() + " has no primary key")
			.contains("org.springframework.data.annotation.Id");
	}

	@Test
	void twoEntitiesOfOneType(CapturedOutput output) {
		fail(DuplicateApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Two entities have the collection type 'task'")
			.contains(FirstTask.class.getName())
			.contains(SecondTask.class.getName())
			.contains("@StreamCollection(type = …)");
	}

	@Test
	void repositoryOfAnotherIdType(CapturedOutput output) {
		fail(WrongIdApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("'io.streamdb.boot.autoconfigure.FailureAnalyzerTests$WrongId'")
			.contains("requires a StreamRepository<Task, UUID>")
			.contains("the id of " + Task.class.getName() + " is a java.lang.String")
			.contains("Inject a StreamRepository<Task, String>");
	}

	@Test
	void repositoryOfWhatIsNoEntity(CapturedOutput output) {
		fail(NoEntityApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Annotate java.lang.Object with @StreamCollection");
	}

	@Test
	void repositoryOfAnEntityThatIsNotScanned(CapturedOutput output) {
		fail(NotScannedApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains(Thing.class.getName() + " was not found by the entity scan")
			.contains("@EntityScan");
	}

	@Test
	void derivedQuery(CapturedOutput output) {
		fail(DerivedApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The method findByName of the repository " + ThingRepository.class.getName())
			.contains("make findByName a default method");
	}

	@Test
	void repositoryInterfaceOfAnotherIdType(CapturedOutput output) {
		fail(WrongIdInterfaceApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("the id of " + Task.class.getName() + " is a java.lang.String, not a java.lang.Long");
	}

	@Test
	void reservedName(CapturedOutput output) {
		fail(ReservedApplication.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("utils")
			.contains(Reserved.class.getName())
			.contains("@StreamCollection");
	}

	private static void fail(Class<?> application, String... properties) {
		assertThatException().isThrownBy(() -> run(application, WebApplicationType.NONE, properties));
	}

	private static void run(Class<?> application, WebApplicationType type, String... properties) {
		new SpringApplicationBuilder(application).web(type).properties(properties).run().close();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class,
			StreamDbRepositoriesAutoConfiguration.class })
	static class StreamDbConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.class, StreamDbConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Application.class)
	@ImportAutoConfiguration(TomcatServletWebServerAutoConfiguration.class)
	static class ServletApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ Application.class, StreamDbAutoConfigurationTests.TwoMappers.class })
	static class TwoMappersApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage(basePackageClasses = Keyless.class)
	@Import(StreamDbConfiguration.class)
	static class KeylessApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage(basePackageClasses = FirstTask.class)
	@Import(StreamDbConfiguration.class)
	static class DuplicateApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage(basePackageClasses = Thing.class)
	@Import(StreamDbConfiguration.class)
	static class DerivedApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage(basePackageClasses = Reserved.class)
	@Import(StreamDbConfiguration.class)
	static class ReservedApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.class, StreamDbConfiguration.class })
	@EnableStreamDbRepositories(basePackageClasses = FailureAnalyzerTests.class, considerNestedRepositories = true)
	static class WrongIdInterfaceApplication {

	}

	interface LongTaskRepository extends StreamRepository<Task, Long> {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.class, StreamDbConfiguration.class, WrongId.class })
	static class WrongIdApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.class, StreamDbConfiguration.class, NoEntity.class })
	static class NoEntityApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.class, StreamDbConfiguration.class, NotScanned.class })
	static class NotScannedApplication {

	}

	record WrongId(StreamRepository<Note, UUID> notes, StreamRepository<Task, UUID> tasks) {
	}

	record NoEntity(StreamRepository<Object, String> objects) {
	}

	record NotScanned(StreamRepository<Thing, String> things) {
	}

}
