package io.streamdb.event;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * What a change event does to its entity (SPEC E1).
 */
public enum Operation {

	/** Stores a new entity. */
	INSERT,

	/** Replaces an entity. */
	UPDATE,

	/** Removes an entity. */
	DELETE,

	/** Inserts or updates, by whether the key is there. */
	UPSERT;

	private final String wireName = name().toLowerCase(Locale.ROOT);

	/**
	 * Returns the name on the wire.
	 * @return the name in lower case
	 */
	public String wireName() {
		return this.wireName;
	}

	/**
	 * Finds an operation by its name on the wire.
	 * @param name the name
	 * @return the operation, or {@code null} when there is none of that name
	 */
	public static @Nullable Operation fromWireName(String name) {
		return switch (name) {
			case "insert" -> INSERT;
			case "update" -> UPDATE;
			case "delete" -> DELETE;
			case "upsert" -> UPSERT;
			default -> null;
		};
	}

}
