package io.streamdb.server.store;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A stream and what the store knows of it. Guarded by the store's lock, but for what
 * never changes.
 */
final class StoredStream {

	final StreamLog log;

	final @Nullable StoredStream origin;

	/** Completes with why the stream could not be created, or {@code null}. */
	final CompletableFuture<@Nullable Throwable> created = new CompletableFuture<>();

	/** Whether the stream is durable, so that others may see it. */
	volatile boolean visible;

	/** How many forks have data from here. */
	int references;

	/** Whether the stream is there for its forks only. */
	boolean kept;

	/** Completes when the end is durable, which is under way; with why it failed. */
	@Nullable CompletableFuture<@Nullable Throwable> ending;

	/** When to look whether it has expired, if it may expire. */
	StreamStore.@Nullable Deadline deadline;

	StoredStream(StreamLog log, @Nullable StoredStream origin) {
		this.log = log;
		this.origin = origin;
		if (origin != null) {
			origin.references++;
		}
	}

	String path() {
		return this.log.description().path();
	}

}
