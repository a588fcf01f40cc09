package io.streamdb.data.repository.several;

import io.streamdb.data.mapping.StreamCollection;

/**
 * An entity of StreamDB.
 */
@StreamCollection
public record StreamThing(String id) {
}
