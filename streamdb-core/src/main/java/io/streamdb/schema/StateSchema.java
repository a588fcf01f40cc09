package io.streamdb.schema;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.DecodingThreads;
import io.streamdb.event.EventDecoder;
import io.streamdb.event.EventEncoder;
import io.streamdb.event.EventHandler;
import io.streamdb.event.MalformedBodyException;
import io.streamdb.event.MergingEventHandler;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The collections of a database (SPEC E2), and the mapper that binds their values.
 */
public final class StateSchema {

	private static final Set<String> RESERVED_NAMES = Set.of("collections", "preload", "close", "utils", "actions");

	private final List<CollectionDefinition<?>> collections;

	private final Map<String, CollectionDefinition<?>> byType;

	private final Map<String, CollectionDefinition<?>> byName;

	private final Map<Class<?>, CollectionDefinition<?>> byClass;

	private final EventDecoder decoder;

	private final EventEncoder encoder = new EventEncoder();

	private final ObjectWriter writer;

	private StateSchema(JsonMapper mapper, List<CollectionDefinition<?>> collections) {
		this.collections = collections;
		collections.forEach(StateSchema::requireNameNotReserved);
		this.byType = index(collections, "event type", CollectionDefinition::type);
		this.byName = index(collections, "name", CollectionDefinition::name);
		this.byClass = index(collections, "entity class", CollectionDefinition::entityClass);
		JsonMapper binding = DirectCreators.applyTo(mapper);
		this.decoder = new EventDecoder(
				collections.stream().map((definition) -> new MappedCollection(definition, binding)).toList());
		this.writer = CompleteInclusion.applyTo(mapper)
			.writer()
			.without(SerializationFeature.WRAP_ROOT_VALUE)
			.without(SerializationFeature.CLOSE_CLOSEABLE);
	}

	private static void requireNameNotReserved(CollectionDefinition<?> definition) {
		if (RESERVED_NAMES.contains(definition.name())) {
			throw new SchemaException(
					"The collection of %s cannot have the name '%s', which is reserved (as are %s): give it another name"
						.formatted(definition.entityClass().getName(), definition.name(),
								RESERVED_NAMES.stream().sorted().collect(Collectors.joining(", "))));
		}
	}

	private static <K> Map<K, CollectionDefinition<?>> index(List<CollectionDefinition<?>> collections, String what,
			Function<CollectionDefinition<?>, K> property) {
		Map<K, CollectionDefinition<?>> index = new HashMap<>();
		for (CollectionDefinition<?> definition : collections) {
			K value = property.apply(definition);
			CollectionDefinition<?> other = index.putIfAbsent(value, definition);
			if (other != null) {
				throw new SchemaException("Two collections have the %s '%s': %s and %s".formatted(what,
						(value instanceof Class<?> type) ? type.getName() : value, other, definition));
			}
		}
		return Map.copyOf(index);
	}

	/**
	 * Creates a schema with Jackson's default mapper.
	 * @param definitions the collections
	 * @return the schema
	 * @throws SchemaException for a reserved name, two collections with one type, name or
	 * class, or a class that the mapper cannot bind with its primary key
	 */
	public static StateSchema of(CollectionDefinition<?>... definitions) {
		return of(JsonMapper.shared(), List.of(definitions));
	}

	/**
	 * Creates a schema.
	 * @param mapper binds and writes the values of all collections
	 * @param definitions the collections
	 * @return the schema
	 * @throws SchemaException for a reserved name, two collections with one type, name or
	 * class, or a class that the mapper cannot bind with its primary key
	 */
	public static StateSchema of(JsonMapper mapper, Collection<? extends CollectionDefinition<?>> definitions) {
		return new StateSchema(mapper, List.copyOf(definitions));
	}

	/**
	 * Returns the collections.
	 * @return the definitions, in the order in which they were given
	 */
	public Collection<CollectionDefinition<?>> collections() {
		return this.collections;
	}

	/**
	 * Finds a collection by its event type.
	 * @param type the type
	 * @return the definition, or {@code null}
	 */
	public @Nullable CollectionDefinition<?> byType(String type) {
		return this.byType.get(type);
	}

	/**
	 * Finds a collection by its name.
	 * @param name the name
	 * @return the definition, or {@code null}
	 */
	public @Nullable CollectionDefinition<?> byName(String name) {
		return this.byName.get(name);
	}

	/**
	 * Finds a collection by its entity class.
	 * @param <T> the entity's type
	 * @param entityClass the class
	 * @return the definition, or {@code null}
	 */
	@SuppressWarnings("unchecked")
	public <T> @Nullable CollectionDefinition<T> byClass(Class<T> entityClass) {
		return (CollectionDefinition<T>) this.byClass.get(entityClass);
	}

	/**
	 * Decodes one body, or the data of one server-sent event: a JSON array of items.
	 * Nothing at all is taken for no items.
	 * @param body the bytes, read to their end and not closed
	 * @param handler receives the items while they arrive; what it throws is passed on
	 * @throws IOException as the body threw it
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decode(InputStream body, EventHandler handler) throws IOException {
		this.decoder.decode(body, handler);
	}

	/**
	 * Decodes one body as {@link #decode(InputStream, EventHandler)} does, a long one
	 * with the help of other threads. The handler is called on the calling thread; values
	 * are bound and validated on any thread. Part of the engine.
	 * @param body the bytes, read to their end and not closed
	 * @param handler receives the items in order; what it throws is passed on
	 * @param threads the threads
	 * @throws IOException as the body threw it, or when the calling thread is interrupted
	 * while it waits for another
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decode(InputStream body, EventHandler handler, DecodingThreads threads) throws IOException {
		this.decoder.decode(body, handler, threads);
	}

	/**
	 * Decodes one body as {@link #decode(InputStream, EventHandler)} does, and merges
	 * each value into the one that is there (SPEC M3).
	 * @param body the bytes, read to their end and not closed
	 * @param handler knows what is there, and receives the items while they arrive; what
	 * it throws is passed on
	 * @throws IOException as the body threw it
	 * @throws MalformedBodyException when it is not a JSON array, and also when it ends
	 * in the middle of one
	 */
	public void decodeMerging(InputStream body, MergingEventHandler handler) throws IOException {
		this.decoder.decodeMerging(body, handler);
	}

	/**
	 * Encodes an event of this schema. Every property of the value is written, nulls too,
	 * whatever the mapper's inclusion setting (SPEC T4).
	 * @param event the event
	 * @return one JSON object in UTF-8
	 * @throws SchemaException when no collection has its type, or its value cannot be
	 * written
	 * @throws IllegalArgumentException when it is not a delete and has no value
	 */
	public byte[] encode(ChangeEvent<?> event) {
		CollectionDefinition<?> definition = this.byType.get(event.type());
		if (definition == null) {
			throw new SchemaException("No collection has the event type '%s'; there are: %s".formatted(event.type(),
					this.byType.keySet().stream().sorted().collect(Collectors.joining(", "))));
		}
		try {
			return this.encoder.encode(event, this.writer::writeValue);
		}
		catch (JacksonException ex) {
			throw new SchemaException("The %s of %s '%s' cannot be written as JSON: %s".formatted(
					event.headers().operation().wireName(), event.type(), event.key(), ex.getOriginalMessage()), ex);
		}
	}

}
