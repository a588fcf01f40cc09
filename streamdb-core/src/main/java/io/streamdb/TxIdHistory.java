package io.streamdb;

import java.util.Arrays;

/**
 * The txids that were seen last (SPEC M7): a ring of their hashes in the order in which
 * they were seen, and an open-addressing table of places in the ring, at most half full.
 * Both grow with the number of txids, up to the capacity. One that is seen again moves to
 * the end of the order; its old place in the ring is then void, and what is forgotten
 * because of void places is forgotten early and counted. Not safe for use by many
 * threads.
 */
final class TxIdHistory {

	private static final int FREE = 0;

	private final int capacity;

	private long[] highs;

	private long[] lows;

	/** The place in the ring plus one, or {@link #FREE}. */
	private int[] table;

	private int next;

	private boolean full;

	private int live;

	private long earlyEvictions;

	TxIdHistory(int capacity) {
		this.capacity = capacity;
		int initial = Math.min(capacity, 1024);
		this.highs = new long[initial];
		this.lows = new long[initial];
		this.table = new int[tableSize(initial)];
	}

	private static int tableSize(int places) {
		return Integer.highestOneBit(Math.max(places, 2) - 1) << 2;
	}

	boolean contains(TxIdHash hash) {
		return this.table[find(hash.high(), hash.low())] != FREE;
	}

	/**
	 * Forgets all of them.
	 */
	void clear() {
		Arrays.fill(this.table, FREE);
		this.next = 0;
		this.full = false;
		this.live = 0;
	}

	long earlyEvictions() {
		return this.earlyEvictions;
	}

	int size() {
		return this.live;
	}

	void add(long high, long low) {
		int place = nextPlace();
		int slot = find(high, low);
		if (this.table[slot] == FREE) {
			this.live++;
		}
		this.table[slot] = place + 1;
		this.highs[place] = high;
		this.lows[place] = low;
	}

	private int nextPlace() {
		if (!this.full && this.next == this.highs.length) {
			if (this.highs.length < this.capacity) {
				grow();
			}
			else {
				this.full = true;
			}
		}
		if (this.next == this.highs.length) {
			this.next = 0;
		}
		int place = this.next++;
		if (this.full) {
			evict(place);
		}
		return place;
	}

	private void grow() {
		int length = (int) Math.min(this.highs.length * 2L, this.capacity);
		this.highs = Arrays.copyOf(this.highs, length);
		this.lows = Arrays.copyOf(this.lows, length);
		int[] old = this.table;
		this.table = new int[tableSize(length)];
		for (int entry : old) {
			if (entry != FREE) {
				this.table[find(this.highs[entry - 1], this.lows[entry - 1])] = entry;
			}
		}
	}

	private void evict(int place) {
		int slot = find(this.highs[place], this.lows[place]);
		if (this.table[slot] != place + 1) {
			return;
		}
		if (this.live < this.capacity) {
			this.earlyEvictions++;
		}
		this.live--;
		vacate(slot);
	}

	/**
	 * Frees a slot and moves later entries of its run forward, so that no search ends too
	 * soon: the deletion of linear probing (Knuth, vol. 3, algorithm 6.4R), as the tables
	 * of rows do it.
	 */
	private void vacate(int slot) {
		int mask = this.table.length - 1;
		int hole = slot;
		int scan = slot;
		while (true) {
			scan = (scan + 1) & mask;
			int entry = this.table[scan];
			if (entry == FREE) {
				break;
			}
			int home = home(this.lows[entry - 1]);
			if (((scan - home) & mask) >= ((scan - hole) & mask)) {
				this.table[hole] = entry;
				hole = scan;
			}
		}
		this.table[hole] = FREE;
	}

	private int find(long high, long low) {
		int mask = this.table.length - 1;
		int slot = home(low);
		while (true) {
			int entry = this.table[slot];
			if (entry == FREE || (this.lows[entry - 1] == low && this.highs[entry - 1] == high)) {
				return slot;
			}
			slot = (slot + 1) & mask;
		}
	}

	private int home(long low) {
		return (int) (low ^ low >>> 32) & (this.table.length - 1);
	}

}
