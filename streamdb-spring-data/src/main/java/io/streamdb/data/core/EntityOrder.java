package io.streamdb.data.core;

import java.util.Comparator;

import io.streamdb.data.mapping.StreamDbMappingContext;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.core.PropertyPath;
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
		PropertyPath path = PropertyPath.from(order.getProperty(), entityClass);
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

	@SuppressWarnings("unchecked")
	private static Comparator<Object> naturalOrder() {
		return (left, right) -> ((Comparable<Object>) left).compareTo(right);
	}

	private static Comparator<Object> ignoringCase() {
		return (left, right) -> String.CASE_INSENSITIVE_ORDER.compare((String) left, (String) right);
	}

}
