package io.streamdb;

import java.time.Instant;

import io.streamdb.event.InvalidEvent;

/**
 * An invalid event that was left out (SPEC M9).
 *
 * @param offset the end offset of its batch
 * @param at when it was read
 * @param event what is known of it
 */
public record QuarantinedEvent(String offset, Instant at, InvalidEvent event) {
}
