package io.streamdb.store;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The origin of rows that a pending transaction shows.
 *
 * @param txid the transaction's txid
 */
record PendingOrigin(String txid) implements Origin {

	@Override
	public @Nullable String offset() {
		return null;
	}

	@Override
	public @Nullable String timestamp() {
		return null;
	}

	@Override
	public Map<String, JsonNode> headers() {
		return Map.of();
	}

}
