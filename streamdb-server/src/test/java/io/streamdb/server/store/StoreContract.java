package io.streamdb.server.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a store does whatever keeps its streams. Subclasses bring the storage; the store's
 * executor and timer run on the test's thread, when it waits for something.
 */
public abstract class StoreContract {

	private static final long SEED = 4711;

	protected static final int LIMIT = 10_000_000;

	protected final MutableClock clock = new MutableClock();

	private boolean inTask;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final List<Timer> timers = new CopyOnWriteArrayList<>();

	private final List<StreamStore> stores = new ArrayList<>();

	protected StreamStore store;

	protected StreamLog log;

	/**
	 * Opens a new storage, with no streams in it.
	 */
	protected abstract StreamStorage newStorage();

	@BeforeEach
	void openStore() {
		this.store = open(3, LIMIT);
		this.log = create("log");
	}

	@AfterEach
	void closeStores() {
		this.stores.forEach(StreamStore::close);
	}

	protected final StreamStore open(int maxStreams, long maxBytes) {
		return open(newStorage(), maxStreams, maxBytes);
	}

	protected final StreamStore open(StreamStorage storage, int maxStreams, long maxBytes) {
		StreamStore opened = new StreamStore(storage, this.clock, this.tasks::add,
				(task, delay) -> this.timers.add(new Timer(task, this.clock.instant().plus(delay))), maxStreams,
				maxBytes);
		this.stores.add(opened);
		return opened;
	}

