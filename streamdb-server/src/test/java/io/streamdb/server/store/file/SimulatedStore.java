package io.streamdb.server.store.file;

import java.io.IOException;
import java.util.List;
import java.util.Random;

import io.streamdb.server.store.RecoveredStream;

/**
 * A file store on a simulated disk, with the test's thread in the place of its own.
 */
final class SimulatedStore {

	static final FileStorageSettings SETTINGS = new FileStorageSettings(6_000, 1_000, 3_000, 8 << 20, 3);

	private final ManualTasks commits = new ManualTasks();

	private final ManualTasks upkeep = new ManualTasks();

	private final FileStorage storage;

	SimulatedStore(SimulatedDisk disk, long seed) {
		this(disk, seed, SETTINGS);
	}

	SimulatedStore(SimulatedDisk disk, long seed, FileStorageSettings settings) {
		StoreThreads threads = new StoreThreads(this.commits, this.upkeep, () -> {
			commit();
			keepUp();
		});
		this.storage = new FileStorage(disk, threads, settings, new Random(seed));
	}

	FileStorage storage() {
		return this.storage;
	}

	List<RecoveredStream> recover() throws IOException {
		return this.storage.recover();
	}

	/** Forces what waits. */
	void commit() {
		this.commits.run();
	}

	/** Does what nobody waits for. */
	void keepUp() {
		this.upkeep.run();
	}

}
