package io.streamdb;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The status of a {@link StreamDb} at one moment.
 *
 * @param state the state
 * @param since when that state was entered
 * @param offset the offset up to which the visible state is complete, or {@code null}
 * before the first commit
 * @param lastUpToDate when the stream was last known to be wholly read, or {@code null}
 * @param lag the time since then; zero while LIVE and when COMPLETE; {@code null} when it
 * was never up to date
 * @param failureReason why the state is FAILED, else {@code null}
 * @param cause the error behind FAILED or RETRYING, else {@code null}
 */
public record StreamDbStatus(StreamDbState state, Instant since, @Nullable String offset,
		@Nullable Instant lastUpToDate, @Nullable Duration lag, @Nullable FailureReason failureReason,
		@Nullable Throwable cause) {
}
