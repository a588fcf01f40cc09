package io.streamdb.transaction;

import java.security.SecureRandom;

import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * One key of one collection. Its hash depends on a secret of this process, since
 * transactions also touch keys that foreign writers have chosen.
 *
 * @param <T> the entity's type
 * @param definition the collection
 * @param key the key
 */
record KeyRef<T>(CollectionDefinition<T> definition, String key) {

	private static final long MULTIPLIER = new SecureRandom().nextLong() | 1;

	@Override
	public int hashCode() {
		long hash = System.identityHashCode(this.definition);
		for (int i = 0; i < this.key.length(); i++) {
			hash = (hash + this.key.charAt(i)) * MULTIPLIER;
		}
		return (int) (hash >>> 32);
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
