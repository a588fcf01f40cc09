package io.streamdb.server.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import io.streamdb.Spec;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nobody is told anything, and no reader sees anything, that is not durable.
 */
class DurabilityTests {

	private final MutableClock clock = new MutableClock();

	private final HeldStorage storage = new HeldStorage();

	private final StreamStore store = new StreamStore(this.storage, this.clock, Runnable::run, (task, delay) -> {
	}, 10, 100_000);

	@Test
	void streamIsNotThereBeforeItIsDurable() {
		CompletableFuture<CreateOutcome> first = create("main");
		CompletableFuture<CreateOutcome> second = create("main");
		assertThat(first).isNotDone();
		assertThat(second).isNotDone();
		assertThat(this.store.find("main")).isNull();
		assertThat(this.store.delete("main")).isCompletedWithValue(new DeleteOutcome.Absent());
		this.storage.force();
		assertThat(first.join()).isInstanceOf(CreateOutcome.Created.class);
		assertThat(second.join()).isEqualTo(new CreateOutcome.Exists(this.store.find("main")));
	}

	@Test
	@Spec("S2.5")
	void appendIsSeenAndAcknowledgedWhenItIsDurable() throws IOException {
		StreamLog log = created("main");
		List<String> calls = new ArrayList<>();
		log.onChange(log.head(), () -> calls.add("changed"));
		CompletableFuture<AppendOutcome> first = append(log, "a");
		CompletableFuture<AppendOutcome> second = append(log, "b");
		assertThat(first).isNotDone();
		assertThat(log.head().tail()).isZero();
		assertThat(calls).isEmpty();
		this.storage.forceOne();
		assertThat(first).isCompletedWithValue(new AppendOutcome.Accepted(1, false));
		assertThat(second).isNotDone();
		assertThat(log.head().tail()).isEqualTo(1);
		try (AppendRange range = log.head().read(0, 100)) {
			assertThat(range.byteCount()).isEqualTo(1);
		}
		assertThat(calls).containsExactly("changed");
		this.storage.forceOne();
		assertThat(second).isCompletedWithValue(new AppendOutcome.Accepted(2, false));
	}

	@Test
	void refusalsWaitForWhatTheyRestOn() {
		StreamLog log = created("main");
		Append append = new Append(bytes("a"), true, "1", new ProducerStamp("p", 0, 0));
		CompletableFuture<AppendOutcome> accepted = log.append(append);
		CompletableFuture<AppendOutcome> duplicate = log.append(append);
		CompletableFuture<AppendOutcome> refused = append(log, "b");
		assertThat(log.head().closed()).isFalse();
		assertThat(duplicate).isNotDone();
		assertThat(refused).isNotDone();
		this.storage.forceOne();
		assertThat(accepted).isCompletedWithValue(new AppendOutcome.Accepted(1, true));
		assertThat(duplicate).isCompletedWithValue(new AppendOutcome.Duplicate(1, 0, true));
		assertThat(refused).isCompletedWithValue(new AppendOutcome.StreamClosed(1));
		assertThat(append(log, "c")).isCompletedWithValue(new AppendOutcome.StreamClosed(1));
	}

	@Test
	void streamIsThereUntilItsDeletionIsDurable() {
		StreamLog log = created("main");
		append(log, "a");
		this.storage.force();
		CompletableFuture<DeleteOutcome> deleted = this.store.delete("main");
		CompletableFuture<DeleteOutcome> again = this.store.delete("main");
		CompletableFuture<AppendOutcome> late = append(log, "b");
		CompletableFuture<CreateOutcome> anew = create("main");
		assertThat(deleted).isNotDone();
		assertThat(this.store.find("main")).isSameAs(log);
		assertThat(log.head().gone()).isFalse();
		this.storage.forceOne();
		assertThat(deleted).isCompletedWithValue(new DeleteOutcome.Deleted());
		assertThat(again).isCompletedWithValue(new DeleteOutcome.Absent());
		assertThat(late).isCompletedWithValue(new AppendOutcome.StreamDeleted());
		assertThat(log.head().gone()).isTrue();
		assertThat(anew).isNotDone();
		assertThat(this.store.find("main")).isNull();
		this.storage.force();
		assertThat(anew.join()).isInstanceOf(CreateOutcome.Created.class);
		assertThat(this.store.find("main")).isNotSameAs(log);
	}

