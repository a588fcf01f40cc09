package io.streamdb.data.action;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.streamdb.Spec;
import io.streamdb.data.TestDatabase;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.repository.StreamRepository;
import io.streamdb.data.repository.Task;
import io.streamdb.data.repository.config.EntityRepositoryPostProcessor;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import io.streamdb.transaction.TransactionState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.EmptyResultDataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link StreamAction} and {@link ActionInvoker} on the embedded server.
 */
class StreamActionIntegrationTests {

	private static final Task WASH = new Task("1", "wash", 3);

	@Test
	void invokerIsInjectedByItsFullGenericType() {
		try (AnnotationConfigApplicationContext context = context(AddTask.class, RenameTask.class, ByType.class)) {
			ByType user = context.getBean(ByType.class);
			TransactionHandle<Task> handle = user.add.invoke(WASH);
			assertThat(handle.result()).isEqualTo(WASH);
			assertThat(handle.persisted().join()).isEqualTo(WASH);
			assertThat(user.add.name()).isEqualTo("add");
			assertThat(user.rename.invokeAndWait(new Rename("1", "iron")).title()).isEqualTo("iron");
			assertThat(tasks(context).findAll()).extracting(Task::title).containsExactly("iron");
		}
	}

	@Test
	void nameDefaultsToThatOfTheBean() {
		try (AnnotationConfigApplicationContext context = context(RenameTask.class)) {
			assertThat(context.getBean(ActionRegistry.class).names()).hasSize(1)
				.first()
				.asString()
				.endsWith("RenameTask");
		}
	}

	@Test
	void invokersOfOneTypeAreToldApartByQualifierAndByName() {
		try (AnnotationConfigApplicationContext context = context(Decisions.class, ByName.class)) {
			ByName user = context.getBean(ByName.class);
			tasks(context).saveAll(List.of(WASH, new Task("2", "cook", 1)));
			assertThat(user.finish.name()).isEqualTo("finish");
			assertThat(user.finish.invokeAndWait("1").title()).isEqualTo("finished");
			assertThat(user.other.name()).isEqualTo("abandon");
			assertThat(user.other.invokeAndWait("2").title()).isEqualTo("abandoned");
		}
	}

	@Test
	void fieldIsToldApartByItsName() {
		try (AnnotationConfigApplicationContext context = context(Decisions.class, ByField.class)) {
			assertThat(context.getBean(ByField.class).abandon.name()).isEqualTo("abandon");
		}
	}

	@Test
	void invokersOfOneTypeAndNoHintAreAmbiguous() {
		assertThatExceptionOfType(UnsatisfiedDependencyException.class)
			.isThrownBy(() -> context(Decisions.class, Ambiguous.class))
			.withCauseInstanceOf(NoUniqueBeanDefinitionException.class)
			.withMessageContaining("finishInvoker")
			.withMessageContaining("abandonInvoker");
	}

	@Test
	void registryInvokesByName() {
		try (AnnotationConfigApplicationContext context = context(AddTask.class, Decisions.class)) {
			ActionRegistry actions = context.getBean(ActionRegistry.class);
			assertThat(actions.names()).containsExactly("abandon", "add", "finish");
			assertThat(actions.<Task, Task>invoker("add").invokeAndWait(WASH)).isEqualTo(WASH);
			assertThatIllegalArgumentException().isThrownBy(() -> actions.invoker("ad"))
				.withMessageContaining("'ad'")
				.withMessageContaining("[abandon, add, finish]");
		}
	}

	@Test
	@Spec("T9.4")
	void actionMayUseRepositoriesAndInvokers() {
		try (AnnotationConfigApplicationContext context = context(AddTask.class, AddTwice.class)) {
			ActionRegistry actions = context.getBean(ActionRegistry.class);
			TransactionHandle<Integer> handle = actions.<Task, Integer>invoker("addTwice").invoke(WASH);
			assertThat(handle.result()).isEqualTo(2);
			handle.await();
			assertThat(tasks(context).findAll()).extracting(Task::id).containsExactly("1", "1-copy");
			TestDatabase database = context.getBean(TestDatabase.class);
			assertThat(database.streamDb()
				.syncedSnapshot()
				.collection(Task.class)
				.rows()
				.map((row) -> row.origin().txid())
				.distinct()).containsExactly(handle.txid());
		}
	}

	@Test
	void exceptionOfOnMutateLeavesNoTrace() {
		try (AnnotationConfigApplicationContext context = context(FailingAction.class, Decisions.class)) {
			ActionRegistry actions = context.getBean(ActionRegistry.class);
			assertThatIllegalStateException().isThrownBy(() -> actions.<Task, Task>invoker("fail").invoke(WASH))
				.withMessage("no more tasks");
			assertThat(tasks(context).count()).isZero();
			assertThatExceptionOfType(EmptyResultDataAccessException.class)
				.isThrownBy(() -> actions.<String, Task>invoker("finish").invoke("9"));
		}
	}

	@Test
	void pendingActionIsVisibleAndRolledBackWhenItsMutateFails() {
		try (AnnotationConfigApplicationContext context = context(PendingAction.class)) {
			TransactionHandle<Task> handle = context.getBean(ActionRegistry.class)
				.<Task, Task>invoker("pending")
				.invoke(WASH);
			assertThat(tasks(context).findById("1")).contains(WASH);
			context.getBean(PendingAction.class).answer.completeExceptionally(new IllegalStateException("refused"));
			assertThat(handle.persisted()).failsWithin(java.time.Duration.ofSeconds(10));
			assertThat(handle.state()).isEqualTo(TransactionState.FAILED);
			assertThat(tasks(context).findById("1")).isEmpty();
		}
	}

