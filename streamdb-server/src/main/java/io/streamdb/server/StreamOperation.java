package io.streamdb.server;

/**
 * What a request wants to do with a stream; see {@link StreamAccess}.
 */
public enum StreamOperation {

	/** Create the stream, with its first content. */
	CREATE,

	/** Append to the stream. */
	APPEND,

	/** Close the stream. An append that also closes asks for both. */
	CLOSE,

	/** Read the stream, once or live. */
	READ,

	/** Ask for the stream's tail, content type and closure. */
	HEAD,

	/** Delete the stream. */
	DELETE,

	/**
	 * Be woken when there is something new (PROTOCOL 6). Asked for the subscription
	 * itself, whose path begins with {@code __ds/subscriptions/}, whatever is done with
	 * it; and for each stream or pattern that it is to follow. For the stream that is to
	 * be told of wakes {@link #APPEND} is asked.
	 */
	SUBSCRIBE,

	/**
	 * Report on a wake of a subscription. The token that came with the wake is looked at
	 * besides, and is in the header {@code Authorization}; whoever does this has no other
	 * credentials.
	 */
	ACKNOWLEDGE

}
