package io.streamdb.client;

/**
 * Opens the client to the simulation.
 */
public final class SimulatedClients {

	private SimulatedClients() {
	}

	/**
	 * Sets where a handle has its threads and its time from.
	 * @param builder the builder of the handle
	 * @param scheduling the threads and the time
	 * @return the builder
	 */
	public static DurableStreamBuilder in(DurableStreamBuilder builder, Scheduling scheduling) {
		return builder.scheduling(scheduling);
	}

}
