package io.streamdb.store;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import io.streamdb.schema.CollectionDefinition;
import io.streamdb.schema.StateSchema;
import org.jspecify.annotations.Nullable;

/**
 * The collections of a schema, numbered, so that a state can hold them in an array.
 */
final class CollectionLayout {

	private final StateSchema schema;

	private final List<CollectionDefinition<?>> definitions;

	private final Map<String, Integer> byType = new HashMap<>();

	private final Map<CollectionDefinition<?>, Integer> byDefinition = new IdentityHashMap<>();

	CollectionLayout(StateSchema schema) {
		this.schema = schema;
		this.definitions = List.copyOf(schema.collections());
		for (int ordinal = 0; ordinal < this.definitions.size(); ordinal++) {
			CollectionDefinition<?> definition = this.definitions.get(ordinal);
			this.byType.put(definition.type(), ordinal);
			this.byDefinition.put(definition, ordinal);
		}
	}

	int size() {
		return this.definitions.size();
	}

	CollectionDefinition<?> definition(int ordinal) {
		return this.definitions.get(ordinal);
	}

	int ordinalOfType(String type) {
		Integer ordinal = this.byType.get(type);
		if (ordinal == null) {
			throw new IllegalArgumentException("No collection holds events of the type '" + type + "'");
		}
		return ordinal;
	}

	int ordinal(CollectionDefinition<?> definition) {
		Integer ordinal = this.byDefinition.get(definition);
		if (ordinal == null) {
			throw new IllegalArgumentException(
					"The collection '" + definition.name() + "' does not belong to this database");
		}
		return ordinal;
	}

	<T> CollectionDefinition<T> definition(Class<T> entityClass) {
		CollectionDefinition<T> definition = this.schema.byClass(entityClass);
		if (definition == null) {
			throw new IllegalArgumentException("No collection of this database holds " + entityClass.getName()
					+ "; its collections are " + names());
		}
		return definition;
	}

	CollectionDefinition<?> definition(String name) {
		@Nullable CollectionDefinition<?> definition = this.schema.byName(name);
		if (definition == null) {
			throw new IllegalArgumentException(
					"No collection of this database is named '" + name + "'; its collections are " + names());
		}
		return definition;
	}

	private List<String> names() {
		return this.definitions.stream().<String>map(CollectionDefinition::name).toList();
	}

}
