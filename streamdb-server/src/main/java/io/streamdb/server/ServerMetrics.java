package io.streamdb.server;

/**
 * Figures of a {@link DurableStreamServer} since it was started. All only grow, but those
 * that say how much there is now: {@code openRequests}, {@code pendingBytes},
 * {@code liveReads}, {@code streams}, {@code usedBytes} and {@code storedBytes}.
 *
 * @param appends appends accepted
 * @param appendedBytes their bytes
 * @param readBytes bytes of streams that were handed to readers
 * @param failedWrites appends, creations and deletions that the storage could not keep
 * @param openRequests requests over HTTP that are not wholly answered, live reads apart
 * @param pendingBytes bytes of bodies over HTTP that are being read or appended
 * @param liveReads live reads, with those in process
 * @param streams streams, with those that are kept for forks
 * @param usedBytes what the streams count against {@link ServerLimits#maxStoredBytes()}
 * @param storedBytes bytes that the streams take in the storage
 * @param refusedBodies bodies refused since they were too large
 * @param refusedStreams streams refused since there were too many
 * @param refusedWrites appends and streams refused since the store was full
 * @param refusedReads live reads refused since there were too many
 * @param refusedRequests requests refused since too many were open, or the bodies of
 * those that were open too large together
 */
public record ServerMetrics(long appends, long appendedBytes, long readBytes, long failedWrites, long openRequests,
		long pendingBytes, long liveReads, long streams, long usedBytes, long storedBytes, long refusedBodies,
		long refusedStreams, long refusedWrites, long refusedReads, long refusedRequests) {
}
