package io.streamdb.boot.other.keyless;

import io.streamdb.data.mapping.StreamCollection;

/**
 * An entity without a primary key.
 */
@StreamCollection
public record Keyless(String name) {
}
