package io.streamdb;

import io.streamdb.client.Scheduling;

/**
 * Opens the engine to the simulation.
 */
public final class SimulatedDatabases {

	private SimulatedDatabases() {
	}

	/**
	 * Sets where a database has its threads and its time from.
	 * @param builder the builder of the database
	 * @param scheduling the threads and the time
	 * @param threads how many threads decode a load
	 * @param partBytes how much one of them decodes at a time
	 * @return the builder
	 */
	public static StreamDbBuilder in(StreamDbBuilder builder, Scheduling scheduling, int threads, int partBytes) {
		return builder.scheduling(scheduling).loadParallelism(threads).loadPartBytes(partBytes);
	}

	/**
	 * Returns whether a database does not know that what it has read contains a
	 * transaction, which nobody else is told.
	 * @param db the database
	 * @param txid the transaction
	 * @return whether it still waits for it
	 */
	public static boolean isAwaited(StreamDb db, String txid) {
		return ((DefaultStreamDb) db).pipeline.isPending(txid);
	}

}
