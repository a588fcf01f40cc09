package io.streamdb.event;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One insert, update, delete or upsert of one entity (SPEC E1).
 *
 * @param <T> the entity's type; {@link JsonNode} for events that are not bound
 * @param type the event type, which names the collection
 * @param key the entity's key, not empty
 * @param value the new value; {@code null} for a delete
 * @param oldValue the previous value, or {@code null} when the event does not say, or
 * says what does not bind: nothing is built on it
 * @param headers the headers
 * @param unknown fields of the event that the protocol does not know, in their order
 */
public record ChangeEvent<T>(String type, String key, @Nullable T value, @Nullable T oldValue, EventHeaders headers,
		Map<String, JsonNode> unknown) {

	public ChangeEvent {
		for (String name : unknown.keySet()) {
			if (WireFormat.FIELDS.contains(name)) {
				throw new IllegalArgumentException(
						"'%s' is a field of the protocol, not an unknown one".formatted(name));
			}
		}
		unknown = unknown.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(unknown));
	}

	/**
	 * Creates an event without unknown fields.
	 * @param type the event type
	 * @param key the key
	 * @param value the new value
	 * @param oldValue the previous value
	 * @param headers the headers
	 */
	public ChangeEvent(String type, String key, @Nullable T value, @Nullable T oldValue, EventHeaders headers) {
		this(type, key, value, oldValue, headers, Map.of());
	}

}
