package io.streamdb.client;

/**
 * The answer to an append.
 *
 * @param offset the offset after the appended data; for a duplicate an offset at or after
 * it
 * @param duplicate whether the server had the data already (an idempotent producer's
 * retry)
 * @param closed whether the stream is closed now
 */
public record AppendResult(String offset, boolean duplicate, boolean closed) {
}
