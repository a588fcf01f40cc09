package io.streamdb.sample.change;

import java.time.Instant;

import io.streamdb.FailureReason;
import io.streamdb.StreamDbState;
import io.streamdb.StreamDbStatus;
import org.jspecify.annotations.Nullable;

/**
 * How the database is, as the data of a server-sent event: what a client shows is only as
 * new as the state it was made from.
 *
 * @param state the state of the database
 * @param since when that state was entered
 * @param failureReason why the state is {@code FAILED}, else {@code null}
 */
record StatusMessage(StreamDbState state, Instant since, @Nullable FailureReason failureReason) {

	/**
	 * The name of the event. The other events are named after types of entities, none of
	 * which begins with a dollar sign.
	 */
	static final String EVENT = "$status";

	static StatusMessage of(StreamDbStatus status) {
		return new StatusMessage(status.state(), status.since(), status.failureReason());
	}

}
