package io.streamdb.transaction;

/**
 * How a transaction ended (SPEC T4).
 */
public enum TransactionOutcome {

	/** In the stream, and visible in the synced state. */
	COMPLETED,

	/** Acknowledged by the server, and not visible here in time. */
	DURABLE,

	/** Not in the stream. */
	FAILED,

	/**
	 * Sent and not answered, and nobody could tell since whether it is in the stream.
	 */
	UNKNOWN

}
