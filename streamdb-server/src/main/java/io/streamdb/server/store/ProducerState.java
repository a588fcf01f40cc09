package io.streamdb.server.store;

import java.time.Instant;

/**
 * The last append of an idempotent producer in a stream (PROTOCOL 5.2.1).
 *
 * @param producerId which producer
 * @param epoch its epoch
 * @param sequence the number of the append in that epoch
 * @param tail the position after it
 * @param lastAppend when it was accepted
 */
public record ProducerState(String producerId, long epoch, long sequence, long tail, Instant lastAppend) {

	/** About what a state costs in memory besides the name of its producer. */
	private static final int OVERHEAD = 256;

	long footprint() {
		return footprint(this.producerId);
	}

	static long footprint(String producerId) {
		return OVERHEAD + 2L * producerId.length();
	}

}
