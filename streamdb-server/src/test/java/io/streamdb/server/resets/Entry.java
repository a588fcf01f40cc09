package io.streamdb.server.resets;

/**
 * What the writers of the reset test write.
 *
 * @param id the key
 * @param writer who wrote it last
 * @param number which write of that writer it was
 * @param text some content
 */
record Entry(String id, String writer, long number, String text) {
}
