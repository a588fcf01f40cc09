package io.streamdb.server.store;

/**
 * What became of the wish to delete a stream.
 */
public sealed interface DeleteOutcome {

	/** It is gone; where forks need its data, for all but them. */
	record Deleted() implements DeleteOutcome {
	}

	/** There was none. */
	record Absent() implements DeleteOutcome {
	}

	/** It was deleted before and is kept for its forks only. */
	record DeletedBefore() implements DeleteOutcome {
	}

	/**
	 * The storage has failed. Whether the stream is gone shows when it is opened again.
	 *
	 * @param failure what failed
	 */
	record StorageFailed(Throwable failure) implements DeleteOutcome {
	}

}