	@Test
	void sourceIsDeletedOnlyAfterItsLastForkWas() {
		StreamLog source = created("source");
		fork("fork", source);
		this.store.delete("source");
		this.storage.force();
		assertThat(source.head().keptForForks()).isTrue();
		CompletableFuture<DeleteOutcome> deleted = this.store.delete("fork");
		assertThat(this.storage.size()).isEqualTo(1);
		this.storage.forceOne();
		assertThat(deleted).isCompletedWithValue(new DeleteOutcome.Deleted());
		assertThat(source.head().keptForForks()).isTrue();
		assertThat(this.storage.size()).isEqualTo(1);
		this.storage.forceOne();
		assertThat(this.store.find("source")).isNull();
		assertThat(this.store.usedBytes()).isZero();
	}

	@Test
	void sourceWhoseForkIsStillBeingCreatedIsKept() {
		StreamLog source = created("source");
		CompletableFuture<CreateOutcome> fork = this.store
			.create(new NewStream("fork", "text/plain", null, false, null, null, new NewStream.Origin(source, 0, 0)));
		CompletableFuture<DeleteOutcome> deleted = this.store.delete("source");
		this.storage.force();
		assertThat(fork.join()).isInstanceOf(CreateOutcome.Created.class);
		assertThat(deleted).isCompletedWithValue(new DeleteOutcome.Deleted());
		assertThat(source.head().keptForForks()).isTrue();
	}

	@Test
	void lastForkMayGoWhileItsSourceIsBeingDeleted() {
		StreamLog source = created("source");
		fork("fork", source);
		this.store.delete("source");
		this.store.delete("fork");
		this.storage.force();
		this.storage.force();
		assertThat(this.storage.size()).isZero();
		assertThat(this.store.streamCount()).isZero();
	}

	@Test
	void expiredStreamIsNotServedWhileItsEndIsBeingStored() {
		this.store.create(new NewStream("brief", "text/plain", null, false, Duration.ofSeconds(1), null, null));
		this.storage.force();
		this.clock.advance(Duration.ofSeconds(2));
		assertThat(this.store.find("brief")).isNull();
		assertThat(this.storage.size()).isEqualTo(1);
		CompletableFuture<CreateOutcome> anew = create("brief");
		assertThat(anew).isNotDone();
		this.storage.force();
		this.storage.force();
		assertThat(anew.join()).isInstanceOf(CreateOutcome.Created.class);
	}

	@Test
	void storageThatIsFullIsNotChanged() {
		StreamLog log = created("main");
		long used = this.store.usedBytes();
		this.storage.setFull(true);
		assertThat(append(log, "a")).isCompletedWithValue(new AppendOutcome.StoreFull("The disk is full, on purpose"));
		assertThat(create("other")).isCompletedWithValue(new CreateOutcome.StoreFull("The disk is full, on purpose"));
		ProducerStamp producer = new ProducerStamp("p", 0, 0);
		assertThat(log.append(new Append(bytes("a"), true, "1", producer)).join())
			.isInstanceOf(AppendOutcome.StoreFull.class);
		assertThat(this.store.usedBytes()).isEqualTo(used);
		this.storage.setFull(false);
		CompletableFuture<AppendOutcome> accepted = log.append(new Append(bytes("a"), true, "1", producer));
		this.storage.force();
		assertThat(accepted).isCompletedWithValue(new AppendOutcome.Accepted(1, true));
	}

