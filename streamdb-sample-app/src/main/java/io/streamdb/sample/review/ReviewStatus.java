package io.streamdb.sample.review;

/**
 * How a review stands.
 */
public enum ReviewStatus {

	/** Requested, and not decided yet. */
	OPEN,

	/** The file is fine as it is. */
	APPROVED,

	/** The file has to change. */
	CHANGES_REQUESTED

}
