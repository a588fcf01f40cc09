package io.streamdb.data.mapping;

import org.springframework.data.mapping.MappingException;

/**
 * Two entities declare one collection.
 */
public class DuplicateCollectionException extends MappingException {

	private final transient Class<?> first;

	private final transient Class<?> second;

	private final String attribute;

	private final String value;

	/**
	 * Creates the exception.
	 * @param first the one entity class
	 * @param second the other entity class
	 * @param attribute the attribute of {@link StreamCollection} that they share:
	 * {@code type} or {@code name}
	 * @param value what both have
	 */
	public DuplicateCollectionException(Class<?> first, Class<?> second, String attribute, String value) {
		super("The entities %s and %s both have the collection %s '%s'; give one of them another @StreamCollection(%s)"
			.formatted(first.getName(), second.getName(), attribute, value, attribute));
		this.first = first;
		this.second = second;
		this.attribute = attribute;
		this.value = value;
	}

	/**
	 * Returns the one entity class.
	 * @return the class
	 */
	public Class<?> getFirst() {
		return this.first;
	}

	/**
	 * Returns the other entity class.
	 * @return the class
	 */
	public Class<?> getSecond() {
		return this.second;
	}

	/**
	 * Returns the attribute that both share.
	 * @return {@code type} or {@code name}
	 */
	public String getAttribute() {
		return this.attribute;
	}

	/**
	 * Returns what both have.
	 * @return the type or name
	 */
	public String getValue() {
		return this.value;
	}

}
