package io.streamdb.data.mapping;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.CollectionDefinitionBuilder;
import io.streamdb.schema.EntityValidator;
import io.streamdb.schema.KeyConverter;
import io.streamdb.schema.StateSchema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.GenericTypeResolver;

/**
 * Makes the schema of a database from the entities of a mapping context.
 */
public final class StateSchemaFactory {

	private final StreamDbMappingContext mappingContext;

	private final JsonMapper mapper;

	private final @Nullable EntityValidator validator;

	private final Map<Class<?>, KeyConverter<?>> keyConverters;

	/**
	 * Creates a factory.
	 * @param mappingContext holds the entities
	 * @param mapper binds and writes the entities
	 * @param validator validates the entities, or {@code null}
	 * @param keyConverters convert ids that are neither String, UUID, Long, Integer nor
	 * an enum; each class implements {@code KeyConverter<ID>} with the id's type given
	 */
	public StateSchemaFactory(StreamDbMappingContext mappingContext, JsonMapper mapper,
			@Nullable EntityValidator validator, Collection<? extends KeyConverter<?>> keyConverters) {
		this.mappingContext = mappingContext;
		this.mapper = mapper;
		this.validator = validator;
		this.keyConverters = byIdType(keyConverters);
	}

	private static Map<Class<?>, KeyConverter<?>> byIdType(Collection<? extends KeyConverter<?>> converters) {
		Map<Class<?>, KeyConverter<?>> byType = new HashMap<>();
		for (KeyConverter<?> converter : converters) {
			Class<?> idType = GenericTypeResolver.resolveTypeArgument(converter.getClass(), KeyConverter.class);
			if (idType == null) {
				throw new IllegalArgumentException(
						"The key converter %s does not tell its id type; let its class implement KeyConverter<ID> with the type of the id"
							.formatted(converter.getClass().getName()));
			}
			KeyConverter<?> other = byType.put(idType, converter);
			if (other != null) {
				throw new IllegalArgumentException("There are two key converters for %s, %s and %s; leave one"
					.formatted(idType.getName(), other.getClass().getName(), converter.getClass().getName()));
			}
		}
		return byType;
	}

	/**
	 * Makes the schema.
	 * @return the schema, its collections in the order of their types
	 * @throws MissingIdPropertyException when an entity has no primary key
	 * @throws DuplicateCollectionException when two entities have one type or name
	 * @throws io.streamdb.schema.SchemaException when a collection cannot be defined as
	 * it is declared
	 */
	public StateSchema create() {
		List<StreamDbPersistentEntity<?>> entities = new ArrayList<>();
		for (StreamDbPersistentEntity<?> entity : this.mappingContext.getPersistentEntities()) {
			if (entity.isCollection()) {
				entities.add(entity);
			}
		}
		entities.sort(Comparator.comparing((entity) -> entity.getType().getName()));
		refuseDuplicates(entities, "type", StreamDbPersistentEntity::getEventType);
		refuseDuplicates(entities, "name", StreamDbPersistentEntity::getCollectionName);
		entities.sort(Comparator.comparing(StreamDbPersistentEntity::getEventType));
		List<CollectionDefinition<?>> definitions = new ArrayList<>();
		for (StreamDbPersistentEntity<?> entity : entities) {
			definitions.add(define(entity));
		}
		return StateSchema.of(this.mapper, definitions);
	}

	private static void refuseDuplicates(List<StreamDbPersistentEntity<?>> entities, String attribute,
			Function<StreamDbPersistentEntity<?>, String> value) {
		Map<String, Class<?>> seen = new HashMap<>();
		for (StreamDbPersistentEntity<?> entity : entities) {
			Class<?> other = seen.putIfAbsent(value.apply(entity), entity.getType());
			if (other != null) {
				throw new DuplicateCollectionException(other, entity.getType(), attribute, value.apply(entity));
			}
		}
	}

	private <T> CollectionDefinition<T> define(StreamDbPersistentEntity<T> entity) {
		StreamDbPersistentProperty id = entity.getRequiredIdProperty();
		CollectionDefinitionBuilder<T> builder = CollectionDefinition.of(entity.getType())
			.type(entity.getEventType())
			.name(entity.getCollectionName())
			.primaryKey(id.getName());
		KeyConverter<?> converter = this.keyConverters.get(id.getType());
		if (converter != null) {
			builder.keyConverter(converter);
		}
		if (this.validator != null) {
			builder.validator(this.validator);
		}
		return builder.build();
	}

}
