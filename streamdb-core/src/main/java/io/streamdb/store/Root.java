package io.streamdb.store;

/**
 * Everything that can be read, published with one volatile write.
 *
 * @param version its number
 * @param synced what the stream says
 * @param overlay what pending transactions show on top
 */
record Root(long version, SyncedState synced, Overlay overlay) {
}
