package io.streamdb.transaction;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

import io.streamdb.client.DurableStream;
import io.streamdb.client.Scheduling;
import io.streamdb.schema.StateSchema;
import io.streamdb.store.StateStore;

/**
 * What a {@link TransactionPipeline} works with. Part of the engine.
 *
 * @param store the state
 * @param schema encodes events
 * @param stream the stream that transactions are appended to
 * @param gate says whether the database can be read and written
 * @param actions runs custom {@code mutate} methods
 * @param callbacks completes the futures that applications hold; it never refuses a task
 * @param scheduler wakes for timeouts
 * @param scheduling how threads wait
 * @param clock gives the timestamps of events
 * @param random gives txids and producer ids; safe for many threads
 * @param transactionTimeout how long a transaction may wait to be sent, and then to be
 * acknowledged, and then to be told from one that never arrived
 * @param visibleTimeout how long it may take to become visible after that
 */
public record TransactionEnvironment(StateStore store, StateSchema schema, DurableStream stream, StateGate gate,
		Executor actions, Executor callbacks, ScheduledExecutorService scheduler, Scheduling scheduling, Clock clock,
		RandomGenerator random, Duration transactionTimeout, Duration visibleTimeout) {
}
