package io.streamdb.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Appends over a network that fails at random, where requests may even arrive after the
 * client has given them up: what was acknowledged stands in the stream exactly once and
 * in order, what has failed does not stand there, and what is unknown stands there at
 * most once.
 */
@Timeout(120)
class ProducerPropertyTests {

	private static final int SEEDS = 3000;

	private static final int SEEDS_WITH_THREADS = 1500;

	@Test
	void everyMessageIsAppendedExactlyOnce() throws Exception {
		everyMessageIsAppendedExactlyOnce(SEEDS, 1);
	}

	/**
	 * The threads of the attempts race, so a seed fixes what is sent and how likely
	 * faults are, and not the history.
	 */
	@Test
	@Spec({ "P5.5", "P5.11" })
	void everyMessageIsAppendedExactlyOnceWithSeveralBatchesInFlight() throws Exception {
		everyMessageIsAppendedExactlyOnce(SEEDS_WITH_THREADS, 5);
	}

	/**
	 * A proxy may repeat a request that was refused: then what was refused may be there
	 * all the same. What was acknowledged is there in any case.
	 */
	@Test
	@Spec("P5.11")
	void nothingThatIsAcknowledgedIsLostWhereCopiesOfWhatWasRefusedArriveLate() throws Exception {
		for (long seed = 0; seed < SEEDS; seed++) {
			Run run = new Run(seed, 1);
			run.server.copyRefused();
			run.executeAll();
			assertThat(run.server.messages()).as("seed %d", seed).containsAll(run.acknowledged);
		}
	}

	private static void everyMessageIsAppendedExactlyOnce(int seeds, int maxInFlight) throws Exception {
		int unknown = 0;
		int failed = 0;
		for (long seed = 0; seed < seeds; seed++) {
			Run run = new Run(seed, maxInFlight);
			run.execute();
			unknown += run.unknown.size();
			failed += run.failed.size();
		}
		assertThat(unknown).as("the seeds bring up unknown outcomes").isPositive();
		assertThat(failed).as("the seeds bring up failures").isPositive();
	}

	private static final class Run {

		private final long seed;

		private final Random random;

		private final SimulatedStream server;

		private final List<String> acknowledged = new ArrayList<>();

		private final List<String> unknown = new ArrayList<>();

		private final List<String> failed = new ArrayList<>();

		private final int maxInFlight;

		Run(long seed, int maxInFlight) {
			this.seed = seed;
			this.maxInFlight = maxInFlight;
			this.random = new Random(seed);
			this.server = new SimulatedStream(this.random, "application/json", this.random.nextInt(70));
		}

		void execute() throws Exception {
			executeAll();
			List<String> stored = this.server.messages();
			String what = "seed " + this.seed + ": " + stored;
			assertThat(stored).as(what).doesNotHaveDuplicates();
			assertThat(this.failed).as(what).noneMatch(stored::contains);
			assertThat(stored.stream().filter((message) -> !this.unknown.contains(message))).as(what)
				.isEqualTo(this.acknowledged);
		}

		void executeAll() throws Exception {
			// Batches depend only on the seed when all messages wait before the first is
			// sent.
			CompletableFuture<Runnable> task = new CompletableFuture<>();
			RecordingPause pause = new RecordingPause();
			DurableStream stream = pause.on(DurableStream.builder(URI.create("http://simulated/stream")))
				.transport(this.server)
				.executor((work) -> {
					if (!task.complete(work)) {
						new Thread(work).start();
					}
				})
				.random(new Random(this.seed))
				.build();
			Duration timeout = Duration.ofMillis(1 + this.random.nextInt(3000));
			ProducerOptions options = new ProducerOptions("p", this.random.nextInt(3), false, Duration.ZERO,
					10 + this.random.nextInt(60), 1 + this.random.nextInt(5), timeout)
				.withMaxInFlight(this.maxInFlight);
			int count = 1 + this.random.nextInt(30);
			List<String> messages = new ArrayList<>();
			List<CompletableFuture<AppendResult>> results = new ArrayList<>();
			try (IdempotentProducer producer = stream.producer(options)) {
				for (int i = 0; i < count; i++) {
					String message = "\"" + (i % 7 == 3 ? "bad" : "m") + i + "\"";
					messages.add(message);
					results.add(producer.append(() -> message.getBytes(StandardCharsets.UTF_8)));
				}
				CompletableFuture<Void> flush = producer.flush();
				Thread thread = new Thread(task.get());
				thread.start();
				flush.get(30, TimeUnit.SECONDS);
				assertThat(results).as("seed %d, after the flush", this.seed).allMatch(CompletableFuture::isDone);
			}
			this.server.settle();
			for (int i = 0; i < count; i++) {
				file(messages.get(i), results.get(i));
			}
		}

		private void file(String message, CompletableFuture<AppendResult> result) throws Exception {
			assertThat(result).as("seed %d, %s", this.seed, message).isDone();
			try {
				String offset = result.get().offset();
				int index = this.server.messages().indexOf(message);
				assertThat(index).as("seed %d, %s", this.seed, message).isNotNegative();
				assertThat(Integer.parseInt(offset.substring(0, 6)))
					.as("seed %d, the offset after %s", this.seed, message)
					.isGreaterThan(index);
				this.acknowledged.add(message);
			}
			catch (ExecutionException ex) {
				(ex.getCause() instanceof AppendOutcomeUnknownException ? this.unknown : this.failed).add(message);
			}
		}

	}

}
