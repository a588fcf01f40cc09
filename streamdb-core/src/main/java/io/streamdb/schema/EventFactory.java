package io.streamdb.schema;

import java.time.Instant;
import java.util.Map;

import io.streamdb.event.ChangeEvent;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes the change events of one collection (SPEC E3). The key comes from the argument,
 * else from the primary key of the value (for a delete: of the old value); an explicit
 * key may differ from the value's. Values and old values are validated.
 *
 * @param <T> the entity's type
 */
public interface EventFactory<T> {

	/**
	 * Headers that an event gets beside its operation.
	 *
	 * @param txid the txid, or {@code null}
	 * @param timestamp the timestamp, or {@code null}
	 * @param custom further headers; {@code operation} is ignored, {@code txid} and
	 * {@code timestamp} too
	 */
	record Headers(@Nullable String txid, @Nullable Instant timestamp, Map<String, JsonNode> custom) {

		/** No headers. */
		public static final Headers NONE = new Headers(null, null, Map.of());

	}

	/**
	 * Makes an insert.
	 * @param key the key, or {@code null} to take the value's
	 * @param value the value
	 * @param headers further headers
	 * @return the event
	 * @throws SchemaException when there is no key
	 * @throws EntityValidationException when the value is not valid
	 */
	ChangeEvent<T> insert(@Nullable String key, T value, Headers headers);

	/**
	 * Makes an update.
	 * @param key the key, or {@code null} to take the value's
	 * @param value the value
	 * @param oldValue the previous value, or {@code null} to leave it out
	 * @param headers further headers
	 * @return the event
	 * @throws SchemaException when there is no key
	 * @throws EntityValidationException when a value is not valid
	 */
	ChangeEvent<T> update(@Nullable String key, T value, @Nullable T oldValue, Headers headers);

	/**
	 * Makes a delete.
	 * @param key the key, or {@code null} to take the old value's
	 * @param oldValue the previous value, or {@code null} to leave it out
	 * @param headers further headers
	 * @return the event
	 * @throws SchemaException when there is no key
	 * @throws EntityValidationException when the old value is not valid
	 */
	ChangeEvent<T> delete(@Nullable String key, @Nullable T oldValue, Headers headers);

	/**
	 * Makes an upsert.
	 * @param key the key, or {@code null} to take the value's
	 * @param value the value
	 * @param headers further headers
	 * @return the event
	 * @throws SchemaException when there is no key
	 * @throws EntityValidationException when the value is not valid
	 */
	ChangeEvent<T> upsert(@Nullable String key, T value, Headers headers);

}
