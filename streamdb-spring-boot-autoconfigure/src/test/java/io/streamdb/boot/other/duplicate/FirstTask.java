package io.streamdb.boot.other.duplicate;

import io.streamdb.data.mapping.StreamCollection;

/**
 * One of two entities of one type.
 */
@StreamCollection(type = "task")
public record FirstTask(String id) {
}
