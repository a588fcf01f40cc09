package io.streamdb.boot.other.reserved;

import io.streamdb.data.mapping.StreamCollection;

/**
 * An entity whose collection has a reserved name.
 */
@StreamCollection(name = "utils")
public record Reserved(String id) {
}
