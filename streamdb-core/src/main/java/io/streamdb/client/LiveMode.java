package io.streamdb.client;

/**
 * How a reader follows a stream once it has caught up (SPEC P3).
 */
public enum LiveMode {

	/**
	 * Server-sent events for JSON and text, long-poll for other types, and long-poll when
	 * a buffering proxy makes server-sent events useless.
	 */
	AUTO,

	/** Always server-sent events. */
	SSE,

	/** Always long-poll. */
	LONG_POLL,

	/** Read once to the tail, then end. */
	OFF

}
