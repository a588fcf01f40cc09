package io.streamdb.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.streamdb.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Client, engine and server in one process, on a virtual clock and a seeded scheduler,
 * over a network that misbehaves. After everything that is published the state is held
 * against an oracle that knows the stream. {@code docs/testing.md} tells what is checked,
 * how to run more seeds, and how to replay one.
 */
class SimulationTests {

	private static final long FROM = Long.getLong("simulation.from", 1);

	private static final int SEEDS = Integer.getInteger("simulation.seeds", 200);

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.streamdb");

	private final Level level = this.logger.getLevel();

	@BeforeEach
	void logNothing() {
		this.logger.setLevel(Level.OFF);
	}

	@AfterEach
	void logAgain() {
		this.logger.setLevel(this.level);
	}

	@Test
	void theSystemIsRightAtEveryMoment() throws Exception {
		Map<TransactionOutcome, Integer> outcomes = new EnumMap<>(TransactionOutcome.class);
		ConcurrentLinkedQueue<AssertionError> failures = new ConcurrentLinkedQueue<>();
		AtomicLong next = new AtomicLong(FROM);
		ExecutorService executor = Executors.newFixedThreadPool(2);
		for (int i = 0; i < 2; i++) {
			executor.execute(() -> {
				for (long seed = next.getAndIncrement(); seed < FROM + SEEDS
						&& failures.isEmpty(); seed = next.getAndIncrement()) {
					World world = new World(seed);
					try {
						world.run();
					}
					catch (AssertionError ex) {
						failures.add(ex);
					}
					synchronized (outcomes) {
						world.outcomes().forEach((outcome, count) -> outcomes.merge(outcome, count, Integer::sum));
					}
				}
			});
		}
		executor.shutdown();
		executor.awaitTermination(10, TimeUnit.HOURS);
		if (!failures.isEmpty()) {
			throw failures.element();
		}
		if (SEEDS >= 100) {
			assertThat(outcomes).as("the seeds bring up every end").containsKeys(TransactionOutcome.values());
		}
	}

	@ParameterizedTest(name = "seed {0}")
	@ValueSource(longs = {
			// A stream that was deleted while it was loaded, and the one created in its
			// place, were loaded on top of each other.
			563, 759, 773, 791,
			// What a stream had acknowledged that was created anew left the overlay, and
			// came back.
			7961,
			// The outcome stayed unknown, since the fence was far away.
			3755,
			// What stood where the server kept nothing any more was told to have failed.
			346,
			// An acknowledgement that came while the new stream was asked for in vain was
			// not known to be of the one before.
			961,
			// A copy of a batch that was refused with 404 was taken by the next stream.
			// What had its sequence by then was taken for a duplicate.
			2816,
			// A batch came too early (409), a copy of it came behind the one that was
			// missing, and it was appended again since that one's outcome was unknown.
			8764,
			// What was acknowledged without an offset hid what others wrote for good. A
			// snapshot had taken the place of its events.
			6378, 8760 })
	void aSeedThatFoundABugIsRight(long seed) {
		new World(seed).run();
	}

	@ParameterizedTest
	@ValueSource(longs = { 4, 15, 58, 107 })
	void aSeedGivesTheSameHistoryAgain(long seed) {
		World first = new World(seed);
		first.run();
		World second = new World(seed);
		second.run();
		assertThat(second.trace().hash()).isEqualTo(first.trace().hash());
		assertThat(second.steps()).isEqualTo(first.steps());
	}

}
