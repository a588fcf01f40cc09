package io.streamdb;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.streamdb.AccessGate.ApplyThread;
import io.streamdb.client.LiveMode;
import io.streamdb.client.Scheduling;
import io.streamdb.transaction.IllegalTransactionStateException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link AccessGate}: which thread must not wait (SPEC T9).
 */
class AccessGateTests {

	private final AccessGate gate = new AccessGate(URI.create("http://localhost/s"), LiveMode.AUTO,
			Duration.ofSeconds(1), () -> StreamDbState.LIVE, Scheduling.real(), () -> {
			});

	@Test
	void theThreadOfAReadMustNotWaitUntilTheReadIsOver() {
		ApplyThread read = new ApplyThread(Thread.currentThread());
		this.gate.enter(read);
		assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(this.gate::checkMayWait);
		this.gate.leave(read);
		assertThatNoException().isThrownBy(this.gate::checkMayWait);
	}

	@Test
	void aLoadThatIsBegunAfterTheEndFails() {
		this.gate.close();
		assertThat(this.gate.beginLoad()).isCompletedExceptionally();
		assertThat(this.gate.loading()).isCompletedExceptionally();
	}

	/** A load that has failed after an older one has succeeded is begun again. */
	@Test
	@Spec({ "M4.4", "M4.9" })
	void aReaderOfADatabaseThatLoadsAgainWaitsForTheNewLoadAndNotForTheOld() {
		CompletableFuture<Void> first = this.gate.beginLoad();
		this.gate.open();
		this.gate.loaded();
		assertThat(first).isCompleted();
		for (int i = 0; i < 2_000; i++) {
			this.gate.fail(new StreamDbFailedException(FailureReason.DELETED, "was deleted", null));
			CompletableFuture<Boolean> reader = CompletableFuture.supplyAsync(this::passes);
			CompletableFuture<Void> load = this.gate.beginLoad();
			load.completeExceptionally(new IllegalStateException("the new load"));
			assertThat(reader.orTimeout(20, TimeUnit.SECONDS).join()).isFalse();
		}
	}

	private boolean passes() {
		try {
			this.gate.awaitReadable();
			return true;
		}
		catch (StreamDbUnavailableException ex) {
			return false;
		}
	}

	@Test
	void anOlderReadThatEndsLateLeavesTheMarkOfTheNewerOneEvenOnTheSameThread() {
		ApplyThread older = new ApplyThread(Thread.currentThread());
		ApplyThread newer = new ApplyThread(Thread.currentThread());
		this.gate.enter(older);
		this.gate.enter(newer);
		this.gate.leave(older);
		assertThat(this.gate.isApplyThread()).isTrue();
	}

	@Test
	void aReadThatIsEndedByAnotherThreadLeavesNoMarkOnItsOwn() throws Exception {
		ApplyThread read = new ApplyThread(Thread.currentThread());
		this.gate.enter(read);
		Thread other = new Thread(() -> this.gate.leave(read));
		other.start();
		other.join();
		assertThat(this.gate.isApplyThread()).isFalse();
	}

}
