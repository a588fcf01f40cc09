package io.streamdb.boot.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;

import io.streamdb.StreamDb;
import io.streamdb.StreamDbState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Preloads a database and tries again until it works, or the database is closed (SPEC
 * B6): after one second, and after twice the time with each failure, up to 30 seconds. A
 * database that fails after that stays failed, as in every mode: health says so, and an
 * operator restarts the application, or has it call {@code preload()}, when the cause is
 * mended.
 */
final class BackgroundPreload {

	private static final Logger logger = LoggerFactory.getLogger(BackgroundPreload.class);

	private static final Duration FIRST_DELAY = Duration.ofSeconds(1);

	private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

	private final StreamDb streamDb;

	private final Function<Duration, Executor> delayedExecutor;

	/**
	 * Creates a preload.
	 * @param streamDb the database
	 * @param delayedExecutor gives executors that wait before they run a task
	 */
	BackgroundPreload(StreamDb streamDb, Function<Duration, Executor> delayedExecutor) {
		this.streamDb = streamDb;
		this.delayedExecutor = delayedExecutor;
	}

	void start() {
		attempt(FIRST_DELAY);
	}

	private void attempt(Duration delayAfterFailure) {
		if (this.streamDb.status().state() != StreamDbState.CLOSED) {
			this.streamDb.preload().whenComplete((done, failure) -> onCompletion(failure, delayAfterFailure));
		}
	}

	private void onCompletion(@Nullable Throwable failure, Duration delay) {
		if (failure == null || this.streamDb.status().state() == StreamDbState.CLOSED) {
			return;
		}
		logger.warn("The state of {} could not be loaded; the next attempt is in {} s", this.streamDb.stream().url(),
				delay.toSeconds(), failure);
		Duration doubled = delay.multipliedBy(2);
		Duration next = (doubled.compareTo(LONGEST_DELAY) < 0) ? doubled : LONGEST_DELAY;
		this.delayedExecutor.apply(delay).execute(() -> attempt(next));
	}

}
