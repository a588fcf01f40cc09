package io.streamdb.server;

/**
 * The names of the protocol's headers (PROTOCOL 13.2).
 */
final class ProtocolHeaders {

	static final String NEXT_OFFSET = "Stream-Next-Offset";

	static final String UP_TO_DATE = "Stream-Up-To-Date";

	static final String CLOSED = "Stream-Closed";

	static final String CURSOR = "Stream-Cursor";

	static final String SEQUENCE = "Stream-Seq";

	static final String TTL = "Stream-TTL";

	static final String EXPIRES_AT = "Stream-Expires-At";

	static final String FORKED_FROM = "Stream-Forked-From";

	static final String FORK_OFFSET = "Stream-Fork-Offset";

	static final String FORK_SUB_OFFSET = "Stream-Fork-Sub-Offset";

	static final String SSE_DATA_ENCODING = "Stream-SSE-Data-Encoding";

	/** Our own: which life of the stream answered (SPEC M10). */
	static final String INCARNATION = "Stream-Incarnation";

	static final String PRODUCER_ID = "Producer-Id";

	static final String PRODUCER_EPOCH = "Producer-Epoch";

	static final String PRODUCER_SEQUENCE = "Producer-Seq";

	static final String PRODUCER_EXPECTED_SEQUENCE = "Producer-Expected-Seq";

	static final String PRODUCER_RECEIVED_SEQUENCE = "Producer-Received-Seq";

	private ProtocolHeaders() {
	}

}
