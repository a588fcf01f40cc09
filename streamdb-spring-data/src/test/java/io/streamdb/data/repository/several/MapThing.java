package io.streamdb.data.repository.several;

import org.springframework.data.annotation.Id;
import org.springframework.data.keyvalue.annotation.KeySpace;

/**
 * An entity of another store.
 */
@KeySpace("things")
public record MapThing(@Id String id) {
}
