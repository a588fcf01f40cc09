package io.streamdb.event;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;

/**
 * What the {@link EventDecoder} has to know of one event type: how a key becomes an id,
 * how a value becomes an entity, and under which names the primary key stands in a value.
 * Safe for use by many threads.
 */
public interface EntityBinder {

	/**
	 * Returns the event type.
	 * @return the type
	 */
	String type();

	/**
	 * Converts a key to the id.
	 * @param key the key, not empty
	 * @return the id
	 * @throws IllegalArgumentException when the key is not the canonical form of an id
	 */
	Object id(String key);

	/**
	 * Returns the JSON name under which the id is written into each value (SPEC M2).
	 * @return the name
	 */
	String idName();

	/**
	 * Returns whether a property of a value sets the primary key, so that it has to give
	 * way to the event's key.
	 * @param name the JSON name of a property
	 * @return {@code true} for {@link #idName()} and what else means the same
	 */
	boolean isIdName(String name);

	/**
	 * Returns the JSON form of an id where that is a string.
	 * @param id the id
	 * @return the string that {@link #writeId} writes, or {@code null} where that is for
	 * {@link #writeId} to say
	 */
	default @Nullable String idText(Object id) {
		return null;
	}

	/**
	 * Writes the JSON form of an id.
	 * @param generator receives one JSON value
	 * @param id the id
	 */
	void writeId(JsonGenerator generator, Object id);

	/**
	 * Returns the limits that values are held to.
	 * @return the limits
	 */
	StreamReadConstraints constraints();

	/**
	 * Returns a context for deserializers that ask their parser to bind a part of it.
	 * @param parser the parser
	 * @return a new context
	 */
	ObjectReadContext readContext(JsonParser parser);

	/**
	 * Binds one value. The parser stands on the start of the value's object, ends with
	 * it, and shows the id in it already.
	 * @param value the value
	 * @return the entity
	 * @throws RuntimeException when the value does not bind
	 */
	Object bind(JsonParser value);

	/**
	 * Returns whether an entity carries an id.
	 * @param entity the entity
	 * @param id the id
	 * @return whether its primary key reads back as that id
	 */
	boolean hasId(Object entity, Object id);

	/**
	 * Validates an entity.
	 * @param entity the entity
	 * @return every violation; empty when it is valid
	 */
	List<String> violations(Object entity);

}
