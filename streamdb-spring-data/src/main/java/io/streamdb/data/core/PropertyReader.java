package io.streamdb.data.core;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.streamdb.data.mapping.StreamDbMappingContext;
import io.streamdb.data.mapping.StreamDbPersistentEntity;
import io.streamdb.data.mapping.StreamDbPersistentProperty;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.core.PropertyPath;
import org.springframework.data.core.PropertyReferenceException;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Reads a property, perhaps a nested one, of entities. A null on the way is a null at the
 * end.
 */
final class PropertyReader implements Function<Object, @Nullable Object> {

	private final List<Function<Object, @Nullable Object>> steps;

	private final Class<?> type;

	private PropertyReader(List<Function<Object, @Nullable Object>> steps, Class<?> type) {
		this.steps = steps;
		this.type = type;
	}

	/**
	 * Makes a reader.
	 * @param path the path
	 * @param mappingContext knows the entities
	 * @return the reader
	 * @throws PropertyReferenceException when the path leads into a type whose properties
	 * are not mapped
	 */
	static PropertyReader of(PropertyPath path, StreamDbMappingContext mappingContext) {
		List<Function<Object, @Nullable Object>> steps = new ArrayList<>();
		List<PropertyPath> resolved = new ArrayList<>();
		Class<?> type = Object.class;
		for (PropertyPath segment : path) {
			StreamDbPersistentEntity<?> owner = mappingContext.getPersistentEntity(segment.getOwningType());
			StreamDbPersistentProperty property = (owner != null) ? owner.getPersistentProperty(segment.getSegment())
					: null;
			if (property == null) {
				throw new PropertyReferenceException(segment.getSegment(), segment.getOwningType(), resolved);
			}
			if (property.isCollectionLike() || property.isMap()) {
				throw new InvalidDataAccessApiUsageException("'%s' cannot be a criterion: '%s' of %s holds many values"
					.formatted(path.toDotPath(), property.getName(), property.getOwner().getType().getName()));
			}
			resolved.add(segment);
			steps.add(step(property));
			type = property.getType();
		}
		return new PropertyReader(List.copyOf(steps), ClassUtils.resolvePrimitiveIfNecessary(type));
	}

	private static Function<Object, @Nullable Object> step(StreamDbPersistentProperty property) {
		Class<?> owner = property.getOwner().getType();
		Method getter = owner.isRecord() ? ReflectionUtils.findMethod(owner, property.getName()) : property.getGetter();
		if (getter != null) {
			ReflectionUtils.makeAccessible(getter);
			return (bean) -> ReflectionUtils.invokeMethod(getter, bean);
		}
		Field field = property.getRequiredField();
		ReflectionUtils.makeAccessible(field);
		return (bean) -> ReflectionUtils.getField(field, bean);
	}

	/**
	 * Returns the type of the property.
	 * @return the type, boxed
	 */
	Class<?> type() {
		return this.type;
	}

	@Override
	public @Nullable Object apply(Object bean) {
		Object value = bean;
		for (Function<Object, @Nullable Object> step : this.steps) {
			value = step.apply(value);
			if (value == null) {
				return null;
			}
		}
		return value;
	}

}
