package io.streamdb.server.store.file;

import java.io.IOException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.Spec;
import io.streamdb.server.store.StorageFullException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * The store on a disk that loses its power, or whose process is killed, at every single
 * change of a history, and again while the store is opened afterwards.
 */
class PowerCutTests {

	private static final int SEEDS = Integer.getInteger("streamdb.power-cuts.seeds", 3);

	private static final int STEPS = 120;

	@Test
	void historiesGoThroughAllThatHappensToFiles() {
		Set<String> kinds = new HashSet<>();
		for (int seed = 1; seed <= SEEDS; seed++) {
			SimulatedDisk disk = run(seed, new SimulatedDisk(), new StoreHistory(new Random(seed), 4_000));
			disk.contents().keySet().forEach((name) -> kinds.add(name.replaceFirst("\\d+", "")));
		}
		assertThat(kinds).contains(".log", ".log.index", ".data", ".data.index", "checkpoint.");
	}

	@Test
	@Spec({ "S2.4", "S2.8" })
	void keepsWhatWasAcknowledgedWhereverThePowerIsCut() {
		for (int seed = 1; seed <= SEEDS; seed++) {
			int operations = run(seed, new SimulatedDisk(), new StoreHistory(new Random(seed), 4_000)).operations();
			assertThat(operations).isGreaterThan(100);
			for (int operation = 1; operation <= operations; operation++) {
				cutAt(seed, operation, false, false);
			}
		}
	}

	@Test
	@Spec("S2.3")
	void keepsWhatWasAcknowledgedWhereverTheProcessIsKilled() {
		for (int seed = 1; seed <= SEEDS; seed++) {
			int operations = run(seed, new SimulatedDisk(), new StoreHistory(new Random(seed), 4_000)).operations();
			for (int operation = 1; operation <= operations; operation++) {
				cutAt(seed, operation, true, false);
			}
		}
	}

	@Test
	void leavesNoFileOpenWhereverADiskStopsWorking() throws Exception {
		int operations = run(1, new SimulatedDisk(), new StoreHistory(new Random(1), 4_000)).operations();
		for (int operation = 1; operation <= operations; operation++) {
			SimulatedDisk disk = new SimulatedDisk().powerOffAt(operation);
			SimulatedStore store = new SimulatedStore(disk, 1);
			try {
				store.recover();
				steps(store, new StoreHistory(new Random(1), 4_000), new Random(1), STEPS);
			}
			catch (IOException ex) {
				assertThat(disk.isOff()).as("%s", ex).isTrue();
			}
			finally {
				store.storage().close();
			}
			assertThat(disk.openFiles()).as("seed 1, off at change %d", operation).isZero();
		}
	}

	@Test
	void noticesADiskThatOnlySaysThatItForces() {
		AtomicInteger noticed = new AtomicInteger();
		int operations = run(1, new SimulatedDisk().lying(), new StoreHistory(new Random(1), 4_000)).operations();
		for (int operation = 1; operation <= operations; operation++) {
			try {
				cutAt(1, operation, false, true);
			}
			catch (AssertionError ex) {
				noticed.incrementAndGet();
			}
		}
		assertThat(noticed.get()).isGreaterThan(operations / 2);
	}

	private void cutAt(int seed, int operation, boolean kill, boolean lying) {
		String what = "seed " + seed + ", " + (kill ? "killed" : "cut") + " at change " + operation;
		Random random = new Random(31L * seed + operation);
		try {
			SimulatedDisk disk = new SimulatedDisk().powerOffAt(operation);
			StoreHistory history = new StoreHistory(new Random(seed), 4_000);
			run(seed, lying ? disk.lying() : disk, history);
			SimulatedDisk next = after(disk, kill, random);
			// Once more, while it is opened.
			SimulatedDisk interrupted = next.powerOffAt(1 + random.nextInt(8));
			try {
				new SimulatedStore(interrupted, operation).recover();
			}
			catch (IOException ex) {
				if (!interrupted.isOff()) {
					throw ex;
				}
			}
			next = after(interrupted, random.nextBoolean(), random);
			SimulatedStore store = new SimulatedStore(next, operation);
			history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
			steps(store, history, random, 20);
			// What readers have seen is there for ever, forced by whomever.
			next = after(next, false, random);
			store = new SimulatedStore(next, operation);
			history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
			steps(store, history, random, 5);
			store.storage().close();
			store = new SimulatedStore(next, operation);
			history.checkAndAdopt(store.recover(), store.storage().highestIncarnation());
		}
		catch (IOException | StorageFullException | RuntimeException ex) {
			fail(what, ex);
		}
		catch (AssertionError ex) {
			throw new AssertionError(what + ": " + ex.getMessage(), ex);
		}
	}

	private static SimulatedDisk after(SimulatedDisk disk, boolean kill, Random random) {
		return kill ? disk.afterKill() : disk.afterPowerCut(random);
	}

	private static SimulatedDisk run(int seed, SimulatedDisk disk, StoreHistory history) {
		try {
			SimulatedStore store = new SimulatedStore(disk, seed);
			store.recover();
			steps(store, history, new Random(seed), STEPS);
			assertThat(disk.isOff() || store.storage().failure() == null).isTrue();
		}
		catch (IOException | StorageFullException ex) {
			assertThat(disk.isOff()).as("%s", ex).isTrue();
		}
		return disk;
	}

	private static void steps(SimulatedStore store, StoreHistory history, Random random, int count)
			throws IOException, StorageFullException {
		for (int step = 0; step < count; step++) {
			history.step(store.storage());
			if (random.nextInt(3) == 0) {
				store.commit();
			}
			if (random.nextInt(10) == 0) {
				store.keepUp();
			}
			if (random.nextInt(20) == 0) {
				history.checkReads();
			}
		}
	}

}
