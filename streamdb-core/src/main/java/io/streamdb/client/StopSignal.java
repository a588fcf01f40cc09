package io.streamdb.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * Tells a thread that works on a stream to stop, from any other thread: gives up the
 * exchange that it is blocked in and ends its wait.
 */
final class StopSignal {

	private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

	private final AtomicReference<@Nullable Runnable> giveUp = new AtomicReference<>();

	boolean isStopped() {
		return this.stopped.isDone();
	}

	Future<?> stopped() {
		return this.stopped;
	}

	void stop() {
		this.stopped.complete(null);
		runGiveUp();
	}

	/**
	 * Sets what {@link #stop()} has to do to unblock the working thread, in place of what
	 * was set before; done at once when the signal was given already.
	 * @param giveUp the action, or {@code null} for none
	 */
	void onStop(@Nullable Runnable giveUp) {
		this.giveUp.set(giveUp);
		if (isStopped()) {
			runGiveUp();
		}
	}

	private void runGiveUp() {
		Runnable action = this.giveUp.getAndSet(null);
		if (action != null) {
			action.run();
		}
	}

}
