package io.streamdb.sample.review;

import io.streamdb.data.action.StreamAction;
import io.streamdb.sample.history.SourceFile;
import io.streamdb.sample.web.NotFoundException;
import io.streamdb.transaction.ActionContext;
import io.streamdb.transaction.OptimisticAction;

/**
 * Requests a review of a file. What an action reads and writes belongs to one
 * transaction; what it throws undoes it.
 */
@StreamAction("requestReview")
class RequestReview implements OptimisticAction<ReviewRequest, Review> {

	@Override
	public Review onMutate(ReviewRequest request, ActionContext context) {
		if (context.collection(SourceFile.class).find(request.path()).isEmpty()) {
			throw new NotFoundException("There is no file '" + request.path() + "' to review");
		}
		return context.collection(Review.class).insert(Review.open(request));
	}

}