	@Test
	@Spec("M5.11")
	void readsEndAtAppendsAndBeginOnlyThere() throws IOException {
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
				assertThat(bytesOfCurrent(range)).isEqualTo(appends.get(first + i));
				assertThat(range.next()).isEqualTo(i + 1 < range.size());
			}
			range.close();
			int next = first + range.size();
			assertThat(range.end()).isEqualTo(boundaries.get(next));
			if (next < appends.size()) {
				assertThat(boundaries.get(next + 1) - position).isGreaterThan(maxBytes);
			}
		}
		assertThat(head.read(head.tail(), 100).size()).isZero();
	}

	@Test
	void headStaysAsItWasWhenMoreIsAppended() throws IOException {
		append(bytes("a"));
		LogHead before = this.log.head();
		append(bytes("b"));
		assertThat(before.tail()).isEqualTo(1);
		assertThat(before.read(0, 100).size()).isEqualTo(1);
	}

	@Test
	void waitersAreCalledOnceAndNeverOnTheWritersThread() {
		List<String> calls = new ArrayList<>();
		this.log.onChange(this.log.head(), () -> calls.add(this.inTask ? "first" : "on the writer's thread"));
		this.log.onChange(this.log.head(), () -> calls.add("cancelled")).cancel();
		append(bytes("a"));
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
		get(this.log.append(new Append(null, true, null, null)));
		runTasks();
		this.log.onChange(this.log.head(), () -> calls.add("deleted"));
		get(this.store.delete("log"));
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
	void producerWithTheOldestAppendIsForgottenWhenThereAreTooMany() {
		for (int i = 0; i <= StreamState.MAX_PRODUCERS; i++) {
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
	void storeBoundsItsStreams() {
		create("second");
		create("third");
		assertThat(get(this.store.create(new NewStream("fourth", "text/plain", null, false))))
			.isEqualTo(new CreateOutcome.TooManyStreams(3));
		get(this.store.delete("second"));
		create("fourth");
	}

	@Test
	void producersCountAgainstTheLimitUntilTheirStreamIsDeleted() {
		StreamStore small = open(10, 20_000);
		StreamLog first = create(small, "first");
		List<ProducerStamp> stamps = new ArrayList<>();
		while (accepts(first, new ProducerStamp("p".repeat(200) + stamps.size(), 0, 0))) {
			stamps.add(new ProducerStamp("p".repeat(200) + stamps.size(), 0, 0));
		}
		assertThat(stamps).hasSizeBetween(10, 80);
		assertThat(first.head().tail()).isEqualTo(stamps.size());
		assertThat(get(first.append(new Append(bytes("x"), false, null, stamps.get(0)))))
			.isInstanceOf(AppendOutcome.Duplicate.class);
		assertThat(get(small.create(new NewStream("second", "text/plain", null, false))))
			.isInstanceOf(CreateOutcome.StoreFull.class);
		get(small.delete("first"));
		assertThat(small.usedBytes()).isZero();
		StreamLog second = create(small, "second");
		for (ProducerStamp stamp : stamps) {
			assertThat(accepts(second, stamp)).isTrue();
		}
	}

	@Test
	void evictedProducersAreGivenBack() {
		StreamStore small = open(10, 20_000_000);
		StreamLog first = create(small, "first");
		for (int i = 0; i < 3 * StreamState.MAX_PRODUCERS; i++) {
			assertThat(accepts(first, new ProducerStamp("p".repeat(200) + i, 0, 0))).isTrue();
		}
	}

	@Test
	void streamsWithoutContentCountAgainstTheLimit() {
		StreamStore small = open(1000, 20_000);
		int streams = 0;
		while (get(small.create(new NewStream("s".repeat(1000) + streams, "text/plain", null,
				false))) instanceof CreateOutcome.Created) {
			streams++;
		}
		assertThat(streams).isBetween(1, 20);
		for (int i = 0; i < 100; i++) {
			assertThat(get(small.delete("s".repeat(1000) + i % streams))).isEqualTo(new DeleteOutcome.Deleted());
			create(small, "s".repeat(1000) + i % streams);
			assertThat(get(small.create(new NewStream("x".repeat(9_500), "text/plain", null, false))))
				.isInstanceOf(CreateOutcome.StoreFull.class);
		}
	}

	@Test
	void incarnationsGrowEvenWhenTheClockDoesNot() {
		long first = create("second").incarnation();
		get(this.store.delete("second"));
		assertThat(create("second").incarnation()).isGreaterThan(first);
	}

	@Test
	void streamIsThereFromItsCreationToItsDeletion() {
		assertThat(this.store.find("second")).isNull();
		StreamLog second = create("second");
		assertThat(this.store.find("second")).isSameAs(second);
		assertThat(get(this.store.create(new NewStream("second", "text/plain", null, false))))
			.isEqualTo(new CreateOutcome.Exists(second));
		assertThat(get(this.store.delete("second"))).isEqualTo(new DeleteOutcome.Deleted());
		assertThat(this.store.find("second")).isNull();
		assertThat(second.head().gone()).isTrue();
		assertThat(get(second.append(new Append(bytes("late"), false, null, null))))
			.isInstanceOf(AppendOutcome.StreamDeleted.class);
		assertThat(get(this.store.delete("second"))).isEqualTo(new DeleteOutcome.Absent());
	}

	@Test
	void oneOfManyWhoCreateTheSameStreamDoes() {
		List<CompletableFuture<CreateOutcome>> outcomes = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			outcomes.add(this.store.create(new NewStream("second", "text/plain", bytes("x"), false)));
		}
		assertThat(get(outcomes.get(0))).isInstanceOf(CreateOutcome.Created.class);
		assertThat(outcomes.subList(1, 10)).allMatch((outcome) -> get(outcome) instanceof CreateOutcome.Exists);
	}

	@Test
	void streamThatIsBeingDeletedCanBeCreatedAnew() throws IOException {
		append(bytes("old"));
		long first = this.log.incarnation();
		CompletableFuture<DeleteOutcome> deleted = this.store.delete("log");
		CompletableFuture<CreateOutcome> created = this.store
			.create(new NewStream("log", "text/plain", bytes("new"), false));
		assertThat(get(deleted)).isEqualTo(new DeleteOutcome.Deleted());
		StreamLog again = ((CreateOutcome.Created) get(created)).log();
		assertThat(again.incarnation()).isGreaterThan(first);
		assertThat(text(again)).isEqualTo("new");
	}

	@Test
	void manyAppendsAtOnceAreAllAcceptedInTheirOrder() throws IOException {
		List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
		StringBuilder expected = new StringBuilder();
		for (int i = 0; i < 500; i++) {
			String message = i + ";";
			expected.append(message);
			outcomes.add(this.log
				.append(new Append(bytes(message), i == 499, String.format("%05d", i), new ProducerStamp("p", 0, i))));
		}
		for (CompletableFuture<AppendOutcome> outcome : outcomes) {
			assertThat(get(outcome)).isInstanceOf(AppendOutcome.Accepted.class);
		}
		assertThat(text(this.log)).isEqualTo(expected.toString());
		assertThat(this.log.head().closed()).isTrue();
	}

	@Test
	void refusalIsToldNoSoonerThanWhatItRestsOnIsDurable() {
		CompletableFuture<AppendOutcome> accepted = this.log
			.append(new Append(bytes("a"), true, null, new ProducerStamp("p", 0, 0)));
		CompletableFuture<AppendOutcome> duplicate = this.log
			.append(new Append(bytes("a"), true, null, new ProducerStamp("p", 0, 0)));
		CompletableFuture<AppendOutcome> refused = this.log.append(new Append(bytes("b"), false, null, null));
		assertThat(get(duplicate)).isEqualTo(new AppendOutcome.Duplicate(1, 0, true));
		assertThat(accepted).isDone();
		assertThat(get(refused)).isEqualTo(new AppendOutcome.StreamClosed(1));
	}

	@Test
	void appendWithAConditionIsDoneAtThatTailOnly() throws IOException {
		append(bytes("a"));
		Offset tail = this.log.offset(1);
		assertThat(get(this.log.append(new Append(bytes("b"), false, null, null, this.log.offset(0)))))
			.isEqualTo(new AppendOutcome.TailMoved(1, false));
		CompletableFuture<AppendOutcome> first = this.log.append(new Append(bytes("c"), false, null, null, tail));
		CompletableFuture<AppendOutcome> second = this.log.append(new Append(bytes("d"), false, null, null, tail));
		assertThat(get(first)).isEqualTo(new AppendOutcome.Accepted(2, false));
		assertThat(get(second)).isEqualTo(new AppendOutcome.TailMoved(2, false));
		assertThat(text(this.log)).isEqualTo("ac");
	}

	@Test
	@Spec("S7.3")
	void retryOfAnAppendWithAConditionIsRecognised() {
		Append append = new Append(bytes("a"), false, null, new ProducerStamp("p", 0, 0), this.log.offset(0));
		assertThat(get(this.log.append(append))).isEqualTo(new AppendOutcome.Accepted(1, false));
		assertThat(get(this.log.append(append))).isEqualTo(new AppendOutcome.Duplicate(1, 0, false));
	}

	@Test
	void idleStreamExpires() {
		StreamLog second = create("second", Duration.ofSeconds(10), null);
		elapse(Duration.ofSeconds(9));
		second.touch();
		elapse(Duration.ofSeconds(9));
		assertThat(get(second.append(new Append(bytes("x"), false, null, null))))
			.isInstanceOf(AppendOutcome.Accepted.class);
		elapse(Duration.ofSeconds(9));
		assertThat(this.store.find("second")).isSameAs(second);
		this.clock.advance(Duration.ofSeconds(1));
		assertThat(this.store.find("second")).isNull();
		settle(() -> this.store.streamCount() == 1);
		assertThat(second.head().gone()).isTrue();
	}

	@Test
	void expiredStreamIsFreedAlthoughNobodyAsksForIt() {
		long before = this.store.usedBytes();
		StreamLog second = create("second", null, this.clock.instant().plusSeconds(60));
		get(second.append(new Append(new byte[1000], false, null, new ProducerStamp("p", 0, 0))));
		elapse(Duration.ofSeconds(59));
		assertThat(this.store.usedBytes()).isGreaterThan(before);
		elapse(Duration.ofSeconds(2));
		settle(() -> this.store.usedBytes() == before);
		assertThat(this.store.streamCount()).isEqualTo(1);
	}

	@Test
	void readersOfAStreamThatExpiresAreTold() {
		StreamLog second = create("second", null, this.clock.instant().plusSeconds(60));
		List<String> calls = new ArrayList<>();
		second.onChange(second.head(), () -> calls.add("gone"));
		elapse(Duration.ofSeconds(61));
		settle(() -> !calls.isEmpty());
		assertThat(second.head().gone()).isTrue();
	}

	@Test
	void accessesDoNotPutOffAFixedEnd() {
		StreamLog second = create("second", null, this.clock.instant().plusSeconds(60));
		elapse(Duration.ofSeconds(59));
		second.touch();
		get(second.append(new Append(bytes("x"), false, null, null)));
		this.clock.advance(Duration.ofSeconds(1));
		assertThat(this.store.find("second")).isNull();
	}

	@Test
	void streamDoesNotExpireOfBeingIdleWhileItIsReadLive() {
		StreamLog second = create("second", Duration.ofSeconds(10), null);
		second.beginLiveRead();
		elapse(Duration.ofSeconds(60));
		assertThat(this.store.find("second")).isSameAs(second);
		second.endLiveRead();
		elapse(Duration.ofSeconds(9));
		assertThat(this.store.find("second")).isSameAs(second);
		elapse(Duration.ofSeconds(2));
		settle(() -> this.store.streamCount() == 1);
	}

	@Test
	void endOfALiveReadIsNoAccess() {
		StreamLog second = create("second", Duration.ofSeconds(10), null);
		second.beginLiveRead();
		elapse(Duration.ofSeconds(8));
		second.endLiveRead();
		elapse(Duration.ofSeconds(3));
		assertThat(this.store.find("second")).isNull();
	}

	@Test
	void pathOfAnExpiredStreamCanBeUsedAgain() {
		StreamLog second = create("second", Duration.ofSeconds(10), null);
		this.clock.advance(Duration.ofSeconds(11));
		StreamLog again = create("second");
		assertThat(again.incarnation()).isGreaterThan(second.incarnation());
		assertThat(get(this.store.delete("second"))).isEqualTo(new DeleteOutcome.Deleted());
	}

	@Test
	void streamsThatCouldExpireOneDayLeaveNothingBehind() {
		for (int i = 0; i < 100; i++) {
			create("second", Duration.ofDays(365_000_000_000L), null);
			get(this.store.delete("second"));
			create("second", Duration.ofDays(365), null);
			get(this.store.delete("second"));
		}
		assertThat(this.store.waitingToExpire()).isZero();
	}

	@Test
	void sweepsDoNotBecomeMoreAndMore() {
		create("second", Duration.ofHours(1), null);
		for (int i = 0; i < 200; i++) {
			create("third", Duration.ofSeconds(1), null);
			elapse(Duration.ofSeconds(2));
			settle(() -> this.store.find("third") == null);
			assertThat(this.timers).hasSizeLessThan(100);
		}
		elapse(Duration.ofMinutes(2));
		assertThat(this.timers).hasSize(1);
		elapse(Duration.ofHours(2));
		settle(() -> this.store.streamCount() == 1);
	}

	@Test
	void forkHasWhatItsSourceHadAndGoesOnByItself() throws IOException {
		append(bytes("one"));
		append(bytes("two"));
		StreamLog fork = fork("fork", this.log, 3, null);
		append(bytes("three"));
		get(fork.append(new Append(bytes("drei"), false, null, null)));
		assertThat(text(fork)).isEqualTo("onedrei");
		assertThat(text(this.log)).isEqualTo("onetwothree");
		assertThat(fork.head().isBoundary(0)).isTrue();
		assertThat(fork.head().isBoundary(2)).isFalse();
		assertThat(fork.head().isBoundary(3)).isTrue();
		assertThat(fork.head().isBoundary(6)).isFalse();
		assertThat(fork.head().isBoundary(7)).isTrue();
	}

	@Test
	void offsetsOfTheSourceLeadIntoTheForkAsFarAsItHasThem() {
		append(bytes("one"));
		append(bytes("two"));
		StreamLog fork = fork("fork", this.log, 3, null);
		assertThat(fork.position(this.log.offset(3))).isEqualTo(3);
		assertThat(fork.position(this.log.offset(6))).isEqualTo(-1);
		assertThat(fork.position(fork.offset(6))).isEqualTo(6);
		assertThat(this.log.position(fork.offset(0))).isEqualTo(-1);
	}

	@Test
	void forksOfForksAreReadInPiecesOfAnySize() throws IOException {
		Random random = new Random(SEED);
		StreamStore many = open(100, LIMIT);
		StreamLog current = create(many, "0");
		List<byte[]> expected = new ArrayList<>();
		for (int depth = 1; depth <= 20; depth++) {
			for (int i = random.nextInt(5); i > 0; i--) {
				byte[] bytes = new byte[1 + random.nextInt(30)];
				random.nextBytes(bytes);
				get(current.append(new Append(bytes, false, null, null)));
				expected.add(bytes);
			}
			int kept = random.nextInt(expected.size() + 1);
			long position = expected.subList(0, kept).stream().mapToLong((bytes) -> bytes.length).sum();
			expected.subList(kept, expected.size()).clear();
			current = fork(many, Integer.toString(depth), current, position);
		}
		LogHead head = current.head();
		for (int maxBytes = 1; maxBytes < 200; maxBytes += 7) {
			long position = 0;
			int index = 0;
			while (position < head.tail()) {
				AppendRange range = head.read(position, maxBytes);
				assertThat(range.size()).isPositive();
				assertThat(range.size() == 1 || range.byteCount() <= maxBytes).as("seed %d", SEED).isTrue();
				for (int i = 0; i < range.size(); i++) {
					assertThat(bytesOfCurrent(range)).as("seed %d", SEED).isEqualTo(expected.get(index++));
					assertThat(range.next()).isEqualTo(i + 1 < range.size());
				}
				assertThat(range.end()).isEqualTo(position + range.byteCount());
				position = range.end();
				range.close();
			}
			assertThat(index).isEqualTo(expected.size());
		}
	}

	@Test
	void sourceIsKeptForItsForksAndGoesWithTheLast() throws IOException {
		append(bytes("data"));
		StreamLog fork = fork("fork", this.log, 4, null);
		StreamLog other = fork("other", this.log, 4, null);
		assertThat(get(this.store.delete("log"))).isEqualTo(new DeleteOutcome.Deleted());
		assertThat(this.log.head().keptForForks()).isTrue();
		assertThat(this.store.find("log")).isSameAs(this.log);
		assertThat(append(bytes("late"))).isInstanceOf(AppendOutcome.StreamDeleted.class);
		assertThat(get(this.store.delete("log"))).isEqualTo(new DeleteOutcome.DeletedBefore());
		assertThat(get(this.store.create(new NewStream("log", "text/plain", null, false))))
			.isEqualTo(new CreateOutcome.Exists(this.log));
		assertThat(text(fork)).isEqualTo("data");
		get(this.store.delete("fork"));
		assertThat(text(other)).isEqualTo("data");
		get(this.store.delete("other"));
		settle(() -> this.store.streamCount() == 0);
		assertThat(this.store.find("log")).isNull();
		assertThat(this.store.usedBytes()).isZero();
	}

	@Test
	void nothingIsForkedFromAStreamThatIsGone() {
		StreamLog fork = fork("fork", this.log, 0, null);
		get(this.store.delete("log"));
		assertThat(get(this.store.create(forkOf("other", this.log, 0, null))))
			.isInstanceOf(CreateOutcome.SourceGone.class);
		get(this.store.delete("fork"));
		assertThat(get(this.store.create(forkOf("other", fork, 0, null)))).isInstanceOf(CreateOutcome.SourceGone.class);
	}

	@Test
	void longChainOfForksGoesAtOnce() {
		int length = 3_000;
		StreamStore many = open(length + 1, LIMIT);
		StreamLog current = create(many, "0");
		for (int i = 1; i <= length; i++) {
			current = fork(many, Integer.toString(i), current, 0);
		}
		for (int i = 0; i < length; i++) {
			get(many.delete(Integer.toString(i)));
		}
		assertThat(many.streamCount()).isEqualTo(length + 1);
		get(many.delete(Integer.toString(length)));
		settle(() -> many.streamCount() == 0);
		assertThat(many.usedBytes()).isZero();
	}

	@Test
	void sourceThatExpiresIsKeptForItsForksWhichExpireByThemselves() throws IOException {
		StreamLog source = create("source", Duration.ofSeconds(10), null);
		get(source.append(new Append(bytes("data"), false, null, null)));
		StreamLog fork = fork("fork", source, 4, Duration.ofSeconds(100));
		elapse(Duration.ofSeconds(11));
		settle(() -> source.head().keptForForks());
		assertThat(text(fork)).isEqualTo("data");
		elapse(Duration.ofSeconds(100));
		settle(() -> this.store.streamCount() == 1);
		assertThat(source.head().keptForForks()).isFalse();
		assertThat(this.store.find("source")).isNull();
	}

	@Test
	void refusedForkLeavesItsSourceAlone() {
		get(this.store.create(new NewStream("second", "text/plain", null, false)));
		get(this.store.create(new NewStream("third", "text/plain", null, false)));
		assertThat(get(this.store.create(forkOf("fork", this.log, 0, null))))
			.isInstanceOf(CreateOutcome.TooManyStreams.class);
		get(this.store.delete("log"));
		assertThat(this.store.find("log")).isNull();
	}

	protected final StreamLog create(StreamStore target, String path) {
		return ((CreateOutcome.Created) get(target.create(new NewStream(path, "text/plain", null, false)))).log();
	}

	protected final StreamLog create(String path) {
		return create(this.store, path);
	}

	private StreamLog create(String path, Duration timeToLive, Instant expiresAt) {
		NewStream wanted = new NewStream(path, "text/plain", null, false, timeToLive, expiresAt, null);
		return ((CreateOutcome.Created) get(this.store.create(wanted))).log();
	}

	private StreamLog fork(String path, StreamLog source, long position, Duration timeToLive) {
		return ((CreateOutcome.Created) get(this.store.create(forkOf(path, source, position, timeToLive)))).log();
	}

	private StreamLog fork(StreamStore target, String path, StreamLog source, long position) {
		return ((CreateOutcome.Created) get(target.create(forkOf(path, source, position, null)))).log();
	}

	private static NewStream forkOf(String path, StreamLog source, long position, Duration timeToLive) {
		return new NewStream(path, "text/plain", null, false, timeToLive, null,
				new NewStream.Origin(source, position, 0));
	}

	private boolean accepts(StreamLog target, ProducerStamp stamp) {
		return get(target.append(new Append(bytes("x"), false, null, stamp))) instanceof AppendOutcome.Accepted;
	}

	protected final AppendOutcome append(byte[] bytes) {
		return get(this.log.append(new Append(bytes, false, null, null)));
	}

	protected final AppendOutcome append(String producer, long epoch, long sequence) {
		return get(this.log.append(new Append(bytes("x"), false, null, new ProducerStamp(producer, epoch, sequence))));
	}

	/**
	 * Waits for an outcome.
	 */
	protected final <T> T get(CompletableFuture<T> outcome) {
		settle(outcome::isDone);
		return outcome.join();
	}

	private void settle(BooleanSupplier condition) {
		runTasks();
		if (!condition.getAsBoolean()) {
			await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
				runTasks();
				return condition.getAsBoolean();
			});
		}
	}

	/**
	 * Lets time pass, and does what is due meanwhile.
	 */
	private void elapse(Duration duration) {
		this.clock.advance(duration);
		for (Timer timer : List.copyOf(this.timers)) {
			if (!timer.due().isAfter(this.clock.instant())) {
				this.timers.remove(timer);
				timer.task().run();
			}
		}
		runTasks();
	}

	private void runTasks() {
		this.inTask = true;
		for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
			task.run();
		}
		this.inTask = false;
	}

	private static String text(StreamLog source) throws IOException {
		LogHead head = source.head();
		StringBuilder text = new StringBuilder();
		try (AppendRange range = head.read(0, Integer.MAX_VALUE)) {
			if (range.size() > 0) {
				do {
					text.append(new String(bytesOfCurrent(range), StandardCharsets.UTF_8));
				}
				while (range.next());
			}
		}
		return text.toString();
	}

	protected static byte[] bytesOfCurrent(AppendRange range) throws IOException {
		byte[] bytes = new byte[16];
		int length = 0;
		int count = range.read(bytes, 0, bytes.length);
		while (count > 0) {
			length += count;
			bytes = Arrays.copyOf(bytes, 2 * length + 16);
			count = range.read(bytes, length, bytes.length - length);
		}
		return Arrays.copyOf(bytes, length);
	}

	protected static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private record Timer(Runnable task, Instant due) {
	}

}
