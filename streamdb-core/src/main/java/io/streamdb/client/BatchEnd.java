package io.streamdb.client;

import org.jspecify.annotations.Nullable;

/**
 * The end of a batch.
 *
 * @param offset the offset to read from next; everything before it has been delivered
 * @param upToDate whether the server had nothing more at that time
 * @param closed whether the stream is closed and this is its end
 * @param cursor the cursor to echo, or {@code null} when the server sent none
 */
public record BatchEnd(String offset, boolean upToDate, boolean closed, @Nullable String cursor) {
}
