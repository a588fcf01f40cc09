package io.streamdb.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Puts rows into the order of first insertion. Sequences are handed out one by one, so
 * where few of them are gone every row has its place in an array of all sequences, and
 * nothing needs to be compared.
 */
final class InsertionOrder {

	/** The array has at most so many places per row. */
	private static final int MAX_SPREAD = 8;

	private InsertionOrder() {
	}

	static <T> Comparator<Row<T>> comparator() {
		return Comparator.comparingLong(Row::sequence);
	}

	/**
	 * Sorts rows.
	 * @param rows the rows, in any order
	 * @return the sorted rows
	 */
	static <T> List<Row<T>> sorted(List<Row<T>> rows) {
		long first = Long.MAX_VALUE;
		long last = -1;
		int synced = 0;
		for (Row<T> row : rows) {
			long sequence = row.sequence();
			if (!PendingSequence.isPending(sequence)) {
				first = Math.min(first, sequence);
				last = Math.max(last, sequence);
				synced++;
			}
		}
		if (synced == 0 || last - first >= (long) synced * MAX_SPREAD) {
			rows.sort(comparator());
			return rows;
		}
		return placed(rows, first, (int) (last - first) + 1);
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static <T> List<Row<T>> placed(List<Row<T>> rows, long first, int places) {
		@Nullable Row[] bySequence = new Row[places];
		List<Row<T>> pending = new ArrayList<>(0);
		for (Row<T> row : rows) {
			if (PendingSequence.isPending(row.sequence())) {
				pending.add(row);
			}
			else {
				bySequence[(int) (row.sequence() - first)] = row;
			}
		}
		List<Row<T>> sorted = new ArrayList<>(rows.size());
		for (Row row : bySequence) {
			if (row != null) {
				sorted.add(row);
			}
		}
		pending.sort(comparator());
		sorted.addAll(pending);
		return sorted;
	}

}
