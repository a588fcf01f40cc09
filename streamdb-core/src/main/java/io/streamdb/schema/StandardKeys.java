package io.streamdb.schema;

import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * The key converters of the id types that need none from the application (SPEC M2).
 */
final class StandardKeys {

	private static final KeyConverter<String> STRING = new FunctionKeyConverter<>(Function.identity(),
			Function.identity());

	private static final KeyConverter<UUID> UUIDS = new FunctionKeyConverter<>(UUID::toString, UUID::fromString);

	private static final KeyConverter<Long> LONG = new FunctionKeyConverter<>((id) -> Long.toString(id),
			Long::parseLong);

	private static final KeyConverter<Integer> INTEGER = new FunctionKeyConverter<>((id) -> Integer.toString(id),
			Integer::parseInt);

	private StandardKeys() {
	}

	/**
	 * Finds the converter of an id type.
	 * @param idClass the type
	 * @return the converter, or {@code null} when the application has to bring one
	 */
	static @Nullable KeyConverter<?> of(Class<?> idClass) {
		if (idClass == String.class) {
			return STRING;
		}
		if (idClass == UUID.class) {
			return UUIDS;
		}
		if (idClass == Long.class) {
			return LONG;
		}
		if (idClass == Integer.class) {
			return INTEGER;
		}
		return (idClass.isEnum()) ? ofEnum(idClass) : null;
	}

	private static KeyConverter<?> ofEnum(Class<?> enumClass) {
		Map<String, Enum<?>> constants = Arrays.stream(enumClass.getEnumConstants())
			.map((constant) -> (Enum<?>) constant)
			.collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));
		return new FunctionKeyConverter<Enum<?>>(Enum::name, (key) -> {
			Enum<?> constant = constants.get(key);
			if (constant == null) {
				throw new IllegalArgumentException("No constant of " + enumClass.getName());
			}
			return constant;
		});
	}

	private record FunctionKeyConverter<ID>(Function<ID, String> keys,
			Function<String, ID> ids) implements KeyConverter<ID> {

		@Override
		public String toKey(ID id) {
			return this.keys.apply(id);
		}

		@Override
		public ID toId(String key) {
			return this.ids.apply(key);
		}

	}

}
