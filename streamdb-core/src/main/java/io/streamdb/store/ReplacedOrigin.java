package io.streamdb.store;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The origin of a delete that no event says: the row is not in the state that replaced
 * its own.
 *
 * @param offset the offset after the load
 */
record ReplacedOrigin(@Nullable String offset) implements Origin {

	@Override
	public @Nullable String txid() {
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
