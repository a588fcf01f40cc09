package io.streamdb.server.store;

/**
 * Where a fork branched off (PROTOCOL 4.2).
 *
 * @param source the incarnation of the source
 * @param sourcePath the path of the source
 * @param position the position of the source that the fork's own data begin at
 * @param subOffset what the client wanted to have past it: so many messages or bytes,
 * which were copied into the fork's first append
 */
public record ForkPoint(long source, String sourcePath, long position, long subOffset) {
}
