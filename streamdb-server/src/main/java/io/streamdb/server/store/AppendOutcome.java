package io.streamdb.server.store;

/**
 * What became of an {@link Append}. Except for {@link Accepted} and perhaps
 * {@link StorageFailed}, nothing has changed.
 */
public sealed interface AppendOutcome {

	/**
	 * It is in the stream, or the stream was closed already and nothing else was wanted.
	 *
	 * @param tail the position after it
	 * @param closed whether the stream is closed now
	 */
	record Accepted(long tail, boolean closed) implements AppendOutcome {
	}

	/**
	 * It was in the stream before.
	 *
	 * @param tail a position with all appends of that producer before it
	 * @param sequence the highest sequence number accepted in this epoch
	 * @param closed whether it closed the stream
	 */
	record Duplicate(long tail, long sequence, boolean closed) implements AppendOutcome {
	}

	/**
	 * The stream is closed.
	 *
	 * @param tail the position of its end
	 */
	record StreamClosed(long tail) implements AppendOutcome {
	}

	/** The stream was deleted. */
	record StreamDeleted() implements AppendOutcome {
	}

	/**
	 * The writer's sequence does not follow the last one.
	 *
	 * @param last the last one
	 */
	record SequenceRegression(String last) implements AppendOutcome {
	}

	/**
	 * A newer epoch of that producer has been here.
	 *
	 * @param epoch the newer epoch
	 */
	record StaleEpoch(long epoch) implements AppendOutcome {
	}

	/** A new epoch did not begin with sequence 0. */
	record EpochWithoutStart() implements AppendOutcome {
	}

	/**
	 * Earlier appends of that producer have not arrived.
	 *
	 * @param expected the sequence number that would have been right
	 */
	record SequenceGap(long expected) implements AppendOutcome {
	}

	/**
	 * The stream does not end where the writer expects it to (SPEC S7).
	 *
	 * @param tail where it ends
	 * @param closed whether it is closed
	 */
	record TailMoved(long tail, boolean closed) implements AppendOutcome {
	}

	/**
	 * The store has no room for it.
	 *
	 * @param reason what is full, and what would help
	 */
	record StoreFull(String reason) implements AppendOutcome {
	}

	/**
	 * The storage has failed. Whether the append was kept shows when it is opened again:
	 * it was not if it came after the failure.
	 *
	 * @param failure what failed
	 */
	record StorageFailed(Throwable failure) implements AppendOutcome {
	}

}
