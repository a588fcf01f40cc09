package io.streamdb.transaction;

import java.util.ArrayDeque;
import java.util.Deque;

import io.streamdb.transaction.DefaultTransaction.Written;
import org.jspecify.annotations.Nullable;

/**
 * What a part of the work of a transaction has entered, so that it can be taken back. For
 * one thread.
 */
final class Savepoint {

	private final Deque<Entry> entries = new ArrayDeque<>();

	void add(Entry entry) {
		this.entries.push(entry);
	}

	void addAll(Savepoint inner) {
		inner.entries.descendingIterator().forEachRemaining(this.entries::push);
	}

	Iterable<Entry> latestFirst() {
		return this.entries;
	}

	/**
	 * One entered mutation.
	 *
	 * @param ref the key
	 * @param before what was entered for it before, or {@code null}
	 * @param after what was entered, or {@code null} when it came to nothing
	 */
	record Entry(KeyRef<?> ref, @Nullable Written<?> before, @Nullable Written<?> after) {
	}

}
