/**
 * The embedded Durable Streams server: one protocol handler, used in process through a
 * {@link io.streamdb.client.StreamTransport} or over HTTP through a servlet.
 */
@NullMarked
package io.streamdb.server;

import org.jspecify.annotations.NullMarked;
