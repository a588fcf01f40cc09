package io.streamdb.client;

/**
 * Names of the Durable Streams Protocol's headers and query parameters.
 */
final class ProtocolNames {

	static final String CONTENT_TYPE = "Content-Type";

	static final String NEXT_OFFSET = "Stream-Next-Offset";

	static final String UP_TO_DATE = "Stream-Up-To-Date";

	static final String CLOSED = "Stream-Closed";

	static final String STREAM_CURSOR = "Stream-Cursor";

	static final String INCARNATION = "Stream-Incarnation";

	static final String STREAM_SEQ = "Stream-Seq";

	static final String TTL = "Stream-TTL";

	static final String EXPIRES_AT = "Stream-Expires-At";

	static final String SSE_DATA_ENCODING = "Stream-SSE-Data-Encoding";

	static final String PRODUCER_ID = "Producer-Id";

	static final String PRODUCER_EPOCH = "Producer-Epoch";

	static final String PRODUCER_SEQ = "Producer-Seq";

	static final String PRODUCER_EXPECTED_SEQ = "Producer-Expected-Seq";

	static final String RETRY_AFTER = "Retry-After";

	static final String AUTHORIZATION = "Authorization";

	static final String OFFSET = "offset";

	static final String LIVE = "live";

	static final String CURSOR = "cursor";

	private ProtocolNames() {
	}

}
