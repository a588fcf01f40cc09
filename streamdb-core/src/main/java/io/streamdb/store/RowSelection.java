package io.streamdb.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Selects a page of rows (SPEC Q1). A small page keeps a heap of as many rows as end with
 * it, instead of sorting all of them.
 *
 * @param <T> the entity's type
 */
final class RowSelection<T> {

	/** A heap pays when it holds at most this part of the rows. */
	private static final int HEAP_PART = 4;

	private final @Nullable Predicate<? super T> filter;

	private final @Nullable Comparator<Row<T>> order;

	private final long offset;

	private final int limit;

	RowSelection(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset, int limit) {
		if (offset < 0) {
			throw new IllegalArgumentException("The offset of a page must be 0 or more, not " + offset);
		}
		if (limit < -1) {
			throw new IllegalArgumentException("The limit of a page must be 0 or more, or -1 for all, not " + limit);
		}
		this.filter = filter;
		this.order = (order != null) ? byValue(order) : null;
		this.offset = offset;
		this.limit = limit;
	}

	private static <T> Comparator<Row<T>> byValue(Comparator<? super T> order) {
		return (left, right) -> {
			int result = order.compare(left.value(), right.value());
			return (result != 0) ? result : Long.compare(left.sequence(), right.sequence());
		};
	}

	List<T> select(Iterator<Row<T>> rows, int count) {
		if (this.limit == 0 || this.offset >= count) {
			return List.of();
		}
		boolean heap = this.limit > 0 && this.offset + this.limit <= count / HEAP_PART;
		List<Row<T>> sorted = heap ? smallest(rows, (int) this.offset + this.limit) : all(rows);
		return page(sorted);
	}

	private List<Row<T>> all(Iterator<Row<T>> rows) {
		List<Row<T>> matching = new ArrayList<>();
		while (rows.hasNext()) {
			Row<T> row = rows.next();
			if (matches(row)) {
				matching.add(row);
			}
		}
		if (this.order == null) {
			return InsertionOrder.sorted(matching);
		}
		matching.sort(this.order);
		return matching;
	}

	private List<Row<T>> smallest(Iterator<Row<T>> rows, int size) {
		Comparator<Row<T>> comparator = (this.order != null) ? this.order : InsertionOrder.comparator();
		PriorityQueue<Row<T>> largestFirst = new PriorityQueue<>(size, comparator.reversed());
		while (rows.hasNext()) {
			Row<T> row = rows.next();
			if (!matches(row)) {
				continue;
			}
			if (largestFirst.size() < size) {
				largestFirst.add(row);
			}
			else if (comparator.compare(row, largestFirst.element()) < 0) {
				largestFirst.remove();
				largestFirst.add(row);
			}
		}
		List<Row<T>> selected = new ArrayList<>(largestFirst);
		selected.sort(comparator);
		return selected;
	}

	private boolean matches(Row<T> row) {
		return this.filter == null || this.filter.test(row.value());
	}

	private List<T> page(List<Row<T>> sorted) {
		if (this.offset >= sorted.size()) {
			return List.of();
		}
		int from = (int) this.offset;
		int to = (this.limit < 0) ? sorted.size() : (int) Math.min(sorted.size(), this.offset + this.limit);
		List<T> values = new ArrayList<>(to - from);
		for (Row<T> row : sorted.subList(from, to)) {
			values.add(row.value());
		}
		return Collections.unmodifiableList(values);
	}

}
