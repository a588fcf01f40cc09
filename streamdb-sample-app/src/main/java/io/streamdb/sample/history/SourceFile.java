package io.streamdb.sample.history;

import java.time.Instant;

import io.streamdb.data.mapping.StreamCollection;

import org.springframework.data.annotation.Id;

/**
 * A file of the repository as its last commit left it.
 *
 * @param path the path from the root of the repository
 * @param blob the hash of its content
 * @param mode the mode as git writes it, for example {@code 100644}
 * @param commit the {@link Commit#id() id} of the commit that changed it last
 * @param author the {@link Author#id() id} of that commit's author
 * @param changedAt when that commit was made
 * @param revision how often the file has been changed, from 1
 */
@StreamCollection(type = "file")
public record SourceFile(@Id String path, String blob, String mode, String commit, String author, Instant changedAt,
		int revision) {
}
