package io.streamdb.store;

import org.jspecify.annotations.Nullable;

/**
 * The key of a row as the maps see it: a string with the hash that {@link KeyHash} gives
 * it.
 */
class RowKey {

	private final String key;

	RowKey(String key) {
		this.key = key;
	}

	public final String key() {
		return this.key;
	}

	@Override
	public final int hashCode() {
		return KeyHash.of(this.key);
	}

	@Override
	public final boolean equals(@Nullable Object other) {
		return this == other || (other instanceof RowKey that && this.key.equals(that.key));
	}

	@Override
	public String toString() {
		return this.key;
	}

}
