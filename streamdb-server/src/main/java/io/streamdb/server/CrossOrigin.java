package io.streamdb.server;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Tells browsers which pages of other origins may see answers. Cookies are never
 * expected. Whether a request is served at all is not decided here.
 *
 * @param allowed the origins; {@code *} for all
 */
record CrossOrigin(Set<String> allowed) {

	static final String ANY = "*";

	/** Of requests, which scripts may set. */
	private static final String REQUEST_HEADERS = String.join(", ", "Authorization", "Content-Type", "If-Match",
			"If-None-Match", ProtocolHeaders.SEQUENCE, ProtocolHeaders.TTL, ProtocolHeaders.EXPIRES_AT,
			ProtocolHeaders.CLOSED, ProtocolHeaders.FORKED_FROM, ProtocolHeaders.FORK_OFFSET,
			ProtocolHeaders.FORK_SUB_OFFSET, ProtocolHeaders.PRODUCER_ID, ProtocolHeaders.PRODUCER_EPOCH,
			ProtocolHeaders.PRODUCER_SEQUENCE);

	/** Of responses, which scripts may see. */
	private static final String RESPONSE_HEADERS = String.join(", ", "Allow", "Content-Encoding", "Content-Type",
			"ETag", "Location", "Retry-After", "WWW-Authenticate", ProtocolHeaders.NEXT_OFFSET,
			ProtocolHeaders.UP_TO_DATE, ProtocolHeaders.CLOSED, ProtocolHeaders.CURSOR, ProtocolHeaders.TTL,
			ProtocolHeaders.EXPIRES_AT, ProtocolHeaders.SSE_DATA_ENCODING, ProtocolHeaders.INCARNATION,
			ProtocolHeaders.PRODUCER_EPOCH, ProtocolHeaders.PRODUCER_SEQUENCE,
			ProtocolHeaders.PRODUCER_EXPECTED_SEQUENCE, ProtocolHeaders.PRODUCER_RECEIVED_SEQUENCE);

	private static final int PREFLIGHT_SECONDS = 3600;

	/**
	 * Answers what browsers ask before they send a request of another origin. Tells
	 * nothing of any stream.
	 */
	static ProtocolResponse preflight(String methods) {
		return ProtocolResponse.of(204)
			.header("Allow", methods)
			.header("Access-Control-Allow-Methods", methods)
			.header("Access-Control-Allow-Headers", REQUEST_HEADERS)
			.header("Access-Control-Max-Age", PREFLIGHT_SECONDS);
	}

	/**
	 * Adds to a response who may see it.
	 */
	void describe(ProtocolResponse response, @Nullable String origin) {
		if (this.allowed.contains(ANY)) {
			response.header("Access-Control-Allow-Origin", ANY);
		}
		else {
			response.header("Vary", "Origin");
			if (origin == null || (!this.allowed.contains(origin) && !LocalAccess.isLocalOrigin(origin))) {
				return;
			}
			response.header("Access-Control-Allow-Origin", origin);
		}
		response.header("Access-Control-Expose-Headers", RESPONSE_HEADERS);
	}

}
