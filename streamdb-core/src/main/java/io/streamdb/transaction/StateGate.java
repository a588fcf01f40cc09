package io.streamdb.transaction;

/**
 * Says whether the database can be read, written and waited for now (SPEC M4, T9). Part
 * of the engine.
 */
public interface StateGate {

	/**
	 * Returns when the state can be read; waits for a first load in progress.
	 * @throws IllegalStateException when it cannot be read
	 */
	void awaitReadable();

	/**
	 * Returns when transactions can be committed; waits for a first load in progress.
	 * @throws RuntimeException when the database refuses writes
	 */
	void awaitWritable();

	/**
	 * Checks that the calling thread is not the one that everything waits for.
	 * @throws IllegalTransactionStateException on the apply thread
	 */
	void checkMayWait();

}
