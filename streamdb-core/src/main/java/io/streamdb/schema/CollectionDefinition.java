package io.streamdb.schema;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a collection is (SPEC E2): its name, event type, entity class, primary key and
 * validator.
 *
 * @param <T> the entity's type
 */
public final class CollectionDefinition<T> {

	private final String name;

	private final String type;

	private final Class<T> entityClass;

	private final PrimaryKey primaryKey;

	private final EntityValidator validator;

	private final EventFactory<T> events;

	CollectionDefinition(String name, String type, Class<T> entityClass, PrimaryKey primaryKey,
			EntityValidator validator) {
		this.name = name;
		this.type = type;
		this.entityClass = entityClass;
		this.primaryKey = primaryKey;
		this.validator = validator;
		this.events = new DefaultEventFactory<>(this);
	}

	/**
	 * Starts to define a collection.
	 * @param <T> the entity's type
	 * @param entityClass a record, an immutable class or a bean that Jackson can bind
	 * @return a builder; the type defaults to the decapitalised simple class name, the
	 * name to the type, the primary key to {@code id}
	 */
	public static <T> CollectionDefinitionBuilder<T> of(Class<T> entityClass) {
		return new CollectionDefinitionBuilder<>(entityClass);
	}

	/**
	 * Returns the collection's name.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns the event type.
	 * @return the type
	 */
	public String type() {
		return this.type;
	}

	/**
	 * Returns the entity class.
	 * @return the class
	 */
	public Class<T> entityClass() {
		return this.entityClass;
	}

	/**
	 * Returns the Java name of the primary key property.
	 * @return the name
	 */
	public String primaryKey() {
		return this.primaryKey.property();
	}

	/**
	 * Returns the id's class.
	 * @return the class, boxed
	 */
	public Class<?> idClass() {
		return this.primaryKey.idClass();
	}

	/**
	 * Returns the key of an entity.
	 * @param entity the entity
	 * @return its canonical key, or {@code null} when its primary key is null or empty
	 */
	public @Nullable String key(T entity) {
		Object id = this.primaryKey.read(entity);
		return (id == null || "".equals(id)) ? null : this.primaryKey.toKey(id);
	}

	/**
	 * Converts an id to its key; a string is taken for the key itself when the id's class
	 * is not String. Where the id's class is Long or Integer, a shorter integer will do.
	 * @param id the id
	 * @return the canonical key
	 * @throws IllegalArgumentException when it is neither an id nor a key of this
	 * collection
	 */
	public String toKey(Object id) {
		return this.primaryKey.toKey(id);
	}

	/**
	 * Converts a key to the id.
	 * @param key the key
	 * @return the id
	 * @throws IllegalArgumentException when the key is not canonical
	 */
	public Object toId(String key) {
		return this.primaryKey.toId(key);
	}

	/**
	 * Validates an entity (SPEC E4).
	 * @param entity the entity
	 * @throws EntityValidationException with every violation
	 */
	public void validate(T entity) {
		List<String> violations = violations(entity);
		if (!violations.isEmpty()) {
			throw new EntityValidationException(
					"The %s is not valid: %s".formatted(this.type, String.join("; ", violations)), violations);
		}
	}

	/**
	 * Returns the event factory.
	 * @return the factory
	 */
	public EventFactory<T> events() {
		return this.events;
	}

	List<String> violations(Object entity) {
		return this.validator.validate(entity);
	}

	PrimaryKey key() {
		return this.primaryKey;
	}

	@Override
	public String toString() {
		return "collection '%s' (type '%s', %s)".formatted(this.name, this.type, this.entityClass.getName());
	}

}
