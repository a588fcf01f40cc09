package io.streamdb.store;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What wrote a row (SPEC M11). One object serves all rows that were written together.
 */
public interface Origin {

	/**
	 * Returns the end offset of the batch with which the row became visible.
	 * @return the offset, or {@code null} for a row of a pending transaction
	 */
	@Nullable String offset();

	/**
	 * Returns the txid.
	 * @return the txid, or {@code null}
	 */
	@Nullable String txid();

	/**
	 * Returns the timestamp header as it was written.
	 * @return the timestamp, or {@code null}
	 */
	@Nullable String timestamp();

	/**
	 * Returns the other headers.
	 * @return the headers, unmodifiable
	 */
	Map<String, JsonNode> headers();

}
