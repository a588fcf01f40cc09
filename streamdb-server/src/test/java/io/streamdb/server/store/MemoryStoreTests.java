package io.streamdb.server.store;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

/**
 * The store with its streams in memory.
 */
class MemoryStoreTests extends StoreContract {

	@Override
	protected StreamStorage newStorage() {
		return new MemoryStorage();
	}

	@Test
	void rangeStaysReadableWhenTheStreamIsDeleted() throws IOException {
		append(bytes("kept"));
		AppendRange range = this.log.head().read(0, 100);
		get(this.store.delete("log"));
		assertThat(bytesOfCurrent(range)).isEqualTo(bytes("kept"));
	}

	@Test
	void rangeKeepsNothingElseOfADeletedStream() throws IOException {
		append(bytes("kept"));
		WeakReference<byte[]> rest = appendLarge();
		AppendRange range = this.log.head().read(0, 10);
		get(this.store.delete("log"));
		await().until(() -> {
			System.gc();
			return rest.refersTo(null);
		});
		assertThat(bytesOfCurrent(range)).isEqualTo(bytes("kept"));
	}

	private WeakReference<byte[]> appendLarge() {
		byte[] bytes = new byte[100_000];
		append(bytes);
		return new WeakReference<>(bytes);
	}

	@Test
	void longRangeOfADeletedStreamEndsWithAnErrorAndNeverWithoutOne() throws IOException {
		for (int i = 0; i < 2_000; i++) {
			append(bytes("0123456789"));
		}
		AppendRange whole = this.log.head().read(0, 100_000);
		assertThat(whole.size()).isEqualTo(2_000);
		for (int i = 0; i < 600; i++) {
			assertThat(bytesOfCurrent(whole)).isEqualTo(bytes("0123456789"));
			assertThat(whole.next()).isTrue();
		}
		get(this.store.delete("log"));
		assertThatIOException().isThrownBy(() -> {
			while (whole.next()) {
				assertThat(bytesOfCurrent(whole)).isEqualTo(bytes("0123456789"));
			}
		}).withMessageContaining("deleted");
	}

	@Test
	void headOfADeletedStreamGivesNothing() throws IOException {
		append(bytes("gone"));
		LogHead before = this.log.head();
		get(this.store.delete("log"));
		assertThat(before.read(0, 100)).isNull();
	}

	@Test
	void producersAreForgottenAWeekAfterTheirLastAppend() {
		assertThat(append("p", 3, 0)).isInstanceOf(AppendOutcome.Accepted.class);
		long used = this.store.usedBytes();
		this.clock.advance(StreamLog.PRODUCER_RETENTION.minusSeconds(1));
		assertThat(append("p", 3, 0)).isEqualTo(new AppendOutcome.Duplicate(1, 0, false));
		this.clock.advance(Duration.ofSeconds(2));
		assertThat(append(bytes("x"))).isInstanceOf(AppendOutcome.Accepted.class);
		assertThat(this.store.usedBytes()).isLessThan(used);
		assertThat(append("p", 0, 0)).isInstanceOf(AppendOutcome.Accepted.class);
	}

	@Test
	void incarnationsGoOnInALaterProcess() {
		this.clock.advance(Duration.ofSeconds(1));
		StreamStore later = open(3, LIMIT);
		assertThat(create(later, "x").incarnation()).isGreaterThan(this.log.incarnation());
	}

	@Test
	void storeBoundsTheBytesOfItsStreams() {
		create("second");
		create("third");
		assertThat(append(new byte[LIMIT - 10_000])).isInstanceOf(AppendOutcome.Accepted.class);
		assertThat(append(new byte[10_000])).isInstanceOf(AppendOutcome.StoreFull.class);
		assertThat(append(new byte[1_000])).isInstanceOf(AppendOutcome.Accepted.class);
		get(this.store.delete("third"));
		assertThat(get(this.store.create(new NewStream("third", "text/plain", new byte[10_000], false))))
			.isInstanceOf(CreateOutcome.StoreFull.class);
		get(this.store.delete("log"));
		assertThat(get(this.store.create(new NewStream("third", "text/plain", new byte[LIMIT - 10_000], false))))
			.isInstanceOf(CreateOutcome.Created.class);
	}

}
