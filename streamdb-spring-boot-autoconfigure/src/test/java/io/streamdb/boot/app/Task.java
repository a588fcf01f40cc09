package io.streamdb.boot.app;

import io.streamdb.data.mapping.StreamCollection;
import jakarta.validation.constraints.NotBlank;

/**
 * A task.
 */
@StreamCollection(name = "tasks")
public record Task(String id, @NotBlank String title) {
}
