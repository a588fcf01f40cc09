package io.streamdb.boot.autoconfigure;

import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Spec;
import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.boot.TestStreamServer;
import io.streamdb.boot.app.Note;
import io.streamdb.boot.app.RenameTask;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TaskRepository;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.other.derived.Thing;
import io.streamdb.client.DurableStream;
import io.streamdb.client.JdkHttpTransport;
import io.streamdb.data.action.ActionInvoker;
import io.streamdb.data.action.ActionRegistry;
import io.streamdb.data.core.StreamDbExceptionTranslator;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.EntityValidator;
import io.streamdb.schema.StateSchema;
import io.streamdb.server.DurableStreamServer;
import jakarta.annotation.PostConstruct;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.support.PersistenceExceptionTranslator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link StreamDbAutoConfiguration} and
 * {@link StreamDbRepositoriesAutoConfiguration}.
 */
class StreamDbAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(StreamDbServerAutoConfiguration.class, StreamDbAutoConfiguration.class,
				StreamDbRepositoriesAutoConfiguration.class))
		.withUserConfiguration(TestApplication.class);

	@Test
	void defaultConfigurationIsALoadedDatabaseOfTheScannedEntities() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(StreamDb.class)
				.hasSingleBean(StreamDbTemplate.class)
				.hasSingleBean(StreamDbMappingContext.class)
				.hasSingleBean(StreamDbExceptionTranslator.class)
				.hasSingleBean(PersistenceExceptionTranslator.class)
				.hasSingleBean(ActionRegistry.class);
			assertThat(context.getBean(StreamDb.class).status().state()).isEqualTo(StreamDbState.LIVE);
			assertThat(context.getBean(StateSchema.class).collections()).extracting(CollectionDefinition::type)
				.containsExactly("note", "task");
		});
	}

	@Test
	void databaseIsClosedWithTheContext() {
		AtomicReference<StreamDb> database = new AtomicReference<>();
		this.contextRunner.run((context) -> database.set(context.getBean(StreamDb.class)));
		assertThat(database.get().status().state()).isEqualTo(StreamDbState.CLOSED);
	}

	@Test
	void streamStaysOpenWhenTheApplicationStops() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> assertThat(context).hasSingleBean(DurableStream.class));
			this.contextRunner.withUserConfiguration(OwnStream.class)
				.withBean(TestStreamServer.class, () -> server, (definition) -> definition.setDestroyMethodName(""))
				.run((context) -> assertThat(context).hasSingleBean(DurableStream.class));
			assertThat(server.stream("board").head().join().closed()).isFalse();
		}
	}

	@Test
	void repositoriesAndActionsWork() {
		this.contextRunner.withUserConfiguration(BoardConfiguration.class).run((context) -> {
			Board board = context.getBean(Board.class);
			board.tasks.save(new Task("1", "wash"));
			UUID id = UUID.randomUUID();
			board.notes.save(new Note(id, "hello"));
			assertThat(board.notes.findById(id)).isPresent();
			assertThat(board.rename.invokeAndWait(new Task("1", "iron")).title()).isEqualTo("iron");
			assertThat(board.declared.findAll()).containsExactly(new Task("1", "iron"));
			assertThat(board.tasks).isSameAs(board.declared);
		});
	}

	@Test
	@Spec("M1.2")
	void nothingConnectsBeforeTheDatabaseIsInitialized() {
		AtomicInteger requests = new AtomicInteger();
		List<Integer> before = new CopyOnWriteArrayList<>();
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board"))
				.withBean(DurableStreamBuilderCustomizer.class, () -> (builder) -> {
					JdkHttpTransport transport = new JdkHttpTransport();
					builder.transport((request) -> {
						requests.incrementAndGet();
						return transport.send(request);
					});
				})
				.withBean(StreamDbBuilderCustomizer.class, () -> (builder) -> before.add(requests.get()))
				.run((context) -> {
					assertThat(context.getBean(StreamDb.class).status().state()).isEqualTo(StreamDbState.LIVE);
					assertThat(before).containsExactly(0);
					assertThat(requests).hasPositiveValue();
				});
		}
	}

	@Test
	void databaseIsReadyForPostConstructReaders() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board",
					"{'type':'task','key':'1','value':{'id':'1','title':'wash'},'headers':{'operation':'insert'}}"
						.replace('\'', '"'));
			this.contextRunner.withUserConfiguration(Reader.class)
				.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> assertThat(context.getBean(Reader.class).read)
					.containsExactly(new Task("1", "wash")));
		}
	}

	@Test
	void withAUrlNothingIsServedAndNothingIsCreated() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board");
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("board")).run((context) -> {
				assertThat(context).hasSingleBean(StreamDb.class).doesNotHaveBean(DurableStreamServer.class);
				assertThat(context.getBean(DurableStream.class).url()).isEqualTo(URI.create(server.url("board")));
			});
			this.contextRunner.withPropertyValues("streamdb.url=" + server.url("missing"))
				.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("missing"));
			this.contextRunner
				.withPropertyValues("streamdb.url=" + server.url("missing"), "streamdb.create-if-missing=true")
				.run((context) -> assertThat(context).hasSingleBean(StreamDb.class));
			assertThat(server.stream("missing").head().join().offset()).isNotEmpty();
		}
	}

	@Test
	void updateModeReachesTheDatabase() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", """
					{"type":"task","key":"1","value":{"title":"wash"},"headers":{"operation":"insert"}}""", """
					{"type":"task","key":"1","value":{},"headers":{"operation":"update"}}""");
			ApplicationContextRunner runner = this.contextRunner
				.withPropertyValues("streamdb.url=" + server.url("board"));
			runner.run((context) -> assertThat(context.getBean(StreamDb.class).collection(Task.class).find("1"))
				.hasValueSatisfying((task) -> assertThat(task.title()).isNull()));
			runner.withPropertyValues("streamdb.update-mode=merge")
				.run((context) -> assertThat(context.getBean(StreamDb.class).collection(Task.class).find("1"))
					.contains(new Task("1", "wash")));
		}
	}

	@Test
	void snapshotModeReachesTheDatabase() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board", """
					{"type":"task","key":"1","value":{"title":"wash"},"headers":{"operation":"insert"}}""", """
					{"headers":{"control":"snapshot-start"}}""", """
					{"type":"task","key":"2","value":{"title":"dry"},"headers":{"operation":"insert"}}""", """
					{"headers":{"control":"snapshot-end"}}""");
			ApplicationContextRunner runner = this.contextRunner
				.withPropertyValues("streamdb.url=" + server.url("board"));
			runner.run((context) -> assertThat(context.getBean(StreamDb.class).collection(Task.class).count())
				.isEqualTo(2));
			runner.withPropertyValues("streamdb.snapshot-mode=replace")
				.run((context) -> assertThat(context.getBean(StreamDb.class).collection(Task.class).findAll())
					.containsExactly(new Task("2", "dry")));
		}
	}

	@Test
	void headersAndCustomizersReachTheServer() {
		try (TestStreamServer server = new TestStreamServer((operation, stream, request) -> {
			boolean known = request.headers("Authorization").contains("Bearer secret")
					&& request.headers("X-Tenant").contains("blue");
			return known ? io.streamdb.server.AccessDecision.allow()
					: io.streamdb.server.AccessDecision.unauthorized("Bearer", "unknown");
		})) {
			server.create("board");
			this.contextRunner
				.withPropertyValues("streamdb.url=" + server.url("board"),
						"streamdb.headers.authorization=Bearer secret")
				.withBean(DurableStreamBuilderCustomizer.class,
						() -> (builder) -> builder.header("X-Tenant", () -> "blue"))
				.run((context) -> assertThat(context).hasNotFailed());
		}
	}

	@Test
	void entitiesAreValidatedWhereThereIsAValidator() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasSingleBean(EntityValidator.class);
				assertThatExceptionOfType(DataIntegrityViolationException.class)
					.isThrownBy(() -> context.getBean(TaskRepository.class).save(new Task("1", " ")))
					.withMessageContaining("title");
			});
		this.contextRunner.withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
			.withBean(EntityValidator.class, () -> (entity) -> List.of())
			.run((context) -> {
				assertThat(context).hasSingleBean(EntityValidator.class);
				context.getBean(TaskRepository.class).save(new Task("1", " "));
			});
		this.contextRunner.run((context) -> {
			assertThat(context).doesNotHaveBean(EntityValidator.class);
			context.getBean(TaskRepository.class).save(new Task("1", " "));
		});
	}

	@Test
	void validationMayBeAbsent() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(jakarta.validation.Validator.class))
			.run((context) -> assertThat(context).hasSingleBean(StreamDb.class).doesNotHaveBean(EntityValidator.class));
	}

	@Test
	void oneOfSeveralMappersHasToBePrimary() {
		this.contextRunner.withUserConfiguration(TwoMappers.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(NoUniqueBeanDefinitionException.class)
				.hasMessageContaining("snakeCase")
				.hasMessageContaining("camelCase"));
		this.contextRunner.withUserConfiguration(TwoMappers.class)
			.withInitializer((context) -> context.addBeanFactoryPostProcessor(
					(beanFactory) -> beanFactory.getBeanDefinition("snakeCase").setPrimary(true)))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void applicationsMapperBindsTheEntities() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("board",
					"{'type':'task','key':'1','value':{'Id':'1','Title':'wash'},'headers':{'operation':'insert'}}"
						.replace('\'', '"'));
			this.contextRunner.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
				.withBean(JsonMapperBuilderCustomizer.class,
						() -> (builder) -> builder.propertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE))
				.withPropertyValues("streamdb.url=" + server.url("board"))
				.run((context) -> {
					assertThat(context).hasSingleBean(JsonMapper.class);
					assertThat(context.getBean(TaskRepository.class).findAll()).containsExactly(new Task("1", "wash"));
				});
		}
	}

	@Test
	void usersDatabaseIsTakenAsItIs() {
		this.contextRunner.withUserConfiguration(OwnDatabase.class).run((context) -> {
			assertThat(context).hasSingleBean(StreamDb.class)
				.doesNotHaveBean(DurableStreamServer.class)
				.doesNotHaveBean(StateSchema.class);
			assertThat(context.getBean(StreamDbTemplate.class).streamDb()).isSameAs(context.getBean(StreamDb.class));
			assertThat(context.getBean(TaskRepository.class).count()).isZero();
		});
	}

	@Test
	void usersStreamAndTemplateAreTaken() {
		try (TestStreamServer server = new TestStreamServer()) {
			server.create("own");
			this.contextRunner.withBean(DurableStream.class, () -> server.stream("own")).run((context) -> {
				assertThat(context).hasSingleBean(DurableStream.class).doesNotHaveBean(DurableStreamServer.class);
				context.getBean(TaskRepository.class).save(new Task("1", "wash"));
			});
			assertThat(server.stream("own").head().join().offset()).isNotEqualTo("-1");
		}
	}

	@Test
	void buildersCanBeCustomized() {
		StreamDbState[] last = new StreamDbState[1];
		this.contextRunner.withBean(StreamDbBuilderCustomizer.class,
				() -> (builder) -> builder.listener(new io.streamdb.StreamDbListener() {

					@Override
					public void onStatusChange(io.streamdb.StreamDbStatus status) {
						last[0] = status.state();
					}

				}))
			.run((context) -> assertThat(last[0]).isEqualTo(StreamDbState.LIVE));
	}

	@Test
	void repositoriesCanBeDisabled() {
		this.contextRunner.withPropertyValues("streamdb.repositories.enabled=false").run((context) -> {
			assertThat(context).hasSingleBean(StreamDbTemplate.class).doesNotHaveBean(StreamRepository.class);
		});
	}

	@Test
	void entityScanSaysWhereTheEntitiesAre() {
		this.contextRunner.withUserConfiguration(ThingScan.class)
			.withPropertyValues("streamdb.repositories.enabled=false")
			.run((context) -> assertThat(context.getBean(StateSchema.class).collections())
				.extracting(CollectionDefinition::type)
				.containsExactly("thing"));
	}

	@Test
	void entityScannerMayBeAbsent() {
		this.contextRunner
			.withClassLoader(
					new FilteredClassLoader(org.springframework.boot.persistence.autoconfigure.EntityScanner.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(StreamDb.class));
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoMappers {

		@Bean
		JsonMapper snakeCase() {
			return JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
		}

		@Bean
		JsonMapper camelCase() {
			return JsonMapper.builder().build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ RenameTask.class, Board.class })
	static class BoardConfiguration {

	}

	record Board(StreamRepository<Task, String> tasks, TaskRepository declared, StreamRepository<Note, UUID> notes,
			ActionInvoker<Task, Task> rename) {
	}

	static class Reader {

		private final TaskRepository tasks;

		private List<Task> read = List.of();

		Reader(TaskRepository tasks) {
			this.tasks = tasks;
		}

		@PostConstruct
		void read() {
			this.read = this.tasks.findAll();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EntityScan(basePackageClasses = Thing.class)
	static class ThingScan {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnStream {

		@Bean
		DurableStream ownStream(TestStreamServer server) {
			return server.stream("board");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDatabase {

		@Bean
		StreamDb streamDb() {
			DurableStreamServer server = DurableStreamServer.builder().build();
			DurableStream stream = DurableStream.builder(server.url("own")).transport(server.transport()).build();
			StateSchema schema = StateSchema.of(CollectionDefinition.of(Task.class).build(),
					CollectionDefinition.of(Note.class).build());
			StreamDb streamDb = StreamDb.builder(stream, schema).createIfMissing(true).build();
			streamDb.preload().join();
			return streamDb;
		}

	}

}
