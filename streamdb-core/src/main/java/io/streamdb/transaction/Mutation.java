package io.streamdb.transaction;

import io.streamdb.event.Operation;
import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction does to one key, merged (SPEC T1).
 *
 * @param <T> the entity's type
 * @param definition the collection
 * @param operation INSERT, UPDATE or DELETE
 * @param key the key
 * @param value the value it writes as of now, {@code null} for a delete
 * @param previous the value it replaces as of now, {@code null} for an insert
 */
public record Mutation<T>(CollectionDefinition<T> definition, Operation operation, String key, @Nullable T value,
		@Nullable T previous) {
}
