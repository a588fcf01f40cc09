package io.streamdb.server.store;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Keeps streams in memory: they are gone with the process. Writes are done at once.
 */
public final class MemoryStorage implements StreamStorage {

	private final AtomicLong stored = new AtomicLong();

	/**
	 * Creates an empty storage.
	 */
	public MemoryStorage() {
		// Holds nothing but its streams, which belong to whoever creates them.
	}

	@Override
	public List<RecoveredStream> recover() {
		return List.of();
	}

	@Override
	public long highestIncarnation() {
		return 0;
	}

	@Override
	public boolean durable() {
		return false;
	}

	@Override
	public StreamData create(StreamDescription description, @Nullable LogRecord first, WriteCallback done) {
		MemoryData data = new MemoryData(description.path(), this.stored);
		if (first != null) {
			data.add(first);
		}
		done.done(null);
		return data;
	}

	@Override
	public long storedBytes() {
		return this.stored.get();
	}

	@Override
	public void close() {
		// What readers still hold stays readable, and the rest goes with its streams.
	}

}
