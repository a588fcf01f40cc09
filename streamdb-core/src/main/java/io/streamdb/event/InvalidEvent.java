package io.streamdb.event;

import org.jspecify.annotations.Nullable;

/**
 * An event of a declared type that cannot be applied (SPEC M9).
 *
 * @param kind what is wrong
 * @param type the event type
 * @param key the key, or {@code null} when there is none
 * @param txid the txid, or {@code null}
 * @param reason what is wrong, for people; never the whole value
 * @param cause the exception behind it, or {@code null}
 */
public record InvalidEvent(Kind kind, String type, @Nullable String key, @Nullable String txid, String reason,
		@Nullable Throwable cause) {

	/**
	 * Returns this event for keeping: with the start of a key or txid that is longer than
	 * 300 characters.
	 * @return the same event when nothing of it is that long
	 */
	public InvalidEvent shortened() {
		String shortKey = (this.key != null) ? Excerpt.of(this.key) : null;
		String shortTxid = (this.txid != null) ? Excerpt.of(this.txid) : null;
		return (shortKey == this.key && shortTxid == this.txid) ? this
				: new InvalidEvent(this.kind, this.type, shortKey, shortTxid, this.reason, this.cause);
	}

	/** What can be wrong. */
	public enum Kind {

		/** The headers are missing or not an object. */
		MISSING_HEADERS,

		/** The operation is missing. */
		MISSING_OPERATION,

		/** The operation is none that the protocol knows. */
		UNKNOWN_OPERATION,

		/** The key is missing, empty or not a string. */
		MISSING_KEY,

		/** The key is not the canonical form of an id of the entity. */
		INVALID_KEY,

		/** The value is not a JSON object. */
		NOT_AN_OBJECT,

		/** The value does not bind to the entity class. */
		UNBINDABLE_VALUE,

		/** The value binds and does not validate. */
		INVALID_VALUE,

		/**
		 * The type or the key stands in the event twice, differently, with what depends
		 * on it in between.
		 */
		DUPLICATE_FIELD,

		/**
		 * The headers or a field that the protocol does not know are nested too deeply,
		 * or hold a number that is too long.
		 */
		EXCEEDED_LIMIT

	}

}
