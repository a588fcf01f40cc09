package io.streamdb.sample.change;

import io.streamdb.store.Change;
import org.jspecify.annotations.Nullable;

/**
 * What changed, as the data of a server-sent event.
 *
 * @param operation {@code insert}, {@code update} or {@code delete}
 * @param key the key of the entity
 * @param value the entity now, {@code null} when it was deleted
 * @param previous the entity before, {@code null} when it is new
 * @param txid the id of the transaction, or {@code null} when its writer gave none
 */
record ChangeMessage(String operation, String key, @Nullable Object value, @Nullable Object previous,
		@Nullable String txid) {

	static ChangeMessage of(Change<?> change) {
		return new ChangeMessage(change.operation().wireName(), change.key(), change.value(), change.previous(),
				change.origin().txid());
	}

}
