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
	 * @return the builder
	 */
	public static StreamDbBuilder in(StreamDbBuilder builder, Scheduling scheduling) {
		return builder.scheduling(scheduling);
	}

}
