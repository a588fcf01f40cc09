package io.streamdb.transaction;

import io.streamdb.schema.CollectionDefinition;

/**
 * One key of one collection.
 *
 * @param <T> the entity's type
 * @param definition the collection
 * @param key the key
 */
record KeyRef<T>(CollectionDefinition<T> definition, String key) {

	@Override
	public String toString() {
		return this.definition.name() + " '" + this.key + "'";
	}

}
