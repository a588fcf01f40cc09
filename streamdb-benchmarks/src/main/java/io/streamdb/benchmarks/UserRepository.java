package io.streamdb.benchmarks;

import io.streamdb.data.repository.StreamRepository;

/**
 * The users as an application gets at them, with a call that does nothing: what the proxy
 * itself costs.
 */
interface UserRepository extends StreamRepository<User, String> {

	/**
	 * Does nothing.
	 * @return nothing of interest
	 */
	default int nothing() {
		return 1;
	}

}
