package io.streamdb.client;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Everything a {@link DurableStream} was built with, its endpoint apart.
 *
 * @param transport carries the bytes
 * @param executor where readers, producers and requests run
 * @param retryPolicy repeats plain requests
 * @param readRetryPolicy repeats reads
 * @param requestTimeout how long the head of a response may take
 * @param heartbeatLimit how long a read may be silent
 * @param clock tells the date, for {@code Retry-After}
 * @param nanoTime tells elapsed time
 * @param random makes the jitter
 * @param pause waits
 * @param scheduling how threads wait otherwise
 */
record ClientSettings(StreamTransport transport, Executor executor, RetryPolicy retryPolicy,
		RetryPolicy readRetryPolicy, Duration requestTimeout, Duration heartbeatLimit, Clock clock,
		LongSupplier nanoTime, RandomGenerator random, Pause pause, Scheduling scheduling) {

}
