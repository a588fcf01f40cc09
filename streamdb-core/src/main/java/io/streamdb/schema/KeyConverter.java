package io.streamdb.schema;

/**
 * Converts between an entity's id and the string that is its key in events (SPEC M2).
 * {@code toKey(toId(key))} equals {@code key} for every canonical key, and only for
 * those.
 *
 * @param <ID> the id's type
 */
public interface KeyConverter<ID> {

	/**
	 * Converts an id to its key.
	 * @param id the id
	 * @return the canonical key, not empty
	 */
	String toKey(ID id);

	/**
	 * Converts a key to the id.
	 * @param key the key
	 * @return the id
	 * @throws IllegalArgumentException when the key is no key of such an id
	 */
	ID toId(String key);

}
