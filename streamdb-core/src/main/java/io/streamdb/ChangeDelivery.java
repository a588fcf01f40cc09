package io.streamdb;

/**
 * How changes reach a subscriber that is slower than they come (SPEC M12).
 */
public enum ChangeDelivery {

	/**
	 * Every commit is a change set of its own. They wait in a bounded queue, whose
	 * overflow ends the subscription with an error.
	 */
	EVERY,

	/**
	 * What has come since the last delivery is merged into one change set, with at most
	 * one change of each key: an insert that is deleted again is not told at all. What
	 * waits is bounded by the size of the collections, and nothing overflows.
	 */
	LATEST

}
