package io.streamdb.data.action;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.streamdb.client.AppendOptions;
import io.streamdb.data.TestDatabase;
import io.streamdb.data.core.StreamDbTemplate;
import io.streamdb.data.repository.Task;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;
import io.streamdb.transaction.TransactionHandle;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.aop.support.RootClassFilter;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for actions that some aspect advises: those that persist by the default way still
 * do (SPEC T2, T6, T7), through proxies of both kinds.
 */
class ProxiedActionIntegrationTests {

	private static final Task WASH = new Task("1", "wash", 3);

	private static final Task COOK = new Task("2", "cook", 8);

	private final List<String> advised = new CopyOnWriteArrayList<>();

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void joinsATransaction(boolean cglib) {
		withContext(cglib, (context) -> {
			ActionInvoker<String, Task> addTo = invoker(context, "addTo");
			TestDatabase database = context.getBean(TestDatabase.class);
			TransactionHandle<Task> handle = database.streamDb().transact((transaction) -> {
				transaction.collection(Task.class).insert(WASH);
				return addTo.invoke("ed").result();
			});
			assertThat(handle.await().title()).isEqualTo("washed");
			assertThat(this.advised).containsExactly("onMutate");
			assertThat(database.streamDb().syncedSnapshot().collection(Task.class).row("1").origin().txid())
				.isEqualTo(handle.txid());
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void isAppliedAgainOnWhatTheStreamBrings(boolean cglib) {
		withContext(cglib, (context) -> {
			TestDatabase database = context.getBean(TestDatabase.class);
			database.template().save(WASH);
			CompletableFuture<Void> release = database.holdAppendOf(COOK);
			TransactionHandle<Task> handle = this.<String, Task>invoker(context, "addTo").invoke("ed");
			database.stream()
				.append(AppendOptions
					.of("""
							{"type":"task","key":"1","value":{"title":"iron","priority":1},"headers":{"operation":"update"}}"""
						.getBytes(UTF_8)))
				.join();
			await().until(() -> database.template().findById(Task.class, "1").orElseThrow().title().equals("ironed"));
			release.complete(null);
			assertThat(handle.await().title()).isEqualTo("ironed");
			assertThat(this.advised).containsExactly("onMutate");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void mutateOfItsOwnIsCalledThroughTheProxy(boolean cglib) {
		withContext(cglib, (context) -> {
			ActionInvoker<Task, Task> refused = invoker(context, "refused");
			TransactionHandle<Task> handle = refused.invoke(WASH);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(handle::await).withMessage("refused");
			assertThat(this.advised).containsExactly("onMutate", "mutate");
		});
	}

	private <P, R> ActionInvoker<P, R> invoker(AnnotationConfigApplicationContext context, String action) {
		return context.getBean(ActionRegistry.class).invoker(action);
	}

	private void withContext(boolean cglib, Consumer<AnnotationConfigApplicationContext> test) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(DefaultAdvisorAutoProxyCreator.class, DefaultAdvisorAutoProxyCreator::new,
					(definition) -> definition.getPropertyValues().add("proxyTargetClass", cglib));
			NameMatchMethodPointcut calls = new NameMatchMethodPointcut();
			calls.setClassFilter(new RootClassFilter(OptimisticAction.class));
			calls.setMappedNames("onMutate", "mutate");
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(calls, (MethodInterceptor) (call) -> {
				this.advised.add(call.getMethod().getName());
				return call.proceed();
			});
			context.registerBean(DefaultPointcutAdvisor.class, () -> advisor);
			context.register(DatabaseConfiguration.class);
			context.registerBean("addTo", AddTo.class);
			context.registerBean("refused", Refused.class);
			context.refresh();
			assertThat(AopUtils.isCglibProxy(context.getBean("addTo"))).isEqualTo(cglib);
			assertThat(AopUtils.isJdkDynamicProxy(context.getBean("addTo"))).isEqualTo(!cglib);
			test.accept(context);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class DatabaseConfiguration {

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

	@StreamAction
	static class AddTo implements OptimisticAction<String, Task> {

		@Override
		public Task onMutate(String text, ActionContext context) {
			return context.collection(Task.class).update("1", (task) -> task.withTitle(task.title() + text));
		}

	}

	@StreamAction
	static class Refused implements OptimisticAction<Task, Task> {

		@Override
		public Task onMutate(Task task, ActionContext context) {
			return context.collection(Task.class).insert(task);
		}

		@Override
		public CompletionStage<?> mutate(Task task, ActionContext context) {
			return CompletableFuture.failedFuture(new IllegalStateException("refused"));
		}

	}

}
