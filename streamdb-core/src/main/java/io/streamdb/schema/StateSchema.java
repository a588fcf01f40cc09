package io.streamdb.schema;

import java.util.Collection;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The collections of a database (SPEC E2), and the mapper that binds their values.
 */
public final class StateSchema {

	StateSchema() {
	}

	/**
	 * Creates a schema with Jackson's default mapper.
	 * @param definitions the collections
	 * @return the schema
	 * @throws SchemaException for a reserved name, or two collections with one type, name
	 * or class
	 */
	public static StateSchema of(CollectionDefinition<?>... definitions) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Creates a schema.
	 * @param mapper binds and writes the values of all collections
	 * @param definitions the collections
	 * @return the schema
	 * @throws SchemaException for a reserved name, or two collections with one type, name
	 * or class
	 */
	public static StateSchema of(JsonMapper mapper, Collection<? extends CollectionDefinition<?>> definitions) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the collections.
	 * @return the definitions, in the order in which they were given
	 */
	public Collection<CollectionDefinition<?>> collections() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Finds a collection by its event type.
	 * @param type the type
	 * @return the definition, or {@code null}
	 */
	public @Nullable CollectionDefinition<?> byType(String type) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Finds a collection by its name.
	 * @param name the name
	 * @return the definition, or {@code null}
	 */
	public @Nullable CollectionDefinition<?> byName(String name) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Finds a collection by its entity class.
	 * @param <T> the entity's type
	 * @param entityClass the class
	 * @return the definition, or {@code null}
	 */
	public <T> @Nullable CollectionDefinition<T> byClass(Class<T> entityClass) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Decodes one body, or the data of one server-sent event: a JSON array of items.
	 * @param body the bytes, read to their end
	 * @param handler receives the items while they arrive
	 * @throws java.io.IOException when the body broke off
	 * @throws io.streamdb.event.MalformedBodyException when it is not JSON
	 */
	public void decode(java.io.InputStream body, io.streamdb.event.EventHandler handler) throws java.io.IOException {
		throw new UnsupportedOperationException();
	}

	/**
	 * Encodes an event of this schema. Every property of the value is written, nulls too,
	 * whatever the mapper's inclusion setting (SPEC T4).
	 * @param event the event
	 * @return one JSON object in UTF-8
	 */
	public byte[] encode(io.streamdb.event.ChangeEvent<?> event) {
		throw new UnsupportedOperationException();
	}

}
