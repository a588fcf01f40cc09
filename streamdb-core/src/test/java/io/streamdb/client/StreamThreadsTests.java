package io.streamdb.client;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StreamThreads}.
 */
class StreamThreadsTests {

	@Test
	void threadsAreDaemonsNamedAfterTheirJob() {
		ThreadFactory factory = StreamThreads.factory("apply");
		Thread first = factory.newThread(() -> {
		});
		Thread second = factory.newThread(() -> {
		});
		assertThat(first.getName()).isEqualTo("streamdb-apply-1");
		assertThat(second.getName()).isEqualTo("streamdb-apply-2");
		assertThat(first.isDaemon()).isTrue();
	}

	@Test
	void everyTaskHasAThreadOfItsOwn() throws Exception {
		CompletableFuture<Thread> first = new CompletableFuture<>();
		CompletableFuture<Thread> second = new CompletableFuture<>();
		var executor = StreamThreads.perTask("job");
		executor.execute(() -> {
			second.join();
			first.complete(Thread.currentThread());
		});
		executor.execute(() -> second.complete(Thread.currentThread()));
		assertThat(first.get()).isNotSameAs(second.get()).isNotSameAs(Thread.currentThread());
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void threadsAreVirtualWhereTheRuntimeHasThem() throws Exception {
		Method isVirtual = Thread.class.getMethod("isVirtual");
		Thread thread = StreamThreads.factory("job").newThread(() -> {
		});
		assertThat(isVirtual.invoke(thread)).isEqualTo(true);
	}

}