	@Test
	void twoActionsOfOneNameAreRefusedWithBothBeans() {
		assertThatExceptionOfType(BeanDefinitionStoreException.class)
			.isThrownBy(() -> context(AddTask.class, AddAgain.class))
			.withMessageContaining("AddTask'")
			.withMessageContaining("AddAgain'")
			.withMessageContaining("the action 'add'");
	}

	@Test
	void actionThatIsNoneIsRefused() {
		assertThatExceptionOfType(BeanDefinitionStoreException.class).isThrownBy(() -> context(NoAction.class))
			.withMessageContaining("NoAction")
			.withMessageContaining(OptimisticAction.class.getName());
	}

	@Test
	void actionWithoutTypesIsRefused() {
		assertThatExceptionOfType(BeanDefinitionStoreException.class).isThrownBy(() -> context(RawActions.class))
			.withMessageContaining("'raw'")
			.withMessageContaining("OptimisticAction<P, R>");
	}

	@SuppressWarnings("unchecked")
	private static StreamRepository<Task, String> tasks(AnnotationConfigApplicationContext context) {
		return (StreamRepository<Task, String>) context.getBean("taskStreamRepository");
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
			return new EntityRepositoryPostProcessor(List.of(Task.class), "streamDbTemplate");
		}

		@Bean
		static StreamActionPostProcessor streamActions() {
			return new StreamActionPostProcessor("streamDbTemplate");
		}

		@Bean
		TestDatabase database() {
			return new TestDatabase(Task.class);
		}

		@Bean
		StreamDbTemplate streamDbTemplate(TestDatabase database) {
			return database.template();
		}

	}

	record Rename(String id, String title) {
	}

	@StreamAction("add")
	static class AddTask implements OptimisticAction<Task, Task> {

		@Override
		public Task onMutate(Task task, ActionContext context) {
			return context.collection(Task.class).insert(task);
		}

	}

	@StreamAction("add")
	static class AddAgain implements OptimisticAction<Task, Task> {

		@Override
		public Task onMutate(Task task, ActionContext context) {
			return task;
		}

	}

	@StreamAction
	static class RenameTask implements OptimisticAction<Rename, Task> {

		@Override
		public Task onMutate(Rename rename, ActionContext context) {
			return context.collection(Task.class).update(rename.id(), (task) -> task.withTitle(rename.title()));
		}

	}

	@StreamAction("addTwice")
	static class AddTwice implements OptimisticAction<Task, Integer> {

		private final StreamRepository<Task, String> tasks;

		private final ActionInvoker<Task, Task> add;

		private final ActionInvoker<Task, Integer> self;

		AddTwice(StreamRepository<Task, String> tasks, ActionInvoker<Task, Task> add,
				ActionInvoker<Task, Integer> self) {
			this.tasks = tasks;
			this.add = add;
			this.self = self;
		}

		@Override
		public Integer onMutate(Task task, ActionContext context) {
			assertThat(this.self.name()).isEqualTo("addTwice");
			assertThat(this.add.name()).isEqualTo("add");
			this.tasks.insert(task);
			this.tasks.save(new Task(task.id() + "-copy", task.title(), task.priority()));
			return (int) this.tasks.count();
		}

	}

	@StreamAction("fail")
	static class FailingAction implements OptimisticAction<Task, Task> {

		@Override
		public Task onMutate(Task task, ActionContext context) {
			context.collection(Task.class).insert(task);
			throw new IllegalStateException("no more tasks");
		}

	}

	@StreamAction("pending")
	static class PendingAction implements OptimisticAction<Task, Task> {

		private final CompletableFuture<Void> answer = new CompletableFuture<>();

		@Override
		public Task onMutate(Task task, ActionContext context) {
			return context.collection(Task.class).insert(task);
		}

		@Override
		public CompletionStage<?> mutate(Task task, ActionContext context) {
			return this.answer;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Decisions {

		@Bean
		@StreamAction
		OptimisticAction<String, Task> finish() {
			return (id, context) -> context.collection(Task.class).update(id, (task) -> task.withTitle("finished"));
		}

		@Bean
		@StreamAction
		OptimisticAction<String, Task> abandon() {
			return (id, context) -> context.collection(Task.class).update(id, (task) -> task.withTitle("abandoned"));
		}

	}

	@StreamAction
	static class NoAction {

	}

	@Configuration(proxyBeanMethods = false)
	static class RawActions {

		@Bean
		@StreamAction
		@SuppressWarnings("rawtypes")
		OptimisticAction raw() {
			return (params, context) -> params;
		}

	}

	record ByType(ActionInvoker<Task, Task> add, ActionInvoker<Rename, Task> rename) {
	}

	record ByName(ActionInvoker<String, Task> finish, @Qualifier("abandon") ActionInvoker<String, Task> other) {
	}

	record Ambiguous(ActionInvoker<String, Task> something) {
	}

	static class ByField {

		@Autowired
		private @Nullable ActionInvoker<String, Task> abandon;

	}

}
