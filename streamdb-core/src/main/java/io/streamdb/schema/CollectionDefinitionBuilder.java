package io.streamdb.schema;

/**
 * Builds a {@link CollectionDefinition}.
 *
 * @param <T> the entity's type
 */
public final class CollectionDefinitionBuilder<T> {

	CollectionDefinitionBuilder() {
	}

	/**
	 * Sets the collection's name.
	 * @param name the name
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> name(String name) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the event type.
	 * @param type the type
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> type(String type) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the primary key.
	 * @param property the Java name of a property
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> primaryKey(String property) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the key converter, for ids that are neither String, UUID, Long, Integer nor an
	 * enum.
	 * @param converter the converter
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> keyConverter(KeyConverter<?> converter) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the validator.
	 * @param validator the validator
	 * @return this builder
	 */
	public CollectionDefinitionBuilder<T> validator(EntityValidator validator) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Builds the definition.
	 * @return the definition
	 * @throws SchemaException when the class has no such primary key, or its id needs a
	 * converter
	 */
	public CollectionDefinition<T> build() {
		throw new UnsupportedOperationException();
	}

}
