package io.streamdb.server;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ServerTasksTests {

	private final ManualScheduler scheduler = new ManualScheduler();

	private final AtomicInteger runs = new AtomicInteger();

	@Test
	void taskIsRunAlthoughTheExecutorIsClosed() {
		assertRun((task) -> {
			throw new RejectedExecutionException("on purpose");
		});
	}

	@Test
	void taskIsRunAlthoughThereIsNoThreadForIt() {
		assertRun((task) -> {
			throw new InternalError("no thread, on purpose");
		});
	}

	private void assertRun(Executor executor) {
		ServerTasks tasks = new ServerTasks(executor, this.scheduler);
		tasks.execute(this.runs::incrementAndGet);
		assertThat(this.runs).hasValue(1);
		tasks.schedule(this.runs::incrementAndGet, Duration.ofSeconds(1));
		this.scheduler.elapse(Duration.ofSeconds(1));
		assertThat(this.runs).hasValue(2);
	}

}
