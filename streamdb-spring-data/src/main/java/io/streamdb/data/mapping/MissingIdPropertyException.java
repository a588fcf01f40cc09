package io.streamdb.data.mapping;

import org.springframework.data.mapping.MappingException;

/**
 * An entity has no primary key.
 */
public class MissingIdPropertyException extends MappingException {

	private final transient Class<?> entityClass;

	/**
	 * Creates the exception.
	 * @param entityClass the entity class
	 */
	public MissingIdPropertyException(Class<?> entityClass) {
		super(("The entity %s has no primary key; annotate the property that identifies it with"
				+ " org.springframework.data.annotation.Id, or name it 'id'")
			.formatted(entityClass.getName()));
		this.entityClass = entityClass;
	}

	/**
	 * Returns the entity class.
	 * @return the class
	 */
	public Class<?> getEntityClass() {
		return this.entityClass;
	}

}
