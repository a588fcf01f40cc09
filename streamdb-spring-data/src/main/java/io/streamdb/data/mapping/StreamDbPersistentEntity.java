package io.streamdb.data.mapping;

import org.jspecify.annotations.Nullable;

import org.springframework.data.core.TypeInformation;
import org.springframework.data.mapping.MappingException;
import org.springframework.data.mapping.model.BasicPersistentEntity;
import org.springframework.util.StringUtils;

/**
 * Mapping metadata of an entity.
 *
 * @param <T> the entity's type
 */
public class StreamDbPersistentEntity<T> extends BasicPersistentEntity<T, StreamDbPersistentProperty> {

	StreamDbPersistentEntity(TypeInformation<T> information) {
		super(information);
	}

	/**
	 * Returns whether the class declares a collection.
	 * @return whether it is annotated with {@link StreamCollection}
	 */
	public boolean isCollection() {
		return isAnnotationPresent(StreamCollection.class);
	}

	/**
	 * Returns the type of the collection's events.
	 * @return the type (SPEC B1)
	 */
	public String getEventType() {
		StreamCollection annotation = findAnnotation(StreamCollection.class);
		if (annotation != null && StringUtils.hasText(annotation.type())) {
			return annotation.type();
		}
		return StringUtils.uncapitalize(getType().getSimpleName());
	}

	/**
	 * Returns the collection's name.
	 * @return the name (SPEC B1)
	 */
	public String getCollectionName() {
		StreamCollection annotation = findAnnotation(StreamCollection.class);
		return (annotation != null && StringUtils.hasText(annotation.name())) ? annotation.name() : getEventType();
	}

	@Override
	public StreamDbPersistentProperty getRequiredIdProperty() {
		StreamDbPersistentProperty id = getIdProperty();
		if (id == null) {
			throw new MissingIdPropertyException(getType());
		}
		return id;
	}

	@Override
	protected @Nullable StreamDbPersistentProperty returnPropertyIfBetterIdPropertyCandidateOrNull(
			StreamDbPersistentProperty property) {
		StreamDbPersistentProperty current = getIdProperty();
		if (!property.isIdProperty()) {
			return null;
		}
		if (current == null || property.isExplicitId() && !current.isExplicitId()) {
			return property;
		}
		if (property.isExplicitId() && current.isExplicitId()) {
			throw new MappingException("The entity %s has two properties annotated with @Id, '%s' and '%s'; leave one"
				.formatted(getType().getName(), current.getName(), property.getName()));
		}
		return null;
	}

}
