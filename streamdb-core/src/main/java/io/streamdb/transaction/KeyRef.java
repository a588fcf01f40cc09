package io.streamdb.transaction;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.store.KeyHash;
import org.jspecify.annotations.Nullable;

/**
 * One key of one collection, with the hash that {@link KeyHash} gives the key.
 *
 * @param <T> the entity's type
 * @param definition the collection
 * @param key the key
 */
record KeyRef<T>(CollectionDefinition<T> definition, String key) {

	@Override
	public int hashCode() {
		return 31 * System.identityHashCode(this.definition) + KeyHash.of(this.key);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other
				|| (other instanceof KeyRef<?> that && this.definition == that.definition && this.key.equals(that.key));
	}

	@Override
	public String toString() {
		return this.definition.name() + " '" + this.key + "'";
	}

}
