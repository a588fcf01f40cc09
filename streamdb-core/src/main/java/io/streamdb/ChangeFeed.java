package io.streamdb;

/**
 * Which changes a subscription gets (SPEC M12).
 */
public enum ChangeFeed {

	/** What the stream says, and nothing else. */
	SYNCED,

	/**
	 * What readers see: also what pending transactions show, and what is taken back when
	 * they fail. When the stream confirms what was visible already, nothing is told.
	 */
	VISIBLE

}
