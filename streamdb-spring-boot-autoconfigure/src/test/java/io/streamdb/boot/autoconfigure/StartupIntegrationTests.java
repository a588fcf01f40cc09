package io.streamdb.boot.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import io.streamdb.SubscriptionOptions;
import io.streamdb.boot.TestStreamServer;
import io.streamdb.boot.app.Task;
import io.streamdb.boot.app.TaskRepository;
import io.streamdb.boot.app.TestApplication;
import io.streamdb.boot.autoconfigure.health.StreamDbHealthContributorAutoConfiguration;
import io.streamdb.boot.health.StreamDbHealthIndicator;
import io.streamdb.client.RetryPolicy;
import io.streamdb.schema.StateSchema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.dao.DataAccessResourceFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the startup modes (SPEC B6).
 */
class StartupIntegrationTests {

	private static final String WASH = """
			{"type":"task","key":"1","value":{"id":"1","title":"wash"},"headers":{"operation":"insert"}}""";

	private final TestStreamServer server = new TestStreamServer();

	private ApplicationContextRunner contextRunner;

	@BeforeEach
	void configure() {
		this.contextRunner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(StreamDbAutoConfiguration.class,
					StreamDbRepositoriesAutoConfiguration.class, StreamDbHealthContributorAutoConfiguration.class))
			.withUserConfiguration(TestApplication.class)
			.withBean(DurableStreamBuilderCustomizer.class,
					() -> (builder) -> builder.readRetryPolicy(
							new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(10), Duration.ofMillis(50))))
			.withPropertyValues("streamdb.url=" + this.server.url("board"));
	}

	@AfterEach
	void close() {
		this.server.close();
	}

	@Test
	void waitLoadsBeforeTheApplicationIsReady() {
		this.server.create("board", WASH);
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(StreamDb.class).snapshot().collection(Task.class).count()).isOne();
			assertThat(health(context)).isEqualTo(Status.UP);
		});
	}

	@Test
	void waitStopsTheApplicationWhenTheStateCannotBeLoaded() {
		this.server.stop();
		this.contextRunner.run((context) -> assertThat(context).getFailure()
			.hasStackTraceContaining(StreamDbStartupException.class.getName())
			.hasStackTraceContaining("could not be reached"));
	}

	@Test
	void waitStopsTheApplicationWhenTheTimeIsOver() throws Exception {
		try (java.net.ServerSocket silent = new java.net.ServerSocket(0)) {
			this.contextRunner
				.withPropertyValues("streamdb.url=http://localhost:" + silent.getLocalPort() + "/board",
						"streamdb.startup.timeout=200ms")
				.run((context) -> assertThat(context).getFailure()
					.hasStackTraceContaining("was not loaded within 'streamdb.startup.timeout'"));
		}
	}

	@Test
	void backgroundStartsAtOnceAndTriesUntilItWorks() {
		this.server.stop();
		this.contextRunner.withPropertyValues("streamdb.startup.mode=background", "streamdb.startup.timeout=50ms")
			.run((context) -> {
				TaskRepository tasks = context.getBean(TaskRepository.class);
				assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(tasks::findAll);
				// Between two attempts: while it tries it is out of service.
				await().untilAsserted(() -> assertThat(health(context)).isEqualTo(Status.DOWN));
				this.server.create("board", WASH);
				this.server.start();
				await().atMost(Duration.ofSeconds(60))
					.untilAsserted(() -> assertThat(health(context)).isEqualTo(Status.UP));
				assertThat(tasks.findAll()).containsExactly(new Task("1", "wash"));
			});
	}

	@Test
	void backgroundWaitsTwiceAsLongAfterEachFailureAndEndsWithTheDatabase() throws Exception {
		this.server.create("other");
		BlockingQueue<Map.Entry<Duration, Runnable>> scheduled = new LinkedBlockingQueue<>();
		List<Duration> delays = new ArrayList<>();
		StreamDb streamDb = StreamDb.builder(this.server.stream("missing"), StateSchema.of()).build();
		try {
			new BackgroundPreload(streamDb, (delay) -> (task) -> scheduled.add(Map.entry(delay, task))).start();
			for (int attempt = 0; attempt < 7; attempt++) {
				Map.Entry<Duration, Runnable> next = scheduled.poll(10, TimeUnit.SECONDS);
				assertThat(next).isNotNull();
				delays.add(next.getKey());
				next.getValue().run();
			}
			assertThat(delays).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);
			Map.Entry<Duration, Runnable> last = scheduled.poll(10, TimeUnit.SECONDS);
			assertThat(last).isNotNull();
			streamDb.close();
			last.getValue().run();
			assertThat(scheduled).isEmpty();
		}
		finally {
			streamDb.close();
		}
	}

	@Test
	void lazyLoadsWithTheFirstAccess() {
		this.server.create("board", WASH);
		this.contextRunner.withPropertyValues("streamdb.startup.mode=lazy").run((context) -> {
			StreamDb streamDb = context.getBean(StreamDb.class);
			assertThat(streamDb.status().state()).isEqualTo(StreamDbState.IDLE);
			assertThat(health(context)).isEqualTo(Status.UNKNOWN);
			assertThat(streamDb.snapshot().collection(Task.class).count()).isZero();
			assertThat(streamDb.status().state()).isEqualTo(StreamDbState.IDLE);
			assertThat(context.getBean(TaskRepository.class).findAll()).containsExactly(new Task("1", "wash"));
			await().untilAsserted(() -> assertThat(health(context)).isEqualTo(Status.UP));
		});
	}

	@Test
	void lazyLoadsWithTheFirstWriteWaitOrSubscription() throws Exception {
		this.server.create("board", WASH);
		ApplicationContextRunner lazy = this.contextRunner.withPropertyValues("streamdb.startup.mode=lazy");
		lazy.run((context) -> {
			context.getBean(TaskRepository.class).save(new Task("2", "cook"));
			assertThat(context.getBean(TaskRepository.class).count()).isEqualTo(2);
		});
		lazy.run((context) -> {
			StreamDb streamDb = context.getBean(StreamDb.class);
			String tail = this.server.stream("board").head().join().offset();
			streamDb.awaitOffset(tail, Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
			await().untilAsserted(() -> assertThat(streamDb.status().state()).isEqualTo(StreamDbState.LIVE));
		});
		lazy.run((context) -> {
			StreamDb streamDb = context.getBean(StreamDb.class);
			BlockingQueue<Integer> changes = new LinkedBlockingQueue<>();
			streamDb.collection(Task.class)
				.subscribe(SubscriptionOptions.defaults().withInitialState(),
						(commit) -> changes.add(commit.changes().size()));
			assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
		});
	}

	@Test
	void lazyTriesAgainWithTheNextAccess() {
		this.contextRunner.withPropertyValues("streamdb.startup.mode=lazy").run((context) -> {
			TaskRepository tasks = context.getBean(TaskRepository.class);
			assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(tasks::findAll)
				.withMessageContaining("does not exist");
			this.server.create("board", WASH);
			assertThat(tasks.findAll()).containsExactly(new Task("1", "wash"));
		});
	}

	private static Status health(org.springframework.context.ApplicationContext context) {
		return context.getBean(StreamDbHealthIndicator.class).health().getStatus();
	}

}
