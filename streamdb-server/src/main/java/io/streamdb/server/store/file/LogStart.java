package io.streamdb.server.store.file;

import org.jspecify.annotations.Nullable;

/**
 * From where on the log has to be read that a checkpoint does not know.
 *
 * @param segmentId the first segment
 * @param firstNumber the number of its first record, or {@link #NOT_BEGUN} when the
 * segment may not be there yet
 */
record LogStart(long segmentId, long firstNumber) {

	static final long NOT_BEGUN = -1;

	static final LogStart OF_NEW_STORE = new LogStart(1, NOT_BEGUN);

	/**
	 * Returns the start at a segment.
	 * @param segment the segment, or {@code null} when there is none yet
	 * @param sealed whether it has an index already, so that the log begins after it
	 */
	static LogStart at(@Nullable Segment segment, boolean sealed) {
		if (segment == null) {
			return OF_NEW_STORE;
		}
		return sealed ? new LogStart(segment.id() + 1, NOT_BEGUN) : new LogStart(segment.id(), segment.firstNumber());
	}

}
