package io.streamdb.boot.app;

import java.util.UUID;

import io.streamdb.data.mapping.StreamCollection;

/**
 * A note.
 */
@StreamCollection
public record Note(UUID id, String text) {
}
