package io.streamdb.sample.review;

import java.net.URI;
import java.util.UUID;

import io.streamdb.data.action.ActionInvoker;
import io.streamdb.sample.web.NotFoundException;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.web.SortDefault;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Serves the reviews, and takes the actions on them. A call returns when its change is in
 * the stream and visible here.
 */
@RestController
@RequestMapping("/api/reviews")
class ReviewController {

	private final ReviewRepository reviews;

	private final ActionInvoker<ReviewRequest, Review> requestReview;

	private final ActionInvoker<UUID, Review> approveReview;

	private final ActionInvoker<UUID, Review> requestChanges;

	ReviewController(ReviewRepository reviews, ActionInvoker<ReviewRequest, Review> requestReview,
			ActionInvoker<UUID, Review> approveReview, ActionInvoker<UUID, Review> requestChanges) {
		this.reviews = reviews;
		this.requestReview = requestReview;
		this.approveReview = approveReview;
		this.requestChanges = requestChanges;
	}

	@GetMapping
	Page<Review> reviews(@RequestParam @Nullable String path,
			@SortDefault(sort = "createdAt", direction = Sort.Direction.DESC) Pageable page) {
		return (path != null) ? this.reviews.findAllOfFile(path, page) : this.reviews.findAll(page);
	}

	@GetMapping("/{id}")
	Review review(@PathVariable UUID id) {
		return this.reviews.findById(id).orElseThrow(() -> unknown(id));
	}

	@PostMapping
	ResponseEntity<Review> request(@Valid @RequestBody ReviewRequest request, UriComponentsBuilder uri) {
		Review review = this.requestReview.invokeAndWait(request);
		URI location = uri.path("/api/reviews/{id}").build(review.id());
		return ResponseEntity.created(location).body(review);
	}

	@PostMapping("/{id}/approve")
	Review approve(@PathVariable UUID id) {
		return this.approveReview.invokeAndWait(id);
	}

	@PostMapping("/{id}/changes")
	Review requestChanges(@PathVariable UUID id) {
		return this.requestChanges.invokeAndWait(id);
	}

	@DeleteMapping("/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable UUID id) {
		this.reviews.delete(this.reviews.findById(id).orElseThrow(() -> unknown(id)));
	}

	private static NotFoundException unknown(UUID id) {
		return new NotFoundException("There is no review '" + id + "'");
	}

}
