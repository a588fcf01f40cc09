package io.streamdb.event;

import tools.jackson.core.JsonGenerator;

/**
 * Writes the entities of one event type for the {@link EventEncoder}. Safe for use by
 * many threads.
 */
@FunctionalInterface
public interface EntityWriter {

	/**
	 * Writes an entity.
	 * @param generator receives one JSON object
	 * @param entity the entity
	 */
	void write(JsonGenerator generator, Object entity);

}
