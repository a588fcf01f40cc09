package io.streamdb.transaction;

import java.util.LinkedHashMap;
import java.util.Map;

import io.streamdb.store.Row;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction has read by key: which row, or that there was none. A row is the
 * same object until its key is written again, so it serves as the version that was seen.
 * Guarded by the transaction's lock.
 */
final class ReadLog {

	/** Past this many keys the transaction no longer knows what it read. */
	static final int LIMIT = 100_000;

	private final Map<KeyRef<?>, ReadVersion> reads = new LinkedHashMap<>();

	private boolean complete = true;

	/**
	 * Remembers a read; the first one of a key counts.
	 * @param key the key
	 * @param row the row, or {@code null} when there was none
	 */
	void add(KeyRef<?> key, @Nullable Row<?> row) {
		if (this.reads.size() < LIMIT) {
			this.reads.putIfAbsent(key, new ReadVersion(row));
		}
		else if (!this.reads.containsKey(key)) {
			this.complete = false;
		}
	}

	Map<KeyRef<?>, ReadVersion> reads() {
		return Map.copyOf(this.reads);
	}

	/**
	 * Returns whether every read is remembered.
	 * @return {@code false} after more reads than the limit
	 */
	boolean isComplete() {
		return this.complete;
	}

	/**
	 * The version of a row that was read.
	 *
	 * @param row the row, or {@code null} when the key was not there
	 */
	record ReadVersion(@Nullable Row<?> row) {
	}

}
