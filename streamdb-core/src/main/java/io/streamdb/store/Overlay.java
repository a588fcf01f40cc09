package io.streamdb.store;

import java.util.Arrays;

/**
 * What pending transactions show on top of the synced state: per collection the rows they
 * wrote, tombstones for those they deleted, and by how much the count differs. Immutable.
 *
 * @param rows the rows and tombstones of each collection
 * @param countDeltas the difference of each collection's count
 */
record Overlay(RowMap[] rows, int[] countDeltas) {

	static Overlay empty(int collections) {
		RowMap[] rows = new RowMap[collections];
		Arrays.fill(rows, RowMap.empty());
		return new Overlay(rows, new int[collections]);
	}

}
