package io.streamdb.sample.history;

import io.streamdb.data.mapping.StreamCollection;

import org.springframework.data.annotation.Id;

/**
 * Somebody who made commits.
 *
 * @param id the author's short name
 * @param commits how many commits the author made
 */
@StreamCollection(type = "author")
public record Author(@Id String id, int commits) {
}
