package io.streamdb.store;

import java.util.BitSet;

/**
 * A snapshot of the stream that is being read (SPEC M8): the rows that were there when it
 * began, and the collections that were seen since. A row that is still the same at the
 * end was not named, since every event of a key makes another row. Immutable between
 * batches.
 *
 * @param before the rows of each collection
 * @param seen the collections
 */
record SnapshotWindow(RowMap[] before, BitSet seen) {

	/**
	 * Returns the window for another batch, which may see more.
	 */
	SnapshotWindow copy() {
		return new SnapshotWindow(this.before, (BitSet) this.seen.clone());
	}

}
