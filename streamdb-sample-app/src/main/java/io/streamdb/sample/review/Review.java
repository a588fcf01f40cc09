package io.streamdb.sample.review;

import java.time.Instant;
import java.util.UUID;

import io.streamdb.data.mapping.StreamCollection;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

import org.springframework.data.annotation.Id;

/**
 * A review of a file.
 *
 * @param id the id
 * @param path the path of the file
 * @param reviewer who reviews it
 * @param status how it stands
 * @param note what the reviewer should know, or {@code null}
 * @param createdAt when it was requested
 */
@StreamCollection(type = "review")
public record Review(@Id UUID id, @NotBlank String path, @NotBlank String reviewer, @NotNull ReviewStatus status,
		@Nullable String note, @NotNull Instant createdAt) {

	/**
	 * Opens a review.
	 * @param request what was asked for
	 * @return a new review
	 */
	static Review open(ReviewRequest request) {
		return new Review(UUID.randomUUID(), request.path(), request.reviewer(), ReviewStatus.OPEN, request.note(),
				Instant.now());
	}

	/**
	 * Returns this review with another status. Entities are never changed in place.
	 * @param status the new status
	 * @return a copy
	 */
	Review withStatus(ReviewStatus status) {
		return new Review(this.id, this.path, this.reviewer, status, this.note, this.createdAt);
	}

}
