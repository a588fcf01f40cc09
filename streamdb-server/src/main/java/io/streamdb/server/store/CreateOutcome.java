package io.streamdb.server.store;

/**
 * What became of the wish to create a stream.
 */
public sealed interface CreateOutcome {

	/**
	 * It was created.
	 *
	 * @param log the new stream
	 */
	record Created(StreamLog log) implements CreateOutcome {
	}

	/**
	 * There was one already, which was left as it is.
	 *
	 * @param log the stream
	 */
	record Exists(StreamLog log) implements CreateOutcome {
	}

	/**
	 * The store holds as many streams as it may.
	 *
	 * @param limit how many that is
	 */
	record TooManyStreams(int limit) implements CreateOutcome {
	}

	/**
	 * The store has no room for it and its first content.
	 *
	 * @param limit how many bytes the store may hold
	 */
	record StoreFull(long limit) implements CreateOutcome {
	}

}
