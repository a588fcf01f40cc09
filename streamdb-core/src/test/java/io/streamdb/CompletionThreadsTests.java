package io.streamdb;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.streamdb.testsupport.Latches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link CompletionThreads}: how many there are, what those do that wait, and
 * what becomes of completions when all of them do.
 */
@Timeout(60)
class CompletionThreadsTests {

	private static final int FEW = CompletionThreads.FEW;

	private static final int MOST = CompletionThreads.MOST;

	private final LaterByHand looks = new LaterByHand();

	private final CompletionThreads threads = new CompletionThreads("http://localhost/s", this.looks.scheduling());

	private final CountDownLatch released = new CountDownLatch(1);

	private final AtomicInteger waiting = new AtomicInteger();

	@AfterEach
	void end() throws Exception {
		this.released.countDown();
		this.threads.shutDown();
		this.looks.letPass();
		assertThat(this.threads.awaitEnd(Duration.ofSeconds(20))).as("all threads are gone").isTrue();
	}

	@Test
	void aBurstIsCompletedByAFewThreads() {
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
		assertThat(most).hasValueBetween(1, FEW);
		assertThat(this.looks.count()).as("one look is planned at most").isLessThanOrEqualTo(1);
		await().until(() -> this.threads.threads() == 0);
		assertThat(this.threads.waiting()).isZero();
	}

	@Test
	void nothingIsLookedAfterWhenNothingIsLeft() {
		for (int i = 0; i < 100; i++) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			this.threads.complete(() -> done.complete(null));
			done.orTimeout(20, TimeUnit.SECONDS).join();
			await().until(() -> this.threads.threads() == 0);
		}
		assertThat(this.looks.count()).isZero();
	}

	@Test
	void theNextLookMakesUpForThreadsThatWait() {
		block(FEW);
		await().until(() -> this.waiting.get() == FEW);
		AtomicInteger done = new AtomicInteger();
		for (int i = 0; i < 1000; i++) {
			this.threads.complete(done::incrementAndGet);
		}
		assertThat(done).as("nobody is free before the next look").hasValue(0);
		assertThat(this.threads.waiting()).isEqualTo(1000);
		this.looks.pass();
		await().until(() -> done.get() == 1000);
		assertThat(this.waiting).hasValue(FEW);
	}

	@Test
	void threadsThatWaitAreDoubledAtEachLook() {
		block(100);
		await().until(() -> this.waiting.get() == FEW);
		for (int threads = 2 * FEW; threads <= 16 * FEW; threads *= 2) {
			int expected = threads;
			this.looks.pass();
			await().until(() -> this.waiting.get() == expected);
			assertThat(this.threads.threads()).isEqualTo(expected);
		}
	}

	@Test
	void manyThatWaitHoldUpNobody() {
		this.looks.letPass();
		block(640);
		CompletableFuture<Void> other = new CompletableFuture<>();
		this.threads.complete(() -> other.complete(null));
		assertThat(other).succeedsWithin(Duration.ofSeconds(30));
		assertThat(this.waiting).hasValue(640);
	}

	@Test
	void thereAreNoMoreThreadsThanTheBoundWhateverWaits() {
		block(MOST + 500);
		await().until(() -> {
			this.looks.pass();
			return this.waiting.get() == MOST;
		});
		for (int i = 0; i < 10; i++) {
			this.looks.pass();
		}
		assertThat(this.threads.threads()).isEqualTo(MOST);
		assertThat(this.threads.waiting()).isEqualTo(500);
		this.released.countDown();
		await().until(() -> this.waiting.get() == MOST + 500);
	}

	@Test
	void nothingMoreIsTakenWhenTooManyCompletionsWait() {
		block(FEW);
		await().until(() -> this.waiting.get() == FEW);
		AtomicInteger done = new AtomicInteger();
		for (int i = 0; i < CompletionThreads.LIMIT - 1; i++) {
			this.threads.complete(done::incrementAndGet);
		}
		assertThatNoException().isThrownBy(this.threads::checkRoom);
		this.threads.complete(done::incrementAndGet);
		assertThatExceptionOfType(StreamDbUnavailableException.class).isThrownBy(this.threads::checkRoom)
			.withMessageContaining("http://localhost/s")
			.withMessageContaining("thenApplyAsync");
		this.released.countDown();
		await().until(() -> done.get() == CompletionThreads.LIMIT);
		assertThatNoException().isThrownBy(this.threads::checkRoom);
	}

	@Test
	void whoWaitsForLaterCompletionsGetsThem() throws Exception {
		this.looks.letPass();
		CountDownLatch later = new CountDownLatch(500);
		CountDownLatch done = new CountDownLatch(500);
		for (int i = 0; i < 500; i++) {
			this.threads.complete(() -> {
				this.threads.complete(later::countDown);
				Latches.awaitOpen(later);
				done.countDown();
			});
		}
		assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void whatIsLeftAtTheEndIsStillCompleted() {
		this.looks.letPass();
		block(200);
		this.threads.shutDown();
		CompletableFuture<Void> late = new CompletableFuture<>();
		this.threads.complete(() -> late.complete(null));
		assertThat(late).succeedsWithin(Duration.ofSeconds(30));
		assertThat(this.waiting).hasValue(200);
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
		for (int i = 0; i < 100; i++) {
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
			block(2 * CompletionThreads.MANY + 20);
			await().until(() -> {
				this.looks.pass();
				return this.waiting.get() == 2 * CompletionThreads.MANY + 20;
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
				Latches.awaitOpen(this.released);
			});
		}
	}

	private static final class Stackless extends Error {

		Stackless() {
			super("for the test", null, false, false);
		}

	}

}
