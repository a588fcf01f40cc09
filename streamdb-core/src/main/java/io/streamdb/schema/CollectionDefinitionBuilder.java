package io.streamdb.schema;

import java.beans.Introspector;
import java.lang.reflect.Modifier;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link CollectionDefinition}.
 *
 * @param <T> the entity's type
 */
public final class CollectionDefinitionBuilder<T> {

	private final Class<T> entityClass;

	private @Nullable String name;

	private @Nullable String type;

	private String primaryKey = "id";

	private @Nullable KeyConverter<?> keyConverter;

	private EntityValidator validator = (entity) -> List.of();

	CollectionDefinitionBuilder(Class<T> entityClass) {
		this.entityClass = entityClass;
	}

	/**
	 * Sets the collection's name.
	 * @param name the name
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> name(String name) {
		this.name = name;
		return this;
	}

	/**
	 * Sets the event type.
	 * @param type the type
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> type(String type) {
		this.type = type;
		return this;
	}

	/**
	 * Sets the primary key.
	 * @param property the Java name of a property
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> primaryKey(String property) {
		this.primaryKey = property;
		return this;
	}

	/**
	 * Sets the key converter, for ids that are neither String, UUID, Long, Integer nor an
	 * enum.
	 * @param converter the converter
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> keyConverter(KeyConverter<?> converter) {
		this.keyConverter = converter;
		return this;
	}

	/**
	 * Sets the validator.
	 * @param validator the validator
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> validator(EntityValidator validator) {
		this.validator = validator;
		return this;
	}

	/**
	 * Builds the definition.
	 * @return the definition
	 * @throws SchemaException when the class has no such primary key, or its id needs a
	 * converter
	 */
	public CollectionDefinition<T> build() {
		requireBindable();
		String type = (this.type != null) ? this.type : Introspector.decapitalize(this.entityClass.getSimpleName());
		String name = (this.name != null) ? this.name : type;
		if (type.isEmpty() || name.isEmpty()) {
			throw new SchemaException("The collection of %s needs a name and an event type that are not empty"
				.formatted(this.entityClass.getName()));
		}
		return new CollectionDefinition<>(name, type, this.entityClass,
				PrimaryKey.of(this.entityClass, this.primaryKey, this.keyConverter), this.validator);
	}

	private void requireBindable() {
		String what = null;
		if (this.entityClass.isInterface()) {
			what = "an interface";
		}
		else if (this.entityClass.isEnum()) {
			what = "an enum";
		}
		else if (this.entityClass.isArray() || this.entityClass.isPrimitive()) {
			what = "no class with properties";
		}
		else if (Modifier.isAbstract(this.entityClass.getModifiers())) {
			what = "abstract";
		}
		else if (this.entityClass.isMemberClass() && !Modifier.isStatic(this.entityClass.getModifiers())) {
			what = "an inner class that is not static";
		}
		if (what != null) {
			throw new SchemaException(
					"%s cannot be the class of entities: it is %s; use a record or a concrete class that Jackson can bind"
						.formatted(this.entityClass.getName(), what));
		}
	}

}
