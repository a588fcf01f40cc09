package io.streamdb.data.repository.config;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.streamdb.StreamDb;
import io.streamdb.data.TestDatabase;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.mapping.MissingIdPropertyException;
import io.streamdb.data.mapping.StreamCollection;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.Task;
import io.streamdb.data.repository.TaskRepository;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;
import org.springframework.data.repository.core.support.RepositoryFactoryInformation;
import org.springframework.data.repository.support.Repositories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link EntityRepositoryPostProcessor} and {@link EnableStreamDbRepositories}.
 */
class EntityRepositoryPostProcessorTests {

	@Test
	void repositoryIsInjectedByItsFullGenericType() {
		try (AnnotationConfigApplicationContext context = context(GenericUser.class)) {
			GenericUser user = context.getBean(GenericUser.class);
			user.tasks.save(new Task("1", "wash", 1));
			user.notes.save(new Note(7, "hello"));
			assertThat(user.tasks.findById("1")).isPresent();
			assertThat(user.notes.findById(7L)).contains(new Note(7, "hello"));
			assertThat(user.provided.getObject()).isSameAs(user.notes);
		}
	}

	@Test
	void declaredRepositoryIsInjectedInsteadOfTheFallback() {
		try (AnnotationConfigApplicationContext context = context(DeclaredRepositories.class, GenericUser.class)) {
			GenericUser user = context.getBean(GenericUser.class);
			assertThat(user.tasks).isInstanceOf(TaskRepository.class).isSameAs(context.getBean(TaskRepository.class));
			assertThat(user.notes).isNotInstanceOf(TaskRepository.class);
		}
	}

	@Test
	void wrongIdTypeIsNotInjected() {
		assertThatExceptionOfType(UnsatisfiedDependencyException.class).isThrownBy(() -> context(WrongIdUser.class))
			.havingRootCause()
			.isInstanceOfSatisfying(NoSuchBeanDefinitionException.class,
					(ex) -> assertThat(ex.getResolvableType().toString())
						.contains("StreamRepository<io.streamdb.data.repository.Task, java.lang.Long>"));
	}

	@Test
	void springDataFindsTheRepositoryOfADomainType() {
		try (AnnotationConfigApplicationContext context = context(GenericUser.class)) {
			Repositories repositories = new Repositories(context);
			assertThat(repositories.hasRepositoryFor(Note.class)).isTrue();
			assertThat(repositories.getRepositoryInformationFor(Note.class)).get()
				.satisfies((information) -> assertThat(information.getIdType()).isEqualTo(Long.class));
			assertThat(context.getBeansOfType(RepositoryFactoryInformation.class)).hasSize(2);
		}
	}

	@Test
	void collectionsOfRepositoriesHoldEachOnce() {
		try (AnnotationConfigApplicationContext context = context(AllRepositoriesUser.class)) {
			assertThat(context.getBean(AllRepositoriesUser.class).repositories).containsOnlyKeys("taskStreamRepository",
					"noteStreamRepository");
		}
	}

	@Test
	void entitiesOfOneSimpleNameHaveRepositoriesOfTheirOwn() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(EntityRepositoryPostProcessor.class,
					() -> new EntityRepositoryPostProcessor(List.of(Task.class, Other.Task.class), "streamDbTemplate"));
			TestDatabase database = new TestDatabase(Task.class, Other.Task.class);
			context.registerBean(TestDatabase.class, () -> database);
			context.registerBean("streamDbTemplate", StreamDbTemplate.class, database::template);
			context.register(SameNameUser.class);
			context.refresh();
			SameNameUser user = context.getBean(SameNameUser.class);
			user.tasks.save(new Task("1", "wash", 1));
			assertThat(user.others.count()).isZero();
		}
	}

	@Test
	void entityWithoutPrimaryKeyIsRefused() {
		assertThatExceptionOfType(MissingIdPropertyException.class).isThrownBy(() -> {
			try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
				context.registerBean(EntityRepositoryPostProcessor.class,
						() -> new EntityRepositoryPostProcessor(List.of(Keyless.class), "streamDbTemplate"));
				context.refresh();
			}
		}).withMessageContaining(Keyless.class.getName());
	}

	private static AnnotationConfigApplicationContext context(Class<?>... classes) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(DatabaseConfiguration.class);
		context.register(classes);
		context.refresh();
		return context;
	}

	@Configuration(proxyBeanMethods = false)
	static class DatabaseConfiguration {

		@Bean
		static EntityRepositoryPostProcessor entityRepositories() {
			return new EntityRepositoryPostProcessor(List.of(Task.class, Note.class), "streamDbTemplate");
		}

		@Bean
		TestDatabase database() {
			return new TestDatabase(Task.class, Note.class);
		}

		@Bean(destroyMethod = "")
		StreamDb streamDb(TestDatabase database) {
			return database.streamDb();
		}

		@Bean
		StreamDbTemplate streamDbTemplate(TestDatabase database) {
			return database.template();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableStreamDbRepositories(basePackageClasses = TaskRepository.class,
			includeFilters = @Filter(type = FilterType.ASSIGNABLE_TYPE, classes = TaskRepository.class))
	static class DeclaredRepositories {

	}

	record GenericUser(StreamRepository<Task, String> tasks, StreamRepository<Note, Long> notes,
			ObjectProvider<StreamRepository<Note, Long>> provided) {
	}

	record WrongIdUser(StreamRepository<Task, Long> tasks) {
	}

	record AllRepositoriesUser(Map<String, StreamRepository<?, ?>> repositories) {
	}

	record SameNameUser(StreamRepository<Task, String> tasks, StreamRepository<Other.Task, UUID> others) {
	}

	@StreamCollection
	record Note(long id, String text) {
	}

	@StreamCollection
	record Keyless(String name) {
	}

	static final class Other {

		private Other() {
		}

		@StreamCollection(type = "otherTask")
		record Task(UUID id) {
		}

	}

}
