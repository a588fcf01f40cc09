package io.streamdb;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.client.Scheduling;
import io.streamdb.testsupport.Latches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link TaskThreads}: how many tasks run at once, and what becomes of the
 * others.
 */
@Timeout(60)
class TaskThreadsTests {

	private final ExecutorService pool = Scheduling.real().newPool("test");

	private final TaskThreads threads = new TaskThreads("http://localhost/s", this.pool);

	private final CountDownLatch released = new CountDownLatch(1);

	private final AtomicInteger running = new AtomicInteger();

	private final AtomicInteger done = new AtomicInteger();

	@AfterEach
	void end() throws Exception {
		this.released.countDown();
		this.threads.shutDown();
		assertThat(this.pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void noMoreTasksRunAtOnceThanTheBoundAndNoneGetsLost() {
		block(TaskThreads.LIMIT + 300);
		await().until(() -> this.running.get() == TaskThreads.LIMIT);
		assertThat(this.threads.threads()).isEqualTo(TaskThreads.LIMIT);
		assertThat(this.threads.waiting()).isEqualTo(300);
		this.released.countDown();
		await().until(() -> this.done.get() == TaskThreads.LIMIT + 300);
		await().until(() -> this.threads.threads() == 0);
		assertThat(this.threads.waiting()).isZero();
	}

	@Test
	void tasksThatHaveToWaitRunInTheirOrder() {
		block(TaskThreads.LIMIT - 1);
		await().until(() -> this.running.get() == TaskThreads.LIMIT - 1);
		CountDownLatch last = new CountDownLatch(1);
		List<Integer> order = new CopyOnWriteArrayList<>();
		this.threads.execute(() -> Latches.awaitOpen(last));
		for (int i = 0; i < 100; i++) {
			int number = i;
			this.threads.execute(() -> order.add(number));
		}
		assertThat(order).isEmpty();
		last.countDown();
		await().until(() -> order.size() == 100);
		assertThat(order).isSorted();
	}

	@Test
	void aTaskThatThrowsHarmsNoOther() {
		block(TaskThreads.LIMIT - 1);
		CountDownLatch last = new CountDownLatch(1);
		this.threads.execute(() -> {
			Latches.awaitOpen(last);
			throw new IllegalStateException("for the test");
		});
		CountDownLatch next = new CountDownLatch(1);
		this.threads.execute(next::countDown);
		last.countDown();
		await().until(() -> next.getCount() == 0);
	}

	@Test
	void atTheEndWhatWaitsIsDroppedAndWhatComesIsRefused() {
		block(TaskThreads.LIMIT);
		await().until(() -> this.running.get() == TaskThreads.LIMIT);
		AtomicInteger dropped = new AtomicInteger();
		this.threads.execute(dropped::incrementAndGet);
		this.threads.shutDown();
		assertThat(this.threads.waiting()).isZero();
		this.released.countDown();
		await().until(() -> this.threads.threads() == 0);
		assertThatExceptionOfType(RejectedExecutionException.class)
			.isThrownBy(() -> this.threads.execute(dropped::incrementAndGet));
		assertThat(dropped).hasValue(0);
		assertThat(this.threads.waiting()).isZero();
	}

	private void block(int count) {
		for (int i = 0; i < count; i++) {
			this.threads.execute(() -> {
				this.running.incrementAndGet();
				Latches.awaitOpen(this.released);
				this.done.incrementAndGet();
			});
		}
	}

}
