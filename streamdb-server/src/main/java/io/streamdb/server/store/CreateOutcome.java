package io.streamdb.server.store;

/**
 * What became of the wish to create a stream. Except for {@link Created} and perhaps
 * {@link StorageFailed}, nothing has changed.
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
	 * There was one already, which was left as it is. It may be one that is kept for its
	 * forks only.
	 *
	 * @param log the stream
	 */
	record Exists(StreamLog log) implements CreateOutcome {
	}

	/** The source of the fork is not there any more. */
	record SourceGone() implements CreateOutcome {
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
	 * @param reason what is full, and what would help
	 */
	record StoreFull(String reason) implements CreateOutcome {
	}

	/**
	 * The storage has failed. Whether the stream was kept shows when it is opened again.
	 *
	 * @param failure what failed
	 */
	record StorageFailed(Throwable failure) implements CreateOutcome {
	}

}
