package io.streamdb.schema;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.type.TypeFactory;

/**
 * The primary key property of an entity class (SPEC E2, M2): how it is read, and how its
 * ids become keys.
 */
final class PrimaryKey {

	private final String property;

	private final Class<?> idClass;

	private final MethodHandle reader;

	private final KeyConverter<Object> converter;

	private PrimaryKey(String property, Class<?> idClass, MethodHandle reader, KeyConverter<Object> converter) {
		this.property = property;
		this.idClass = idClass;
		this.reader = reader.asType(MethodType.methodType(Object.class, Object.class));
		this.converter = converter;
	}

	/**
	 * Finds the primary key of a class: a record component, a getter, a field, or a
	 * method of that name, in this order.
	 * @param entityClass the class
	 * @param property the property's Java name
	 * @param converter the converter, or {@code null} when the id needs none
	 * @return the primary key
	 * @throws SchemaException when there is no such property, or its id needs a converter
	 */
	static PrimaryKey of(Class<?> entityClass, String property, @Nullable KeyConverter<?> converter) {
		AccessibleObject member = findMember(entityClass, property);
		if (member == null) {
			throw new SchemaException("%s has no property '%s' to be its primary key; it has: %s"
				.formatted(entityClass.getName(), property, String.join(", ", propertyNames(entityClass))));
		}
		Class<?> idClass = idClass(entityClass, member);
		return new PrimaryKey(property, idClass, reader(entityClass, property, member),
				converter(entityClass, property, idClass, converter));
	}

	String property() {
		return this.property;
	}

	Class<?> idClass() {
		return this.idClass;
	}

	/**
	 * Reads the id of an entity.
	 * @param entity the entity
	 * @return the id, or {@code null}
	 */
	@Nullable Object read(Object entity) {
		try {
			return (Object) this.reader.invokeExact(entity);
		}
		catch (RuntimeException | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(
					"The primary key '%s' of a %s cannot be read".formatted(this.property, entity.getClass().getName()),
					ex);
		}
	}

	String toKey(Object id) {
		Object exact = widened(id);
		if (this.idClass.isInstance(exact)) {
			String key = this.converter.toKey(this.idClass.cast(exact));
			if (key == null || key.isEmpty()) {
				throw new IllegalArgumentException("The key of an id is empty");
			}
			return key;
		}
		if (id instanceof String key) {
			toId(key);
			return key;
		}
		throw new IllegalArgumentException("A %s is neither a %s nor the string key of one"
			.formatted(id.getClass().getName(), this.idClass.getName()));
	}

	/**
	 * Widens a number as a Java assignment to a primitive would, so that literals can be
	 * ids. Never narrows.
	 */
	private Object widened(Object id) {
		boolean small = id instanceof Short || id instanceof Byte;
		if (this.idClass == Long.class && (small || id instanceof Integer)) {
			return ((Number) id).longValue();
		}
		if (this.idClass == Integer.class && small) {
			return ((Number) id).intValue();
		}
		return id;
	}

	Object toId(String key) {
		if (key.isEmpty()) {
			throw new IllegalArgumentException("A key cannot be empty");
		}
		Object id;
		String canonical;
		try {
			id = this.converter.toId(key);
			canonical = this.converter.toKey(id);
		}
		catch (RuntimeException ex) {
			throw new IllegalArgumentException("The key '%s' is no %s".formatted(key, this.idClass.getSimpleName()),
					ex);
		}
		if (!key.equals(canonical)) {
			throw new IllegalArgumentException("The key '%s' is not the canonical form '%s' of its %s".formatted(key,
					canonical, this.idClass.getSimpleName()));
		}
		return id;
	}

	private static @Nullable AccessibleObject findMember(Class<?> entityClass, String property) {
		if (property.isEmpty()) {
			return null;
		}
		if (entityClass.isRecord()) {
			for (RecordComponent component : entityClass.getRecordComponents()) {
				if (component.getName().equals(property)) {
					return component.getAccessor();
				}
			}
		}
		String getter = "get" + property.substring(0, 1).toUpperCase(Locale.ROOT) + property.substring(1);
		Method method = findMethod(entityClass, getter);
		if (method != null) {
			return method;
		}
		Field field = findField(entityClass, property);
		return (field != null) ? field : findMethod(entityClass, property);
	}

	private static @Nullable Method findMethod(Class<?> entityClass, String name) {
		try {
			Method method = entityClass.getMethod(name);
			boolean readable = !Modifier.isStatic(method.getModifiers()) && method.getReturnType() != void.class
					&& method.getDeclaringClass() != Object.class;
			return readable ? method : null;
		}
		catch (NoSuchMethodException ex) {
			return null;
		}
	}

	private static @Nullable Field findField(Class<?> entityClass, String name) {
		for (Class<?> type = entityClass; type != null; type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (field.getName().equals(name) && !Modifier.isStatic(field.getModifiers())) {
					return field;
				}
			}
		}
		return null;
	}

	private static Set<String> propertyNames(Class<?> entityClass) {
		Set<String> names = new TreeSet<>();
		for (Class<?> type = entityClass; type != null && type != Object.class; type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
					names.add(field.getName());
				}
			}
		}
		for (Method method : entityClass.getMethods()) {
			String name = method.getName();
			if (name.startsWith("get") && name.length() > 3 && method.getParameterCount() == 0
					&& method.getDeclaringClass() != Object.class && !Modifier.isStatic(method.getModifiers())) {
				names.add(java.beans.Introspector.decapitalize(name.substring(3)));
			}
		}
		return names;
	}

	/**
	 * Resolves the id's class, also where a generic superclass declares it.
	 */
	private static Class<?> idClass(Class<?> entityClass, AccessibleObject member) {
		Type type = (member instanceof Method method) ? method.getGenericReturnType()
				: ((Field) member).getGenericType();
		TypeFactory types = TypeFactory.createDefaultInstance();
		JavaType declaring = types.constructType(entityClass).findSuperType(((Member) member).getDeclaringClass());
		Class<?> raw = types.resolveMemberType(type, declaring.getBindings()).getRawClass();
		return MethodType.methodType(raw).wrap().returnType();
	}

	private static MethodHandle reader(Class<?> entityClass, String property, AccessibleObject member) {
		try {
			member.setAccessible(true);
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			return (member instanceof Method method) ? lookup.unreflect(method)
					: lookup.unreflectGetter((Field) member);
		}
		catch (RuntimeException | IllegalAccessException ex) {
			throw new SchemaException(
					"The primary key '%s' of %s cannot be read: open its package to StreamDB, or make it public"
						.formatted(property, entityClass.getName()),
					ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static KeyConverter<Object> converter(Class<?> entityClass, String property, Class<?> idClass,
			@Nullable KeyConverter<?> converter) {
		KeyConverter<?> found = (converter != null) ? converter : StandardKeys.of(idClass);
		if (found == null) {
			throw new SchemaException(
					"The primary key '%s' of %s is a %s, which is neither String, UUID, Long, Integer nor an enum: add a KeyConverter for it"
						.formatted(property, entityClass.getName(), idClass.getName()));
		}
		return (KeyConverter<Object>) found;
	}

}
