package io.streamdb;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

import io.streamdb.client.DurableStream;
import io.streamdb.client.LiveMode;
import io.streamdb.client.Scheduling;
import io.streamdb.schema.StateSchema;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link StreamDb}.
 */
public final class StreamDbBuilder {

	final DurableStream stream;

	final StateSchema schema;

	LiveMode live = LiveMode.AUTO;

	boolean createIfMissing;

	UpdateMode updateMode = UpdateMode.REPLACE;

	SnapshotMode snapshotMode = SnapshotMode.HINT;

	InvalidEventPolicy invalidEventPolicy = InvalidEventPolicy.QUARANTINE;

	Duration startTimeout = Duration.ofSeconds(30);

	Duration transactionTimeout = Duration.ofSeconds(30);

	Duration txIdTimeout = Duration.ofSeconds(5);

	Duration shutdownTimeout = Duration.ofSeconds(10);

	@Nullable Executor executor;

	Clock clock = Clock.systemUTC();

	RandomGenerator random = new SecureRandom();

	Scheduling scheduling = Scheduling.real();

	/** How many bytes of a transaction that does not end are held (SPEC M5). */
	long heldRunLimit = HeldRun.LIMIT;

	private int loadParallelism;

	int loadPartBytes = LoadThreads.PART_BYTES;

	final List<StreamDbListener> listeners = new ArrayList<>();

	StreamDbBuilder(DurableStream stream, StateSchema schema) {
		this.stream = Objects.requireNonNull(stream, "A database needs a stream");
		this.schema = Objects.requireNonNull(schema, "A database needs a schema");
	}

	/**
	 * Sets how the stream is followed; the default is {@link LiveMode#AUTO}. {@code OFF}
	 * makes a database that reads once and refuses writes.
	 * @param live the mode
	 * @return this builder
	 */
	public StreamDbBuilder live(LiveMode live) {
		this.live = live;
		return this;
	}

	/**
	 * Sets whether a stream that does not exist is created; the default is {@code false}.
	 * @param create whether to create it
	 * @return this builder
	 */
	public StreamDbBuilder createIfMissing(boolean create) {
		this.createIfMissing = create;
		return this;
	}

	/**
	 * Sets what an event does to a value that is there already, for all collections; the
	 * default is {@link UpdateMode#REPLACE}.
	 * @param mode the mode
	 * @return this builder
	 */
	public StreamDbBuilder updateMode(UpdateMode mode) {
		this.updateMode = mode;
		return this;
	}

	/**
	 * Sets what the control events {@code snapshot-start} and {@code snapshot-end} mean;
	 * the default is {@link SnapshotMode#HINT}.
	 * @param mode the mode
	 * @return this builder
	 */
	public StreamDbBuilder snapshotMode(SnapshotMode mode) {
		this.snapshotMode = mode;
		return this;
	}

	/**
	 * Sets what happens to invalid events; the default is
	 * {@link InvalidEventPolicy#QUARANTINE}.
	 * @param policy the policy
	 * @return this builder
	 */
	public StreamDbBuilder invalidEventPolicy(InvalidEventPolicy policy) {
		this.invalidEventPolicy = policy;
		return this;
	}

	/**
	 * Sets how long readers and writers wait for a preload in progress; the default is 30
	 * seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder startTimeout(Duration timeout) {
		this.startTimeout = notNegative("start timeout", timeout);
		return this;
	}

	/**
	 * Sets how long a transaction may take until it is acknowledged; the default is 30
	 * seconds. One that may have reached the server without an answer takes up to this
	 * time again, in which the database finds out whether it is in the stream; only when
	 * the server stays away its outcome is unknown then.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder transactionTimeout(Duration timeout) {
		this.transactionTimeout = positive("transaction timeout", timeout);
		return this;
	}

	/**
	 * Sets how long waiters for txids, and transactions after their acknowledgement, wait
	 * to become visible; the default is 5 seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder txIdTimeout(Duration timeout) {
		this.txIdTimeout = positive("txid timeout", timeout);
		return this;
	}

	/**
	 * Sets how long {@link StreamDb#close()} lets pending transactions drain; the default
	 * is 10 seconds.
	 * @param timeout the timeout
	 * @return this builder
	 */
	public StreamDbBuilder shutdownTimeout(Duration timeout) {
		this.shutdownTimeout = notNegative("shutdown timeout", timeout);
		return this;
	}

	/**
	 * Sets where subscribers and actions run; the default is a pool of the database's
	 * own.
	 * @param executor the executor
	 * @return this builder
	 */
	public StreamDbBuilder executor(Executor executor) {
		this.executor = executor;
		return this;
	}

	/**
	 * Sets how many threads decode while the stream is loaded; the default is the number
	 * of processors. The reading thread is one of them and the others come from the
	 * executor; 1 loads on the reading thread alone. Deserializers and validators run on
	 * any of them, listeners on the reading thread.
	 * @param threads the number of threads, at least 1
	 * @return this builder
	 */
	public StreamDbBuilder loadParallelism(int threads) {
		if (threads < 1) {
			throw new IllegalArgumentException("A database is loaded by at least one thread, not " + threads);
		}
		this.loadParallelism = threads;
		return this;
	}

	StreamDbBuilder loadPartBytes(int bytes) {
		this.loadPartBytes = bytes;
		return this;
	}

	/**
	 * Returns how many threads decode a load. Where a simulation says which thread runs
	 * when, it is one, whatever the machine.
	 */
	int loadParallelism() {
		if (this.loadParallelism > 0) {
			return this.loadParallelism;
		}
		return (this.scheduling == Scheduling.real()) ? Runtime.getRuntime().availableProcessors() : 1;
	}

	/**
	 * Sets the clock.
	 * @param clock the clock
	 * @return this builder
	 */
	public StreamDbBuilder clock(Clock clock) {
		this.clock = clock;
		return this;
	}

	/**
	 * Sets the source of randomness of txids and producer ids.
	 * @param random the generator, safe for many threads
	 * @return this builder
	 */
	public StreamDbBuilder random(RandomGenerator random) {
		this.random = random;
		return this;
	}

	StreamDbBuilder scheduling(Scheduling scheduling) {
		this.scheduling = scheduling;
		return this;
	}

	/**
	 * Adds a listener.
	 * @param listener the listener
	 * @return this builder
	 */
	public StreamDbBuilder listener(StreamDbListener listener) {
		this.listeners.add(listener);
		return this;
	}

	/**
	 * Builds the database. Nothing connects before {@link StreamDb#preload()}.
	 * @return the database
	 */
	public StreamDb build() {
		return new DefaultStreamDb(this);
	}

	private static Duration positive(String what, Duration duration) {
		if (duration.isZero()) {
			throw new IllegalArgumentException("The " + what + " of a database must be longer than zero");
		}
		return notNegative(what, duration);
	}

	private static Duration notNegative(String what, Duration duration) {
		if (duration.isNegative()) {
			throw new IllegalArgumentException("The " + what + " of a database cannot be negative: " + duration);
		}
		return duration;
	}

}
