package io.streamdb.benchmarks.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.streamdb.benchmarks.jmh.Users.User;
import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import io.streamdb.store.OverlayEdit;
import io.streamdb.store.StateStore;
import io.streamdb.store.SyncedBatch;
import io.streamdb.store.SyncedCommit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A store of 65 000 and of 1 000 000 rows: a get by a random key, the apply of one event,
 * its commit, and the overlay of one pending write.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class StoreBenchmark {

	private static final int KEYS = 1 << 20;

	/** How many rows the store has. */
	@Param({ "65000", "1000000" })
	public int rows;

	private StateStore store = new StateStore(Users.SCHEMA);

	private String[] keys = {};

	private List<ChangeEvent<User>> updates = List.of();

	private int next;

	/** Loads the rows and draws the keys. */
	@Setup
	public void load() {
		this.store = Users.store(this.rows);
		int[] numbers = Users.random(KEYS, this.rows);
		this.keys = new String[KEYS];
		this.updates = new ArrayList<>(1 << 16);
		for (int i = 0; i < KEYS; i++) {
			this.keys[i] = Users.key(numbers[i]);
			if (i < 1 << 16) {
				this.updates.add(new ChangeEvent<>("user", this.keys[i], Users.user(numbers[i]), null,
						new EventHeaders(Operation.UPDATE, "tx-" + i, null, Map.of())));
			}
		}
	}

	/**
	 * Gets a user by a random key, from the newest state.
	 * @return the age, so that the entity is read
	 */
	@Benchmark
	public int get() {
		String key = this.keys[this.next++ & (KEYS - 1)];
		return this.store.visible(Users.DEFINITION).find(key).orElseThrow().age();
	}

	/**
	 * Applies one event to a batch of its own, and seals it.
	 * @return the commit
	 */
	@Benchmark
	public SyncedCommit apply() {
		SyncedBatch batch = this.store.batch(this.store.synced(), false);
		batch.apply(this.updates.get(this.next++ & 0xffff));
		return batch.seal("2");
	}

	/**
	 * Applies one event, and publishes it.
	 * @return the version
	 */
	@Benchmark
	public long commit() {
		OverlayEdit edit = this.store.edit(apply());
		return this.store.publish(edit);
	}

	/**
	 * Shows a pending write, and takes it back.
	 * @return the version
	 */
	@Benchmark
	public long overlay() {
		int index = this.next++ & 0xffff;
		User user = (User) this.updates.get(index).value();
		OverlayEdit shown = this.store.edit();
		shown.show(Users.DEFINITION, user.id(), user, false, "pending");
		this.store.publish(shown);
		OverlayEdit cleared = this.store.edit();
		cleared.clear(Users.DEFINITION, user.id());
		return this.store.publish(cleared);
	}

}
