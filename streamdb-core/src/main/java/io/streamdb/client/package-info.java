/**
 * Client of the Durable Streams Protocol. Knows HTTP and nothing of change events.
 */
@NullMarked
package io.streamdb.client;

import org.jspecify.annotations.NullMarked;
