package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Transactions that the server has acknowledged and the stream has not brought yet, by
 * their offsets. Guarded by the commit lock.
 */
final class AcknowledgedTransactions {

	private final NavigableMap<String, List<PendingTransaction>> byOffset = new TreeMap<>();

	void add(PendingTransaction transaction, String offset) {
		transaction.acknowledged(offset);
		this.byOffset.computeIfAbsent(offset, (key) -> new ArrayList<>(1)).add(transaction);
	}

	void remove(PendingTransaction transaction) {
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

	List<PendingTransaction> removeAll() {
		return drain(this.byOffset);
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
