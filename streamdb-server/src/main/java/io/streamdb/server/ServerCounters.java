package io.streamdb.server;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;

/**
 * What the server has done and refused.
 */
final class ServerCounters {

	final LongAdder appends = new LongAdder();

	final LongAdder appendedBytes = new LongAdder();

	final LongAdder readBytes = new LongAdder();

	final LongAdder failedWrites = new LongAdder();

	/** The first failure of the storage, which is for ever. */
	final AtomicReference<@Nullable Throwable> storageFailure = new AtomicReference<>();

	final LongAdder refusedBodies = new LongAdder();

	final LongAdder refusedStreams = new LongAdder();

	final LongAdder refusedWrites = new LongAdder();

	final LongAdder refusedReads = new LongAdder();

	final LongAdder refusedRequests = new LongAdder();

}
