package io.streamdb.transaction;

import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * Checks entities before a transaction takes them (SPEC T3).
 */
final class EntityChecks {

	private EntityChecks() {
	}

	/**
	 * Checks an entity to be inserted or saved.
	 * @return its key
	 * @throws MissingKeyException when it has none
	 * @throws io.streamdb.schema.EntityValidationException when it is not valid
	 */
	static <T> String written(CollectionDefinition<T> definition, T entity) {
		String key = definition.key(entity);
		if (key == null) {
			throw new MissingKeyException("An entity of " + definition.name() + " has no key: set its "
					+ definition.primaryKey() + " before it is written", null);
		}
		definition.validate(entity);
		return key;
	}

	/**
	 * Checks the result of an update function.
	 * @return the entity
	 * @throws MissingKeyException when the function returned nothing or an entity without
	 * key
	 * @throws KeyChangedException when it changed the key
	 * @throws io.streamdb.schema.EntityValidationException when the entity is not valid
	 */
	static <T> T updated(KeyRef<T> ref, @Nullable T entity) {
		CollectionDefinition<T> definition = ref.definition();
		if (entity == null) {
			throw new MissingKeyException("The update of " + ref + " returned null; to remove an entity, delete it",
					null);
		}
		String key = definition.key(entity);
		if (key == null) {
			throw new MissingKeyException(
					"The update of " + ref + " returned an entity without " + definition.primaryKey(), null);
		}
		if (!key.equals(ref.key())) {
			throw new KeyChangedException("The update of " + ref + " changed the key to '" + key
					+ "'; an entity keeps its key: delete the one and insert the other", null);
		}
		definition.validate(entity);
		return entity;
	}

}
