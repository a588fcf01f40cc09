package io.streamdb.store;

import java.util.Iterator;

import kotlinx.collections.immutable.ExtensionsKt;
import kotlinx.collections.immutable.PersistentMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RowMap} over the persistent hash trie of kotlinx.collections.immutable. Each
 * row is both key and value of its entry.
 */
final class HashTrieRowMap implements RowMap {

	static final RowMap EMPTY = new HashTrieRowMap(ExtensionsKt.persistentHashMapOf());

	private final PersistentMap<RowKey, RowCell<?>> map;

	private HashTrieRowMap(PersistentMap<RowKey, RowCell<?>> map) {
		this.map = map;
	}

	@Override
	public int size() {
		return this.map.size();
	}

	@Override
	public @Nullable RowCell<?> get(RowKey key) {
		return this.map.get(key);
	}

	@Override
	public Iterator<RowCell<?>> iterator() {
		return this.map.values().iterator();
	}

	@Override
	public Builder builder() {
		return new HashTrieBuilder(this.map.builder());
	}

	private static final class HashTrieBuilder implements Builder {

		private final PersistentMap.Builder<RowKey, RowCell<?>> builder;

		HashTrieBuilder(PersistentMap.Builder<RowKey, RowCell<?>> builder) {
			this.builder = builder;
		}

		@Override
		public int size() {
			return this.builder.size();
		}

		@Override
		public @Nullable RowCell<?> get(RowKey key) {
			return this.builder.get(key);
		}

		@Override
		public @Nullable RowCell<?> put(RowCell<?> row) {
			RowCell<?> previous = this.builder.put(row, row);
			if (previous != null) {
				// The trie keeps the first of equal keys, and with it the old value.
				this.builder.remove(row);
				this.builder.put(row, row);
			}
			return previous;
		}

		@Override
		public @Nullable RowCell<?> remove(RowKey key) {
			return this.builder.remove(key);
		}

		@Override
		public RowMap build() {
			return new HashTrieRowMap(this.builder.build());
		}

	}

}
