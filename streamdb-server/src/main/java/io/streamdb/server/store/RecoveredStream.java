package io.streamdb.server.store;

/**
 * A stream that a storage kept.
 *
 * @param description what never changes
 * @param data its bytes
 * @param state what its records add up to; the storage does not use it any more
 * @param softDeleted whether it is kept for its forks only
 */
public record RecoveredStream(StreamDescription description, StreamData data, StreamState state, boolean softDeleted) {
}
