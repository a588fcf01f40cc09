package io.streamdb.boot.other.derived;

import io.streamdb.data.mapping.StreamCollection;

/**
 * An entity.
 */
@StreamCollection
public record Thing(String id, String name) {
}
