package io.streamdb;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a load (SPEC M4), each with a future of its own, {@value #LIMIT} at
 * most.
 */
final class PreloadWaiters {

	/** How many may wait at once. */
	static final int LIMIT = 100_000;

	private final EngineThreads threads;

	private final String name;

	private final AtomicInteger count = new AtomicInteger();

	/**
	 * Creates it without waiters.
	 * @param threads completes futures
	 * @param name the database, for messages
	 */
	PreloadWaiters(EngineThreads threads, String name) {
		this.threads = threads;
		this.name = name;
	}

	/**
	 * Waits for a load.
	 * @param load the load; internal, so nobody's code may depend on it
	 * @return completes with it; has failed when too many wait
	 */
	CompletableFuture<Void> add(CompletableFuture<@Nullable Void> load) {
		CompletableFuture<Void> preloaded = new CompletableFuture<>();
		if (this.count.incrementAndGet() > LIMIT) {
			this.count.decrementAndGet();
			return CompletableFuture.failedFuture(new StreamDbUnavailableException(
					LIMIT + " callers wait already for the load of the StreamDB on " + this.name, null));
		}
		load.whenComplete((nothing, failure) -> {
			this.count.decrementAndGet();
			this.threads.complete(() -> {
				if (failure != null) {
					preloaded.completeExceptionally(failure);
				}
				else {
					preloaded.complete(null);
				}
			});
		});
		return preloaded;
	}

	int count() {
		return this.count.get();
	}

}
