package io.streamdb;

/**
 * What an event does to the value of a key that is there already (SPEC M3).
 */
public enum UpdateMode {

	/**
	 * It takes the value's place as a whole: a property that the event leaves out is
	 * gone. This is the protocol's rule.
	 */
	REPLACE,

	/**
	 * It is merged into the value: a property that the event leaves out stays, one that
	 * it gives takes the place of the old one as a whole, null too. For streams whose
	 * other writers send partial updates; the TypeScript StreamDB does the same with
	 * every insert, update and upsert of a key that is there. What comes of it has to
	 * bind and to validate, or it is an invalid event and the key keeps its last valid
	 * value. Each row keeps the JSON of its value for that, which takes memory about as
	 * the value takes on the wire.
	 */
	MERGE

}
