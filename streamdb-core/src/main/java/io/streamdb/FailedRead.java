package io.streamdb;

import java.net.URI;

import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamForeignResponseException;
import io.streamdb.client.StreamParseException;
import io.streamdb.client.StreamRateLimitedException;
import io.streamdb.client.StreamServerException;
import io.streamdb.client.StreamTimeoutException;
import io.streamdb.client.StreamUnauthorizedException;

/**
 * What the end of a read means for the database, and what to do about it (SPEC M9, M10).
 *
 * @param reason why the database has failed
 * @param message what happened and what to do
 */
record FailedRead(FailureReason reason, String message) {

	/**
	 * Interprets a failure that nothing but a new {@code preload()} can mend.
	 * @param failure what ended the read
	 * @param url the stream
	 * @param offset up to where it was read
	 * @return its meaning
	 */
	static FailedRead of(Throwable failure, URI url, String offset) {
		if (failure instanceof InvalidEventFailure) {
			return new FailedRead(FailureReason.INVALID_EVENT,
					"The stream " + url + " has an invalid event. " + failure.getMessage()
							+ ". Correct the writer, and leave this event out with skipInvalidEvent(), or all such"
							+ " events with the policy QUARANTINE");
		}
		if (failure instanceof StreamUnauthorizedException) {
			return new FailedRead(FailureReason.UNAUTHORIZED, "The server refused the credentials for " + url
					+ ": check the headers that are sent. " + failure.getMessage());
		}
		if (failure instanceof StreamParseException) {
			return new FailedRead(FailureReason.MALFORMED, String.valueOf(failure.getMessage()));
		}
		if (isServerError(failure)) {
			return new FailedRead(FailureReason.ERROR, "The server of " + url
					+ " answers with errors, so nothing could be loaded: " + failure.getMessage());
		}
		if (isPassing(failure)) {
			return new FailedRead(FailureReason.UNREACHABLE, "The server of " + url
					+ " could not be reached: check that it runs and that the URL is right. " + failure.getMessage());
		}
		return new FailedRead(FailureReason.ERROR,
				"The read of " + url + " after offset " + offset + " failed: " + failure);
	}

	static FailedRead notFound(URI url) {
		return new FailedRead(FailureReason.NOT_FOUND, "The stream " + url
				+ " does not exist: correct the URL, create the stream, or have it created with createIfMissing");
	}

	static FailedRead notCreated(Throwable failure, URI url) {
		FailureReason reason = of(failure, url, "").reason();
		return new FailedRead(reason,
				"The stream " + url + " does not exist and could not be created: " + failure.getMessage());
	}

	static FailedRead deleted(URI url) {
		return new FailedRead(FailureReason.DELETED, "The stream " + url
				+ " was deleted; snapshots still show what it held. It is loaded anew as soon as it is there again");
	}

	static FailedRead notRetained(URI url, String offset) {
		return new FailedRead(FailureReason.RETENTION, "The server of " + url + " no longer keeps what follows offset "
				+ offset + "; snapshots still show the state up to there. preload() loads what is left");
	}

	/**
	 * Returns whether a failure passes by itself, so that it is worth trying again.
	 * @param failure the failure
	 * @return whether the server was away, or in trouble, or something else answered
	 */
	static boolean isPassing(Throwable failure) {
		return failure instanceof StreamConnectionException || failure instanceof StreamTimeoutException
				|| failure instanceof StreamForeignResponseException || isServerError(failure);
	}

	private static boolean isServerError(Throwable failure) {
		return failure instanceof StreamServerException || failure instanceof StreamRateLimitedException;
	}

}
