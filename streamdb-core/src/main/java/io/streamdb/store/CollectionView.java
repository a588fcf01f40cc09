package io.streamdb.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import io.streamdb.schema.CollectionDefinition;
import org.jspecify.annotations.Nullable;

/**
 * One collection of a root: the synced rows, with the rows and tombstones of the overlay
 * in front of them.
 *
 * @param <T> the entity's type
 */
final class CollectionView<T> implements CollectionSnapshot<T> {

	private final CollectionDefinition<T> definition;

	private final RowMap synced;

	private final RowMap overlay;

	private final int count;

	CollectionView(CollectionDefinition<T> definition, RowMap synced, RowMap overlay, int countDelta) {
		this.definition = definition;
		this.synced = synced;
		this.overlay = overlay;
		this.count = synced.size() + countDelta;
	}

	@Override
	public CollectionDefinition<T> definition() {
		return this.definition;
	}

	@Override
	public Optional<T> find(Object id) {
		Row<T> row = row(this.definition.toKey(id));
		return (row != null) ? Optional.of(row.value()) : Optional.empty();
	}

	@Override
	@SuppressWarnings("unchecked")
	public @Nullable Row<T> row(String key) {
		RowKey rowKey = new RowKey(key);
		if (this.overlay.size() > 0) {
			RowCell<?> shown = this.overlay.get(rowKey);
			if (shown != null) {
				return shown.isTombstone() ? null : (Row<T>) shown;
			}
		}
		return (Row<T>) this.synced.get(rowKey);
	}

	@Override
	public int count() {
		return this.count;
	}

	@Override
	public Stream<T> stream() {
		return rows().map(Row::value);
	}

	@Override
	public Stream<Row<T>> rows() {
		int characteristics = Spliterator.NONNULL | Spliterator.IMMUTABLE | Spliterator.DISTINCT;
		return StreamSupport.stream(Spliterators.spliterator(iterator(), this.count, characteristics), false);
	}

	@Override
	public Stream<Row<T>> rowsInInsertionOrder() {
		return InsertionOrder.sorted(rows().collect(Collectors.toCollection(ArrayList::new))).stream();
	}

	@Override
	public List<T> find(@Nullable Predicate<? super T> filter, @Nullable Comparator<? super T> order, long offset,
			int limit) {
		return new RowSelection<T>(filter, order, offset, limit).select(iterator(), this.count);
	}

	@Override
	public long count(Predicate<? super T> filter) {
		long matching = 0;
		for (Iterator<Row<T>> rows = iterator(); rows.hasNext();) {
			if (filter.test(rows.next().value())) {
				matching++;
			}
		}
		return matching;
	}

	private Iterator<Row<T>> iterator() {
		return new VisibleRows<>(this.synced, this.overlay);
	}

	@Override
	public String toString() {
		return this.definition.name() + " with " + this.count + " entities";
	}

	/**
	 * Walks the synced rows that the overlay leaves alone, then the rows of the overlay.
	 *
	 * @param <T> the entity's type
	 */
	private static final class VisibleRows<T> implements Iterator<Row<T>> {

		private final Iterator<RowCell<?>> synced;

		private final RowMap overlay;

		private @Nullable Iterator<RowCell<?>> pending;

		private @Nullable RowCell<?> next;

		VisibleRows(RowMap synced, RowMap overlay) {
			this.synced = synced.iterator();
			this.overlay = overlay;
			this.next = advance();
		}

		@Override
		public boolean hasNext() {
			return this.next != null;
		}

		@Override
		@SuppressWarnings("unchecked")
		public Row<T> next() {
			RowCell<?> current = this.next;
			if (current == null) {
				throw new NoSuchElementException();
			}
			this.next = advance();
			return (Row<T>) current;
		}

		private @Nullable RowCell<?> advance() {
			while (this.synced.hasNext()) {
				RowCell<?> row = this.synced.next();
				if (this.overlay.size() == 0 || this.overlay.get(row) == null) {
					return row;
				}
			}
			if (this.pending == null) {
				this.pending = this.overlay.iterator();
			}
			while (this.pending.hasNext()) {
				RowCell<?> row = this.pending.next();
				if (!row.isTombstone()) {
					return row;
				}
			}
			return null;
		}

	}

}
