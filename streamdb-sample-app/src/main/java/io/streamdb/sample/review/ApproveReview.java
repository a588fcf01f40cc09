package io.streamdb.sample.review;

import java.util.UUID;

import io.streamdb.data.action.StreamAction;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;

/**
 * Approves the file of a review.
 */
@StreamAction("approveReview")
class ApproveReview implements OptimisticAction<UUID, Review> {

	@Override
	public Review onMutate(UUID id, ActionContext context) {
		return context.collection(Review.class).update(id, (review) -> review.withStatus(ReviewStatus.APPROVED));
	}

}
