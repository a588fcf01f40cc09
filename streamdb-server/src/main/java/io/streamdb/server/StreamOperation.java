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
	DELETE

}
