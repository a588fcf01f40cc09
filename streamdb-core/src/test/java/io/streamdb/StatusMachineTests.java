package io.streamdb;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.streamdb.testsupport.Latches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StatusMachine}: what listeners are told, however slow they are.
 */
@Timeout(60)
class StatusMachineTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger(StreamDb.class);

	private final Level level = this.logger.getLevel();

	private final List<StreamDbState> told = new CopyOnWriteArrayList<>();

	private final CountDownLatch begun = new CountDownLatch(1);

	private final CountDownLatch released = new CountDownLatch(1);

	private final StatusMachine status = new StatusMachine(Clock.systemUTC(), "http://localhost/s", () -> "1",
			(next) -> {
				this.told.add(next.state());
				this.begun.countDown();
				Latches.awaitOpen(this.released);
			});

	@BeforeEach
	void logNothing() {
		this.logger.setLevel(Level.OFF);
	}

	@AfterEach
	void logAgain() {
		this.logger.setLevel(this.level);
	}

	@Test
	void aBlockedListenerIsToldTheLastHundredOfAHundredThousandChanges() throws Exception {
		CompletableFuture<Void> telling = CompletableFuture.runAsync(() -> this.status.enter(StreamDbState.CONNECTING));
		assertThat(this.begun.await(20, TimeUnit.SECONDS)).isTrue();
		for (int i = 0; i < 50_000; i++) {
			this.status.retrying(new IllegalStateException("away"));
			this.status.enter(StreamDbState.LIVE);
		}
		assertThat(this.status.untold()).isEqualTo(StatusMachine.LIMIT);
		assertThat(this.status.dropped()).isEqualTo(100_000 - StatusMachine.LIMIT);
		this.status.enter(StreamDbState.CLOSED);
		this.released.countDown();
		telling.get(20, TimeUnit.SECONDS);
		assertThat(this.told).hasSize(1 + StatusMachine.LIMIT)
			.startsWith(StreamDbState.CONNECTING, StreamDbState.LIVE, StreamDbState.RETRYING)
			.endsWith(StreamDbState.RETRYING, StreamDbState.LIVE, StreamDbState.CLOSED);
		assertThat(this.status.untold()).isZero();
	}

	@Test
	void nothingIsDroppedWhileListenersKeepUp() {
		this.released.countDown();
		for (int i = 0; i < 1000; i++) {
			this.status.retrying(new IllegalStateException("away"));
			this.status.enter(StreamDbState.LIVE);
		}
		assertThat(this.told).hasSize(2000);
		assertThat(this.status.dropped()).isZero();
	}

}
