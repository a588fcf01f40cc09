package io.streamdb.boot.other.duplicate;

import io.streamdb.data.mapping.StreamCollection;

/**
 * The other of two entities of one type.
 */
@StreamCollection(type = "task")
public record SecondTask(String id) {
}
