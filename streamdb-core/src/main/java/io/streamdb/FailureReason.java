package io.streamdb;

/**
 * Why a {@link StreamDb} is {@link StreamDbState#FAILED} (SPEC M9, M10).
 */
public enum FailureReason {

	/** The stream does not exist, and was not to be created. */
	NOT_FOUND,

	/** The stream was deleted while it was followed. */
	DELETED,

	/** The server no longer retains the offset. */
	RETENTION,

	/** The credentials were refused. */
	UNAUTHORIZED,

	/** A body was not what the protocol says. */
	MALFORMED,

	/** An invalid event, under the policy {@link InvalidEventPolicy#FAIL}. */
	INVALID_EVENT,

	/** The server could not be reached before the first up-to-date. */
	UNREACHABLE,

	/** Any other refusal of the server, or an unexpected exception. */
	ERROR

}
