/**
 * The reserved subscription APIs of the protocol (PROTOCOL 6 and 7): durable cursors that
 * wake workers when streams have something new, by a webhook or by an event in a stream.
 * Knows nothing of how requests arrive.
 */
@NullMarked
package io.streamdb.server.subscription;

import org.jspecify.annotations.NullMarked;
