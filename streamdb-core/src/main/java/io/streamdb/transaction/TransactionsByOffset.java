package io.streamdb.transaction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Transactions that wait for the synced state to reach an offset. Guarded by the commit
 * lock.
 */
final class TransactionsByOffset {

	private final NavigableMap<String, List<PendingTransaction>> byOffset = new TreeMap<>();

	private final Map<PendingTransaction, String> offsets = new HashMap<>();

	void add(PendingTransaction transaction, String offset) {
		this.offsets.put(transaction, offset);
		this.byOffset.computeIfAbsent(offset, (key) -> new ArrayList<>(1)).add(transaction);
	}

	boolean contains(PendingTransaction transaction) {
		return this.offsets.containsKey(transaction);
	}

	void remove(PendingTransaction transaction) {
		String offset = this.offsets.remove(transaction);
		List<PendingTransaction> waiting = (offset != null) ? this.byOffset.get(offset) : null;
		if (waiting != null && waiting.remove(transaction) && waiting.isEmpty()) {
			this.byOffset.remove(offset);
		}
	}

	/**
	 * Removes and returns those that a state has reached.
	 * @param offset the offset of the state
	 * @return the transactions that wait for it or for an earlier one
	 */
	List<PendingTransaction> removeUpTo(String offset) {
		return drain(this.byOffset.headMap(offset, true));
	}

	List<PendingTransaction> removeAll() {
		return drain(this.byOffset);
	}

	private List<PendingTransaction> drain(NavigableMap<String, List<PendingTransaction>> map) {
		if (map.isEmpty()) {
			return List.of();
		}
		List<PendingTransaction> removed = new ArrayList<>();
		map.values().forEach(removed::addAll);
		map.clear();
		removed.forEach(this.offsets::remove);
		return removed;
	}

}
