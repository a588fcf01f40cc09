package io.streamdb.schema;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.streamdb.event.EntityBinder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ClassIntrospector;
import tools.jackson.databind.json.JsonMapper;

/**
 * A collection as the application's mapper sees it: the reader of its values, and the
 * JSON names of its primary key.
 */
final class MappedCollection implements EntityBinder {

	private final CollectionDefinition<?> definition;

	private final PrimaryKey primaryKey;

	private final JsonMapper mapper;

	private final ObjectReader reader;

	private final String idName;

	private final Set<String> idAliases;

	private final boolean ignoreCase;

	private final IdForm idForm;

	/**
	 * Maps a collection.
	 * @param definition the definition
	 * @param mapper the application's mapper
	 * @throws SchemaException when the mapper cannot bind the entity class, or cannot
	 * write its primary key
	 */
	MappedCollection(CollectionDefinition<?> definition, JsonMapper mapper) {
		this.definition = definition;
		this.primaryKey = definition.key();
		this.mapper = mapper;
		this.reader = mapper.readerFor(definition.entityClass())
			.without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.without(DeserializationFeature.UNWRAP_ROOT_VALUE);
		this.idForm = IdForm.of(this.primaryKey.idClass(), mapper);
		try {
			JavaType type = mapper.constructType(definition.entityClass());
			BeanDescription description = describe(mapper.deserializationConfig(), type, false);
			this.idName = idName(type, description);
			this.idAliases = idAliases(description);
			this.ignoreCase = ignoresCase(description);
		}
		catch (JacksonException ex) {
			throw unbindable(ex.getOriginalMessage(), ex);
		}
		catch (IllegalArgumentException ex) {
			throw unbindable(String.valueOf(ex.getMessage()), ex);
		}
	}

	private static BeanDescription describe(MapperConfig<?> config, JavaType type, boolean forSerialization) {
		ClassIntrospector introspector = config.classIntrospectorInstance();
		return forSerialization
				? introspector.introspectForSerialization(type, introspector.introspectClassAnnotations(type))
				: introspector.introspectForDeserialization(type, introspector.introspectClassAnnotations(type));
	}

	/**
	 * Finds the JSON name under which the primary key is bound. What cannot be bound is
	 * refused here rather than at the first event; only a deserializer of the
	 * application's own is taken at its word.
	 */
	private String idName(JavaType type, BeanDescription description) {
		Set<String> candidates = new LinkedHashSet<>();
		addNames(candidates, description);
		addNames(candidates, describe(this.mapper.serializationConfig(), type, true));
		candidates.add(this.primaryKey.property());
		ValueDeserializer<?> deserializer = this.mapper._deserializationContext().findRootValueDeserializer(type);
		if (!(deserializer instanceof BeanDeserializerBase beans)) {
			return candidates.iterator().next();
		}
		requireCreator(beans.getValueInstantiator());
		Set<String> names = new HashSet<>();
		beans.properties().forEachRemaining((property) -> names.add(property.getName()));
		beans.creatorProperties().forEachRemaining((property) -> names.add(property.getName()));
		return candidates.stream()
			.filter(names::contains)
			.findFirst()
			.orElseThrow(() -> new SchemaException(
					"Jackson cannot write the primary key '%s' of %s: give it a setter, or a constructor parameter of that name"
						.formatted(this.primaryKey.property(), this.definition.entityClass().getName())));
	}

	private void addNames(Set<String> names, BeanDescription description) {
		for (BeanPropertyDefinition property : description.findProperties()) {
			if (property.getInternalName().equals(this.primaryKey.property())) {
				names.add(property.getName());
			}
		}
	}

	private Set<String> idAliases(BeanDescription description) {
		return description.findProperties()
			.stream()
			.filter((property) -> property.getName().equals(this.idName))
			.flatMap((property) -> property.findAliases().stream())
			.map(PropertyName::getSimpleName)
			.collect(Collectors.toUnmodifiableSet());
	}

	private void requireCreator(ValueInstantiator instantiator) {
		if (!instantiator.canInstantiate()) {
			throw unbindable("it has neither a default constructor nor a constructor for its properties", null);
		}
	}

	private SchemaException unbindable(String reason, @Nullable Throwable cause) {
		String message = "Jackson cannot bind %s: %s".formatted(this.definition.entityClass().getName(), reason);
		return (cause != null) ? new SchemaException(message, cause) : new SchemaException(message);
	}

	private boolean ignoresCase(BeanDescription description) {
		MapperConfig<?> config = this.mapper.deserializationConfig();
		JsonFormat.Value format = config.getAnnotationIntrospector().findFormat(config, description.getClassInfo());
		Boolean own = (format != null) ? format.getFeature(JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
				: null;
		return (own != null) ? own : this.mapper.isEnabled(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES);
	}

	@Override
	public String type() {
		return this.definition.type();
	}

	@Override
	public Object id(String key) {
		return this.primaryKey.toId(key);
	}

	@Override
	public String idName() {
		return this.idName;
	}

	@Override
	public boolean isIdName(String name) {
		if (this.ignoreCase) {
			return name.equalsIgnoreCase(this.idName) || this.idAliases.stream().anyMatch(name::equalsIgnoreCase);
		}
		return name.equals(this.idName) || (!this.idAliases.isEmpty() && this.idAliases.contains(name));
	}

	@Override
	public @Nullable String idText(Object id) {
		return (this.idForm == IdForm.TEXT) ? id.toString() : null;
	}

	@Override
	public void writeId(JsonGenerator generator, Object id) {
		this.idForm.write(generator, id, this.mapper);
	}

	@Override
	public StreamReadConstraints constraints() {
		return this.mapper.tokenStreamFactory().streamReadConstraints();
	}

	@Override
	public ObjectReadContext readContext(JsonParser parser) {
		return this.mapper._deserializationContext().assignParser(parser);
	}

	@Override
	public Object bind(JsonParser value) {
		Object entity = this.reader.readValue(value);
		if (entity == null) {
			throw new IllegalArgumentException("The value binds to null");
		}
		return entity;
	}

	@Override
	public boolean hasId(Object entity, Object id) {
		Object read = this.primaryKey.read(entity);
		return read != null && (read.equals(id) || this.primaryKey.toKey(read).equals(this.primaryKey.toKey(id)));
	}

	@Override
	public List<String> violations(Object entity) {
		return this.definition.violations(entity);
	}

}