	@Test
	void failureOfTheStorageIsToldToAllWhoWait() throws IOException {
		StreamLog log = created("main");
		append(log, "a");
		this.storage.force();
		IOException failure = new IOException("on purpose");
		CompletableFuture<AppendOutcome> first = log
			.append(new Append(bytes("b"), true, null, new ProducerStamp("p", 0, 0)));
		CompletableFuture<AppendOutcome> refused = append(log, "c");
		CompletableFuture<CreateOutcome> created = create("other");
		CompletableFuture<CreateOutcome> createdToo = create("other");
		this.storage.fail(failure);
		assertThat(first).isCompletedWithValue(new AppendOutcome.StorageFailed(failure));
		assertThat(refused).isCompletedWithValue(new AppendOutcome.StorageFailed(failure));
		assertThat(created).isCompletedWithValue(new CreateOutcome.StorageFailed(failure));
		assertThat(createdToo).isCompletedWithValue(new CreateOutcome.StorageFailed(failure));
		assertThat(this.store.find("other")).isNull();
		CompletableFuture<DeleteOutcome> deleted = this.store.delete("main");
		this.storage.force();
		assertThat(deleted).isCompletedWithValue(new DeleteOutcome.StorageFailed(failure));
		assertThat(log.head().closed()).isFalse();
		try (AppendRange range = log.head().read(0, 100)) {
			assertThat(range.byteCount()).isEqualTo(1);
		}
	}

	@Test
	void nothingIsAcknowledgedThatRestsOnAFailedWrite() {
		StreamLog log = created("main");
		Append append = new Append(bytes("a"), false, "1", new ProducerStamp("p", 0, 0));
		Append close = new Append(null, true, null, null);
		log.append(append);
		log.append(close);
		IOException failure = new IOException("on purpose");
		this.storage.fail(failure);
		assertThat(log.append(append)).isCompletedWithValue(new AppendOutcome.StorageFailed(failure));
		assertThat(log.append(close)).isCompletedWithValue(new AppendOutcome.StorageFailed(failure));
		assertThat(append(log, "b")).isCompletedWithValue(new AppendOutcome.StorageFailed(failure));
	}

	@Test
	void everybodyIsToldAlthoughThereIsNoThreadForIt() {
		AtomicBoolean exhausted = new AtomicBoolean();
		StreamStore poor = new StreamStore(this.storage, this.clock, (task) -> {
			if (exhausted.get()) {
				throw new InternalError("no thread, on purpose");
			}
			task.run();
		}, (task, delay) -> {
		}, 10, 100_000);
		CompletableFuture<CreateOutcome> created = poor.create(new NewStream("main", "text/plain", null, false));
		this.storage.force();
		StreamLog log = ((CreateOutcome.Created) created.join()).log();
		List<String> calls = new ArrayList<>();
		log.onChange(log.head(), () -> calls.add("changed"));
		CompletableFuture<AppendOutcome> appended = append(log, "a");
		CompletableFuture<DeleteOutcome> deleted = poor.delete("main");
		exhausted.set(true);
		this.storage.force();
		assertThat(appended).isCompletedWithValue(new AppendOutcome.Accepted(1, false));
		assertThat(deleted).isCompletedWithValue(new DeleteOutcome.Deleted());
		assertThat(calls).containsExactly("changed");
	}

	private CompletableFuture<CreateOutcome> create(String path) {
		return this.store.create(new NewStream(path, "text/plain", null, false));
	}

	private StreamLog created(String path) {
		CompletableFuture<CreateOutcome> created = create(path);
		this.storage.force();
		return ((CreateOutcome.Created) created.join()).log();
	}

	private void fork(String path, StreamLog source) {
		this.store
			.create(new NewStream(path, "text/plain", null, false, null, null, new NewStream.Origin(source, 0, 0)));
		this.storage.force();
	}

	private static CompletableFuture<AppendOutcome> append(StreamLog log, String text) {
		return log.append(new Append(bytes(text), false, null, null));
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
