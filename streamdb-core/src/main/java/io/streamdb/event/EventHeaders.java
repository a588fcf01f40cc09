package io.streamdb.event;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The headers of a change event (SPEC E1).
 *
 * @param operation the operation
 * @param txid the transaction id, or {@code null}
 * @param timestamp the RFC 3339 timestamp as it was written, or {@code null}
 * @param custom every other header, in the order of the event; {@code offset} is one of
 * them and never trusted, and so is a {@code timestamp} that is not a string
 */
public record EventHeaders(Operation operation, @Nullable String txid, @Nullable String timestamp,
		Map<String, JsonNode> custom) {

	public EventHeaders {
		if (custom.containsKey(WireFormat.OPERATION) || custom.containsKey(WireFormat.TXID)) {
			throw new IllegalArgumentException("'operation' and 'txid' are no custom headers");
		}
		if (timestamp != null && custom.containsKey(WireFormat.TIMESTAMP)) {
			throw new IllegalArgumentException("'timestamp' is set and cannot be a custom header too");
		}
		custom = custom.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(custom));
	}

	/**
	 * Creates headers with an operation only.
	 * @param operation the operation
	 */
	public EventHeaders(Operation operation) {
		this(operation, null, null, Map.of());
	}

}
