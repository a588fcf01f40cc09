package io.streamdb;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.schema.StateSchema;

/**
 * Builds a {@link StreamDb}.
 */
public final class StreamDbBuilder {

	StreamDbBuilder(DurableStream stream, StateSchema schema) {
	}

	/**
	 * Sets how the stream is followed; the default is {@link LiveMode#AUTO}. {@code OFF}
	 * makes a database that reads once and refuses writes.
	 * @param live the mode
	 * @return this builder
	 */
	public StreamDbBuilder live(LiveMode live) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets whether a stream that does not exist is created; the default is {@code false}.
	 * @param create whether to create it
	 * @return this builder
	 */
	public StreamDbBuilder createIfMissing(boolean create) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets what happens to invalid events; the default is
	 * {@link InvalidEventPolicy#QUARANTINE}.
	 * @param policy the policy
	 * @return this builder
	 */
	public StreamDbBuilder invalidEventPolicy(InvalidEventPolicy policy) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long readers and writers wait for a preload in progress; the default is 30
	 * seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder startTimeout(Duration timeout) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long a transaction may take until it is acknowledged; the default is 30
	 * seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder transactionTimeout(Duration timeout) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long waiters for txids, and transactions after their acknowledgement, wait
	 * to become visible; the default is 5 seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder txIdTimeout(Duration timeout) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets how long {@link StreamDb#close()} lets pending transactions drain; the default
	 * is 10 seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder shutdownTimeout(Duration timeout) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets where subscribers and actions run; the default is a pool of the database's
	 * own.
	 * @param executor the executor
	 * @return this builder
	 */
	public StreamDbBuilder executor(Executor executor) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the clock.
	 * @param clock the clock
	 * @return this builder
	 */
	public StreamDbBuilder clock(Clock clock) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Sets the source of randomness of txids and producer ids.
	 * @param random the generator, safe for many threads
	 * @return this builder
	 */
	public StreamDbBuilder random(RandomGenerator random) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Adds a listener.
	 * @param listener the listener
	 * @return this builder
	 */
	public StreamDbBuilder listener(StreamDbListener listener) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Builds the database. Nothing connects before {@link StreamDb#preload()}.
	 * @return the database
	 */
	public StreamDb build() {
		throw new UnsupportedOperationException();
	}

}
