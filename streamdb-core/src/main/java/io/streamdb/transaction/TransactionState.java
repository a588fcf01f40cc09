package io.streamdb.transaction;

/**
 * The states of a transaction (SPEC T1).
 */
public enum TransactionState {

	/** Collects mutations, or waits to be sent. */
	PENDING,

	/** Its events are encoded and on their way. */
	PERSISTING,

	/**
	 * In the stream: {@link TransactionOutcome#COMPLETED} or
	 * {@link TransactionOutcome#DURABLE}.
	 */
	COMPLETED,

	/**
	 * Rolled back: {@link TransactionOutcome#FAILED}, or of
	 * {@link TransactionOutcome#UNKNOWN} outcome.
	 */
	FAILED

}
