package io.streamdb;

/**
 * What to do with an event of a declared type that cannot be applied (SPEC M9).
 */
public enum InvalidEventPolicy {

	/** Leave it out, count it, tell of it, and go on. */
	QUARANTINE,

	/**
	 * Stop with {@link StreamDbState#FAILED}; nothing of its batch is applied.
	 * {@link StreamDb#skipInvalidEvent()} goes on without the event.
	 */
	FAIL

}
