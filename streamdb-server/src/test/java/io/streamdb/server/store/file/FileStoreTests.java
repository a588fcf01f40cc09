package io.streamdb.server.store.file;

import java.util.Random;

import io.streamdb.server.store.StoreContract;
import io.streamdb.server.store.StreamStorage;

/**
 * The store on files: everything is forced before a call returns, so that the contract is
 * not held up. Waiting for a disk is the business of the other tests.
 */
class FileStoreTests extends StoreContract {

	@Override
	protected StreamStorage newStorage() {
		StoreThreads here = new StoreThreads(Runnable::run, Runnable::run, () -> {
		});
		return new FileStorage(new SimulatedDisk(), here, FileStorageSettings.defaults(), new Random(1));
	}

}
