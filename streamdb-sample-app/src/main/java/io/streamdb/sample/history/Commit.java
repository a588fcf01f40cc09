package io.streamdb.sample.history;

import java.time.Instant;

import io.streamdb.data.mapping.StreamCollection;

import org.springframework.data.annotation.Id;

/**
 * One commit of the repository.
 *
 * @param id the commit's hash
 * @param author the {@link Author#id() id} of its author
 * @param at when it was made
 * @param added how many files it added
 * @param modified how many files it modified
 * @param deleted how many files it deleted
 */
@StreamCollection(type = "commit")
public record Commit(@Id String id, String author, Instant at, int added, int modified, int deleted) {
}
