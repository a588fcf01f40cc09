package io.streamdb;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.streamdb.client.Scheduling;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link CompletionThreads}: how many there are, and what those do that wait.
 */
@Timeout(60)
class CompletionThreadsTests {

	private static final int LIMIT = CompletionThreads.LIMIT;

	private final Semaphore looks = new Semaphore(0);

	private final CompletionThreads threads = new CompletionThreads("http://localhost/s", Scheduling.real(),
			this.looks::acquire);

	private final CountDownLatch released = new CountDownLatch(1);

	private final AtomicInteger waiting = new AtomicInteger();

	@AfterEach
	void end() throws Exception {
		this.released.countDown();
		this.threads.shutDown();
		this.looks.release(1_000_000);
		assertThat(this.threads.awaitEnd(Duration.ofSeconds(20))).as("all threads are gone").isTrue();
	}

	@Test
	void aBurstIsCompletedByALimitedNumberOfThreads() {
		AtomicInteger running = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		AtomicInteger done = new AtomicInteger();
		for (int i = 0; i < 20_000; i++) {
			this.threads.complete(() -> {
				most.accumulateAndGet(running.incrementAndGet(), Math::max);
				running.decrementAndGet();
				done.incrementAndGet();
			});
		}
		await().until(() -> done.get() == 20_000);
		assertThat(most).hasValueBetween(1, LIMIT);
	}

	@Test
	void theNextLookMakesUpForThreadsThatWait() {
		block(LIMIT);
		await().until(() -> this.waiting.get() == LIMIT);
		AtomicInteger done = new AtomicInteger();
		for (int i = 0; i < 1000; i++) {
			this.threads.complete(done::incrementAndGet);
		}
		assertThat(done).as("nobody is free before the next look").hasValue(0);
		this.looks.release(2);
		await().until(() -> done.get() == 1000);
		assertThat(this.waiting).hasValue(LIMIT);
	}

	@Test
	void manyThatWaitHoldUpNobody() {
		this.looks.release(1_000_000);
		block(10 * LIMIT);
		CompletableFuture<Void> other = new CompletableFuture<>();
		this.threads.complete(() -> other.complete(null));
		assertThat(other).succeedsWithin(Duration.ofSeconds(30));
		assertThat(this.waiting).hasValue(10 * LIMIT);
	}

	@Test
	void whoWaitsForLaterCompletionsGetsThem() throws Exception {
		this.looks.release(1_000_000);
		CountDownLatch later = new CountDownLatch(500);
		CountDownLatch done = new CountDownLatch(500);
		for (int i = 0; i < 500; i++) {
			this.threads.complete(() -> {
				this.threads.complete(later::countDown);
				awaitOpen(later);
				done.countDown();
			});
		}
		assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void whatIsLeftAtTheEndIsStillCompleted() {
		this.looks.release(1_000_000);
		block(3 * LIMIT);
		this.threads.shutDown();
		CompletableFuture<Void> late = new CompletableFuture<>();
		this.threads.complete(() -> late.complete(null));
		assertThat(late).succeedsWithin(Duration.ofSeconds(30));
		assertThat(this.waiting).hasValue(3 * LIMIT);
	}

	@Test
	void afterTheEndTheCallingThreadCompletes() throws Exception {
		this.threads.shutDown();
		assertThat(this.threads.awaitEnd(Duration.ofSeconds(20))).isTrue();
		CompletableFuture<Thread> late = new CompletableFuture<>();
		this.threads.complete(() -> late.complete(Thread.currentThread()));
		assertThat(late).isCompletedWithValue(Thread.currentThread());
	}

	@Test
	void aCompletionThatThrowsHarmsNoOther() {
		for (int i = 0; i < 2 * LIMIT; i++) {
			this.threads.complete(() -> {
				throw new Stackless();
			});
		}
		CompletableFuture<Void> other = new CompletableFuture<>();
		this.threads.complete(() -> other.complete(null));
		assertThat(other).succeedsWithin(Duration.ofSeconds(20));
	}

	@Test
	void manyThatWaitAreToldOnceWithTheirPlace() {
		Logger logger = (Logger) LoggerFactory.getLogger(CompletionThreads.class);
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		log.start();
		logger.addAppender(log);
		try {
			block(LIMIT + 20);
			await().until(() -> this.waiting.get() == LIMIT);
			await().until(() -> {
				this.looks.release();
				return this.waiting.get() == LIMIT + 20;
			});
		}
		finally {
			logger.detachAppender(log);
		}
		assertThat(log.list).filteredOn((event) -> event.getLevel() == Level.WARN)
			.singleElement()
			.satisfies((event) -> {
				assertThat(event.getFormattedMessage()).contains("http://localhost/s", "thenApplyAsync");
				assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
					.anyMatch((frame) -> frame.getSTEAsString().contains("awaitOpen"));
			});
	}

	private void block(int count) {
		for (int i = 0; i < count; i++) {
			this.threads.complete(() -> {
				this.waiting.incrementAndGet();
				awaitOpen(this.released);
			});
		}
	}

	private static void awaitOpen(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static final class Stackless extends Error {

		Stackless() {
			super("for the test", null, false, false);
		}

	}

}
