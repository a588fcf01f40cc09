package io.streamdb.server.subscription;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;

import io.streamdb.server.store.StreamStore;
import io.streamdb.server.store.file.FileStorage;

/**
 * A store of a server whose subscriptions are not switched on.
 */
final class FileStorageStore implements AutoCloseable {

	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	private final StreamStore store;

	FileStorageStore(Path directory, Clock clock) {
		this.store = new StreamStore(FileStorage.in(directory), clock, this.executor, (task, delay) -> {
		}, 10_000, 1L << 30);
	}

	void append(String path) {
		SubscriptionWorld.append(this.store, path);
	}

	void delete(String path) {
		SubscriptionWorld.join(this.store.delete(path));
	}

	/** Returns the highest number of all notes. */
	long lastNote() {
		try {
			return Objects.requireNonNull(new Journal(this.store, new ReentrantLock(), Journal.MIN_LENGTH).open())
				.stream()
				.filter((line) -> "note".equals(line.string("op")))
				.mapToLong((line) -> line.requiredInteger("number"))
				.max()
				.orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.store.close();
		this.executor.shutdown();
	}

}
