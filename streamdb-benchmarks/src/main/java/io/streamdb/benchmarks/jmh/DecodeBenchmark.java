package io.streamdb.benchmarks.jmh;

import java.util.concurrent.TimeUnit;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.EventHandler;
import io.streamdb.event.InvalidEvent;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.store.SyncedCommit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Decodes a body of 10 000 events, on one thread: events to a handler that drops them,
 * and events into the rows of a load. Per event.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DecodeBenchmark {

	private static final int EVENTS = 10_000;

	private final StateStore store = new StateStore(Users.SCHEMA);

	private byte[] body = {};

	/** Writes the body. */
	@Setup
	public void writeBody() {
		this.body = Users.body("insert", Users.upTo(EVENTS));
	}

	/**
	 * Decodes and binds.
	 * @param blackhole takes the events
	 */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public void decode(Blackhole blackhole) {
		Users.decode(this.body, new Dropping(blackhole));
	}

	/**
	 * Decodes, binds and loads into an empty state.
	 * @return the state
	 */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public SyncedCommit decodeAndApply() {
		SyncedBatch batch = this.store.batch(this.store.empty(), true);
		Users.decode(this.body, new Users.Applying(batch));
		return batch.seal("1");
	}

	private record Dropping(Blackhole blackhole) implements EventHandler {

		@Override
		public void change(ChangeEvent<?> event) {
			this.blackhole.consume(event);
		}

		@Override
		public void control(ControlEvent event) {
			this.blackhole.consume(event);
		}

		@Override
		public void invalid(InvalidEvent event) {
			this.blackhole.consume(event);
		}

		@Override
		public void unknownType(String type, @Nullable String txid) {
			this.blackhole.consume(type);
		}

		@Override
		public void ignored() {
		}

	}

}
