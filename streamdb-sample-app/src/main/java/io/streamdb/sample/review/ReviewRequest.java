package io.streamdb.sample.review;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * Asks somebody to review a file.
 *
 * @param path the path of the file
 * @param reviewer who shall review it
 * @param note what the reviewer should know, or {@code null}
 */
record ReviewRequest(@NotBlank String path, @NotBlank @Size(max = 100) String reviewer,
		@Size(max = 2000) @Nullable String note) {
}
