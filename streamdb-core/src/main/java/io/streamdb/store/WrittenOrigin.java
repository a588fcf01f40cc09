package io.streamdb.store;

import java.util.Map;
import java.util.Objects;

import io.streamdb.event.EventHeaders;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The origin of rows that the stream brought: one object for a run of events with equal
 * headers.
 */
final class WrittenOrigin implements Origin {

	private final BatchOffset batch;

	private final @Nullable String txid;

	private final @Nullable String timestamp;

	private final Map<String, JsonNode> headers;

	WrittenOrigin(BatchOffset batch, @Nullable String txid, @Nullable String timestamp, Map<String, JsonNode> headers) {
		this.batch = batch;
		this.txid = txid;
		this.timestamp = timestamp;
		this.headers = headers;
	}

	boolean fits(EventHeaders other) {
		return Objects.equals(this.txid, other.txid()) && Objects.equals(this.timestamp, other.timestamp())
				&& this.headers.equals(other.custom());
	}

	@Override
	public @Nullable String offset() {
		return this.batch.offset;
	}

	@Override
	public @Nullable String txid() {
		return this.txid;
	}

	@Override
	public @Nullable String timestamp() {
		return this.timestamp;
	}

	@Override
	public Map<String, JsonNode> headers() {
		return this.headers;
	}

	@Override
	public String toString() {
		return "offset " + offset() + ", txid " + this.txid;
	}

	/**
	 * The end offset of a batch: known when the batch ends, and set before its state is
	 * published.
	 */
	static final class BatchOffset {

		private @Nullable String offset;

		void set(String value) {
			this.offset = value;
		}

	}

}
