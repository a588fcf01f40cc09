package io.streamdb.store;

import java.util.Map;

import io.streamdb.event.EventHeaders;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The origin of rows that the stream brought: one object for a run of events with equal
 * headers. Where every transaction writes one row there are as many origins as rows, so a
 * txid that is a UUID and a timestamp in milliseconds are kept as numbers.
 */
abstract class WrittenOrigin implements Origin {

	private final BatchOffset batch;

	private final Map<String, JsonNode> headers;

	WrittenOrigin(BatchOffset batch, Map<String, JsonNode> headers) {
		this.batch = batch;
		this.headers = headers;
	}

	/**
	 * Makes the origin of an event.
	 * @param batch the batch that brings it
	 * @param headers its headers
	 * @return the smallest origin that tells them as they were written
	 */
	static WrittenOrigin of(BatchOffset batch, EventHeaders headers) {
		String txid = headers.txid();
		String timestamp = headers.timestamp();
		if (txid != null && CompactHeaders.isCanonicalUuid(txid)) {
			long millis = (timestamp != null) ? CompactHeaders.canonicalMillis(timestamp) : CompactHeaders.NO_MILLIS;
			if (timestamp == null || millis != CompactHeaders.NO_MILLIS) {
				return new CompactOrigin(batch, headers.custom(), CompactHeaders.upperHalf(txid),
						CompactHeaders.lowerHalf(txid), millis);
			}
		}
		return new PlainOrigin(batch, headers.custom(), txid, timestamp);
	}

	@Override
	public @Nullable String offset() {
		return this.batch.offset;
	}

	@Override
	public Map<String, JsonNode> headers() {
		return this.headers;
	}

	@Override
	public String toString() {
		return "offset " + offset() + ", txid " + txid();
	}

	/**
	 * Headers as they were written.
	 */
	private static final class PlainOrigin extends WrittenOrigin {

		private final @Nullable String txid;

		private final @Nullable String timestamp;

		PlainOrigin(BatchOffset batch, Map<String, JsonNode> headers, @Nullable String txid,
				@Nullable String timestamp) {
			super(batch, headers);
			this.txid = txid;
			this.timestamp = timestamp;
		}

		@Override
		public @Nullable String txid() {
			return this.txid;
		}

		@Override
		public @Nullable String timestamp() {
			return this.timestamp;
		}

	}

	/**
	 * Headers that can be told from three numbers.
	 */
	private static final class CompactOrigin extends WrittenOrigin {

		private final long upperTxid;

		private final long lowerTxid;

		private final long millis;

		CompactOrigin(BatchOffset batch, Map<String, JsonNode> headers, long upperTxid, long lowerTxid, long millis) {
			super(batch, headers);
			this.upperTxid = upperTxid;
			this.lowerTxid = lowerTxid;
			this.millis = millis;
		}

		@Override
		public String txid() {
			return CompactHeaders.uuid(this.upperTxid, this.lowerTxid);
		}

		@Override
		public @Nullable String timestamp() {
			return (this.millis != CompactHeaders.NO_MILLIS) ? CompactHeaders.timestamp(this.millis) : null;
		}

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
