package io.streamdb.server.store;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class StreamLogTests {

	private static final long SEED = 4711;

	private static final int LIMIT = 10_000_000;

	private final MutableClock clock = new MutableClock();

	private final List<Runnable> tasks = new ArrayList<>();

	private final StreamStore store = new StreamStore(this.clock, this.tasks::add, 3, LIMIT);

	private final StreamLog log = create("log");

	@Test
	@Spec("M5.11")
	void readsEndAtAppendsAndBeginOnlyThere() {
		Random random = new Random(SEED);
		List<byte[]> appends = new ArrayList<>();
		List<Long> boundaries = new ArrayList<>(List.of(0L));
		for (int i = 0; i < 300; i++) {
			byte[] bytes = new byte[1 + random.nextInt(20)];
			random.nextBytes(bytes);
			appends.add(bytes);
			boundaries.add(((AppendOutcome.Accepted) append(bytes)).tail());
		}
		LogHead head = this.log.head();
		for (long position = 0; position <= head.tail() + 3; position++) {
			assertThat(head.isBoundary(position)).as("%d", position).isEqualTo(boundaries.contains(position));
		}
		for (int first = 0; first < appends.size(); first++) {
			long position = boundaries.get(first);
			int maxBytes = 1 + random.nextInt(60);
			AppendRange range = head.read(position, maxBytes);
			assertThat(range.size()).isPositive();
			assertThat(range.byteCount()).isEqualTo(range.end() - position);
			if (range.size() > 1) {
				assertThat(range.byteCount()).as("seed %d", SEED).isLessThanOrEqualTo(maxBytes);
			}
			for (int i = 0; i < range.size(); i++) {
				assertThat(range.bytes(i)).isSameAs(appends.get(first + i));
			}
			int next = first + range.size();
			assertThat(range.end()).isEqualTo(boundaries.get(next));
			if (next < appends.size()) {
				assertThat(boundaries.get(next + 1) - position).isGreaterThan(maxBytes);
			}
		}
		assertThat(head.read(head.tail(), 100).size()).isZero();
	}

	@Test
	void headStaysAsItWasWhenMoreIsAppended() {
		append(bytes("a"));
		LogHead before = this.log.head();
		append(bytes("b"));
		assertThat(before.tail()).isEqualTo(1);
		assertThat(before.read(0, 100).size()).isEqualTo(1);
	}

	@Test
	void rangeStaysReadableWhenTheStreamIsDeleted() {
		append(bytes("kept"));
		AppendRange range = this.log.head().read(0, 100);
		this.store.delete("log");
		assertThat(range.bytes(0)).isEqualTo(bytes("kept"));
		assertThat(this.log.head().deleted()).isTrue();
		assertThat(append(bytes("late"))).isInstanceOf(AppendOutcome.StreamDeleted.class);
	}

	@Test
	void rangeKeepsNothingElseOfADeletedStream() {
		append(bytes("kept"));
		WeakReference<byte[]> rest = appendLarge();
		AppendRange range = this.log.head().read(0, 10);
		this.store.delete("log");
		await().until(() -> {
			System.gc();
			return rest.refersTo(null);
		});
		assertThat(range.bytes(0)).isEqualTo(bytes("kept"));
	}

	private WeakReference<byte[]> appendLarge() {
		byte[] bytes = new byte[100_000];
		append(bytes);
		return new WeakReference<>(bytes);
	}

	@Test
	void waitersAreCalledOnceAndNeverOnTheWritersThread() {
		List<String> calls = new ArrayList<>();
		this.log.onChange(this.log.head(), () -> calls.add("first"));
		this.log.onChange(this.log.head(), () -> calls.add("cancelled")).cancel();
		append(bytes("a"));
		assertThat(calls).isEmpty();
		runTasks();
		append(bytes("b"));
		runTasks();
		assertThat(calls).containsExactly("first");
	}

	@Test
	void waiterThatHasNotSeenTheLatestIsCalledAtOnce() {
		LogHead seen = this.log.head();
		append(bytes("a"));
		List<String> calls = new ArrayList<>();
		this.log.onChange(seen, () -> calls.add("late"));
		runTasks();
		assertThat(calls).containsExactly("late");
	}

	@Test
	void waitersAreCalledWhenTheStreamIsClosedOrDeleted() {
		List<String> calls = new ArrayList<>();
		this.log.onChange(this.log.head(), () -> calls.add("closed"));
		this.log.append(new Append(null, true, null, null));
		runTasks();
		this.log.onChange(this.log.head(), () -> calls.add("deleted"));
		this.store.delete("log");
		runTasks();
		assertThat(calls).containsExactly("closed", "deleted");
	}

	@Test
	void waiterThatFailsHarmsNoOther() {
		List<String> calls = new ArrayList<>();
		this.log.onChange(this.log.head(), () -> {
			throw new IllegalStateException("on purpose");
		});
		this.log.onChange(this.log.head(), () -> calls.add("other"));
		append(bytes("a"));
		runTasks();
		assertThat(calls).containsExactly("other");
	}

	@Test
	void producersAreForgottenAWeekAfterTheirLastAppend() {
		assertThat(append("p", 3, 0)).isInstanceOf(AppendOutcome.Accepted.class);
		this.clock.advance(ProducerStates.RETENTION.minusSeconds(1));
		assertThat(append("p", 3, 0)).isEqualTo(new AppendOutcome.Duplicate(1, 0, false));
		this.clock.advance(Duration.ofSeconds(2));
		assertThat(append("p", 0, 0)).isInstanceOf(AppendOutcome.Accepted.class);
	}

	@Test
	void producerWithTheOldestAppendIsForgottenWhenThereAreTooMany() {
		for (int i = 0; i <= ProducerStates.MAX_PRODUCERS; i++) {
			append("p" + i, 0, 0);
			if (i == 1) {
				append("p0", 0, 1);
			}
		}
		assertThat(append("p0", 0, 1)).isInstanceOf(AppendOutcome.Duplicate.class);
		assertThat(append("p1", 0, 1)).isEqualTo(new AppendOutcome.SequenceGap(0));
		assertThat(append("p2", 0, 1)).isInstanceOf(AppendOutcome.Accepted.class);
	}

	@Test
	void duplicateTellsAPositionWithAllAppendsOfTheProducerBeforeIt() {
		append("p", 0, 0);
		append("p", 0, 1);
		append(bytes("other"));
		assertThat(append("p", 0, 0)).isEqualTo(new AppendOutcome.Duplicate(2, 1, false));
	}

	@Test
	void storeBoundsItsStreamsAndTheirBytes() {
		create("second");
		create("third");
		assertThat(this.store.create("fourth", "text/plain", null, false))
			.isEqualTo(new CreateOutcome.TooManyStreams(3));
		assertThat(append(new byte[LIMIT - 10_000])).isInstanceOf(AppendOutcome.Accepted.class);
		assertThat(append(new byte[10_000])).isEqualTo(new AppendOutcome.StoreFull(LIMIT));
		assertThat(append(new byte[1_000])).isInstanceOf(AppendOutcome.Accepted.class);
		this.store.delete("third");
		assertThat(this.store.create("third", "text/plain", new byte[10_000], false))
			.isEqualTo(new CreateOutcome.StoreFull(LIMIT));
		this.store.delete("log");
		assertThat(this.store.create("third", "text/plain", new byte[LIMIT - 10_000], false))
			.isInstanceOf(CreateOutcome.Created.class);
	}

	@Test
	void producersCountAgainstTheLimitUntilTheyAreForgotten() {
		StreamStore small = new StreamStore(this.clock, this.tasks::add, 10, 20_000);
		StreamLog first = create(small, "first");
		List<ProducerStamp> stamps = new ArrayList<>();
		while (accepts(first, new ProducerStamp("p".repeat(200) + stamps.size(), 0, 0))) {
			stamps.add(new ProducerStamp("p".repeat(200) + stamps.size(), 0, 0));
		}
		assertThat(stamps).hasSizeBetween(10, 80);
		assertThat(first.head().tail()).isEqualTo(stamps.size());
		assertThat(first.append(new Append(bytes("x"), false, null, stamps.get(0))))
			.isInstanceOf(AppendOutcome.Duplicate.class);
		assertThat(small.create("second", "text/plain", null, false)).isEqualTo(new CreateOutcome.StoreFull(20_000));
		this.clock.advance(ProducerStates.RETENTION.plusSeconds(1));
		assertThat(accepts(first, stamps.get(0))).isTrue();
		StreamLog second = create(small, "second");
		small.delete("first");
		for (ProducerStamp stamp : stamps) {
			assertThat(accepts(second, stamp)).isTrue();
		}
	}

	@Test
	void evictedProducersAreGivenBack() {
		StreamStore small = new StreamStore(this.clock, this.tasks::add, 10, 20_000_000);
		StreamLog first = create(small, "first");
		for (int i = 0; i < 3 * ProducerStates.MAX_PRODUCERS; i++) {
			assertThat(accepts(first, new ProducerStamp("p".repeat(200) + i, 0, 0))).isTrue();
		}
	}

	@Test
	void streamsWithoutContentCountAgainstTheLimit() {
		StreamStore small = new StreamStore(this.clock, this.tasks::add, 1000, 20_000);
		int streams = 0;
		while (small.create("s".repeat(1000) + streams, "text/plain", null, false) instanceof CreateOutcome.Created) {
			streams++;
		}
		assertThat(streams).isBetween(1, 20);
		for (int i = 0; i < 100; i++) {
			assertThat(small.delete("s".repeat(1000) + i % streams)).isTrue();
			create(small, "s".repeat(1000) + i % streams);
			assertThat(small.create("x", "text/plain", new byte[20_000], false))
				.isEqualTo(new CreateOutcome.StoreFull(20_000));
		}
	}

	private static StreamLog create(StreamStore store, String path) {
		return ((CreateOutcome.Created) store.create(path, "text/plain", null, false)).log();
	}

	private static boolean accepts(StreamLog log, ProducerStamp stamp) {
		return log.append(new Append(bytes("x"), false, null, stamp)) instanceof AppendOutcome.Accepted;
	}

	@Test
	void incarnationsGrowEvenWhenTheClockDoesNot() {
		long first = create("second").incarnation();
		this.store.delete("second");
		assertThat(create("second").incarnation()).isGreaterThan(first);
		this.clock.advance(Duration.ofSeconds(1));
		StreamStore laterProcess = new StreamStore(this.clock, this.tasks::add, 3, LIMIT);
		assertThat(((CreateOutcome.Created) laterProcess.create("x", "text/plain", null, false)).log().incarnation())
			.isGreaterThan(first);
	}

	private StreamLog create(String path) {
		return ((CreateOutcome.Created) this.store.create(path, "text/plain", null, false)).log();
	}

	private AppendOutcome append(byte[] bytes) {
		return this.log.append(new Append(bytes, false, null, null));
	}

	private AppendOutcome append(String producer, long epoch, long sequence) {
		return this.log.append(new Append(bytes("x"), false, null, new ProducerStamp(producer, epoch, sequence)));
	}

	private void runTasks() {
		List<Runnable> due = List.copyOf(this.tasks);
		this.tasks.clear();
		due.forEach(Runnable::run);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
