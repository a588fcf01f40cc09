package io.streamdb;

/**
 * What the control events {@code snapshot-start} and {@code snapshot-end} mean (SPEC M8).
 */
public enum SnapshotMode {

	/**
	 * They are hints: the events between them are events like all others.
	 */
	HINT,

	/**
	 * What stands between them is the whole state of the types that are seen there: at
	 * the end, entities of these types that were there before and were not named are
	 * removed. A snapshot without its end removes nothing, and neither does one that is
	 * broken off by a {@code reset} or by another {@code snapshot-start}. An entity whose
	 * event is invalid keeps its last valid value.
	 */
	REPLACE

}
