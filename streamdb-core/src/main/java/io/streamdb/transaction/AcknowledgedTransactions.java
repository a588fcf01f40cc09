package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Transactions that the server has acknowledged and the stream has not brought yet, by
 * their offsets. Those of which it is not known whether this stream has acknowledged
 * them, or the one before it at its URL, are in doubt: their offsets say nothing. Guarded
 * by the commit lock.
 */
final class AcknowledgedTransactions {

	private final NavigableMap<String, List<PendingTransaction>> byOffset = new TreeMap<>();

	private final Set<PendingTransaction> doubtful = new LinkedHashSet<>(0);

	void add(PendingTransaction transaction, String offset) {
		transaction.acknowledged(offset);
		this.byOffset.computeIfAbsent(offset, (key) -> new ArrayList<>(1)).add(transaction);
	}

	/**
	 * Adds a transaction that was sent when another stream may have been there.
	 */
	void addInDoubt(PendingTransaction transaction, String offset) {
		transaction.acknowledged(offset);
		this.doubtful.add(transaction);
	}

	/**
	 * Puts all in doubt, because another stream takes the place of the one that has
	 * acknowledged them.
	 */
	void doubtAll() {
		this.doubtful.addAll(drain(this.byOffset));
	}

	boolean isInDoubt(PendingTransaction transaction) {
		return this.doubtful.contains(transaction);
	}

	void remove(PendingTransaction transaction) {
		this.doubtful.remove(transaction);
		String offset = transaction.acknowledgedOffset();
		List<PendingTransaction> waiting = (offset != null) ? this.byOffset.get(offset) : null;
		if (waiting != null && waiting.remove(transaction) && waiting.isEmpty()) {
			this.byOffset.remove(offset);
		}
	}

	/**
	 * Removes and returns those that a state contains.
	 * @param offset the offset of the state
	 * @return the transactions that were acknowledged at or before it
	 */
	List<PendingTransaction> removeUpTo(String offset) {
		return drain(this.byOffset.headMap(offset, true));
	}

	/**
	 * Removes and returns those in doubt.
	 */
	List<PendingTransaction> removeInDoubt() {
		List<PendingTransaction> removed = List.copyOf(this.doubtful);
		this.doubtful.clear();
		return removed;
	}

	private static List<PendingTransaction> drain(NavigableMap<String, List<PendingTransaction>> map) {
		if (map.isEmpty()) {
			return List.of();
		}
		List<PendingTransaction> removed = new ArrayList<>();
		map.values().forEach(removed::addAll);
		map.clear();
		return removed;
	}

}
