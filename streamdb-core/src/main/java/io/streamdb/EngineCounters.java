package io.streamdb;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a read brings.
 */
final class EngineCounters {

	final LongAdder batches = new LongAdder();

	final LongAdder events = new LongAdder();

	final LongAdder unknownTypeEvents = new LongAdder();

	final LongAdder ignoredItems = new LongAdder();

	final LongAdder controlEvents = new LongAdder();

	final LongAdder resets = new LongAdder();

	final LongAdder retries = new LongAdder();

	final LongAdder releasedRuns = new LongAdder();

	/** Written by the {@link BatchApplier} only. */
	volatile long heldBytes;

}
