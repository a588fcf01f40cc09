package io.streamdb.data.core;

import java.util.Comparator;
import java.util.List;

import io.streamdb.data.mapping.StreamDbMappingContext;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.core.PropertyPath;
import org.springframework.data.core.PropertyReferenceException;
import org.springframework.data.core.TypeInformation;
import org.springframework.data.domain.Sort;
import org.springframework.data.domain.Sort.NullHandling;

/**
 * Makes comparators of entities from Spring Data's sorts. Nulls come last unless the
 * order says otherwise, whatever its direction.
 */
final class EntityOrder {

	private final StreamDbMappingContext mappingContext;

	EntityOrder(StreamDbMappingContext mappingContext) {
		this.mappingContext = mappingContext;
	}

	/**
	 * Makes a comparator.
	 * @param entityClass the entity class
	 * @param sort the sort
	 * @return the comparator, or {@code null} when unsorted
	 * @throws org.springframework.data.core.PropertyReferenceException when the entity
	 * does not have a property of the sort
	 */
	@Nullable Comparator<Object> comparator(Class<?> entityClass, Sort sort) {
		Comparator<Object> comparator = null;
		for (Sort.Order order : sort) {
			Comparator<Object> next = comparator(entityClass, order);
			comparator = (comparator != null) ? comparator.thenComparing(next) : next;
		}
		return comparator;
	}

	private Comparator<Object> comparator(Class<?> entityClass, Sort.Order order) {
		PropertyPath path = path(entityClass, order.getProperty());
		PropertyReader reader = PropertyReader.of(path, this.mappingContext);
		if (!Comparable.class.isAssignableFrom(reader.type())) {
			throw new InvalidDataAccessApiUsageException("%s cannot be sorted by '%s': a %s has no natural order"
				.formatted(entityClass.getName(), path.toDotPath(), reader.type().getName()));
		}
		Comparator<Object> values = (order.isIgnoreCase() && reader.type() == String.class) ? ignoringCase()
				: naturalOrder();
		Comparator<Object> directed = order.isAscending() ? values : values.reversed();
		Comparator<@Nullable Object> nullSafe = (order.getNullHandling() == NullHandling.NULLS_FIRST)
				? Comparator.nullsFirst(directed) : Comparator.nullsLast(directed);
		return (left, right) -> nullSafe.compare(reader.apply(left), reader.apply(right));
	}

	private static PropertyPath path(Class<?> entityClass, String property) {
		try {
			return PropertyPath.from(property, entityClass);
		}
		catch (IllegalStateException | IllegalArgumentException ex) {
			// Spring Data's answer to what is not even the form of a path, like "..".
			throw new PropertyReferenceException(property, TypeInformation.of(entityClass), List.of());
		}
	}

	@SuppressWarnings("unchecked")
	private static Comparator<Object> naturalOrder() {
		return (left, right) -> ((Comparable<Object>) left).compareTo(right);
	}

	private static Comparator<Object> ignoringCase() {
		return (left, right) -> String.CASE_INSENSITIVE_ORDER.compare((String) left, (String) right);
	}

}
