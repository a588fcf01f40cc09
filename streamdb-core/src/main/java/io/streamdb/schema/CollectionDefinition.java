package io.streamdb.schema;

import org.jspecify.annotations.Nullable;

/**
 * What a collection is (SPEC E2): its name, event type, entity class, primary key and
 * validator.
 *
 * @param <T> the entity's type
 */
public final class CollectionDefinition<T> {

	CollectionDefinition() {
	}

	/**
	 * Starts to define a collection.
	 * @param <T> the entity's type
	 * @param entityClass a record, an immutable class or a bean that Jackson can bind
	 * @return a builder; the type defaults to the decapitalised simple class name, the
	 * name to the type, the primary key to {@code id}
	 */
	public static <T> CollectionDefinitionBuilder<T> of(Class<T> entityClass) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the collection's name.
	 * @return the name
	 */
	public String name() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the event type.
	 * @return the type
	 */
	public String type() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the entity class.
	 * @return the class
	 */
	public Class<T> entityClass() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the Java name of the primary key property.
	 * @return the name
	 */
	public String primaryKey() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the id's class.
	 * @return the class, boxed
	 */
	public Class<?> idClass() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the key of an entity.
	 * @param entity the entity
	 * @return its canonical key, or {@code null} when its primary key is null or empty
	 */
	public @Nullable String key(T entity) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Converts an id to its key; a string is taken for the key itself when the id's class
	 * is not String.
	 * @param id the id
	 * @return the canonical key
	 * @throws IllegalArgumentException when it is neither an id nor a key of this
	 * collection
	 */
	public String toKey(Object id) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Converts a key to the id.
	 * @param key the key
	 * @return the id
	 * @throws IllegalArgumentException when the key is not canonical
	 */
	public Object toId(String key) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Validates an entity (SPEC E4).
	 * @param entity the entity
	 * @throws EntityValidationException with every violation
	 */
	public void validate(T entity) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the event factory.
	 * @return the factory
	 */
	public EventFactory<T> events() {
		throw new UnsupportedOperationException();
	}

}
