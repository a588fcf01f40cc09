package io.streamdb.store;

import org.jspecify.annotations.Nullable;

/**
 * The key of a row as the maps see it: a string with the hash that {@link KeyHash} gives
 * it.
 */
class RowKey {

	private final String key;

	private final int hash;

	RowKey(String key) {
		this(key, KeyHash.of(key));
	}

	/**
	 * Creates a key whose hash is known.
	 */
	RowKey(String key, int hash) {
		this.key = key;
		this.hash = hash;
	}

	public final String key() {
		return this.key;
	}

	@Override
	public final int hashCode() {
		return this.hash;
	}

	@Override
	public final boolean equals(@Nullable Object other) {
		return this == other || (other instanceof RowKey that && this.hash == that.hash && this.key.equals(that.key));
	}

	@Override
	public String toString() {
		return this.key;
	}

}
