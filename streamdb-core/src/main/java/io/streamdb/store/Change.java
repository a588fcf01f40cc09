package io.streamdb.store;

import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * What a commit did to one key: never {@link Operation#UPSERT}, and at most one per key
 * and commit.
 *
 * @param <T> the entity's type
 * @param definition the collection
 * @param operation INSERT, UPDATE or DELETE
 * @param key the key
 * @param value the new value, {@code null} for a delete
 * @param previous the previous value, {@code null} for an insert
 * @param origin what wrote it (for a delete: what deleted it)
 */
public record Change<T>(CollectionDefinition<T> definition, Operation operation, String key, @Nullable T value,
		@Nullable T previous, Origin origin) {
}
