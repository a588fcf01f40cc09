package io.streamdb.store;

/**
 * A row that also keeps the JSON of its value, so that a partial value can be merged into
 * it (SPEC M3). The value alone would not do: what its class does not know, or does not
 * write as it reads it, is only in the JSON.
 *
 * @param <T> the entity's type
 */
final class JsonCell<T> extends RowCell<T> {

	private final String json;

	JsonCell(String key, T value, long sequence, Origin origin, String json) {
		super(key, value, sequence, origin);
		this.json = json;
	}

	@Override
	JsonCell<T> copy() {
		return new JsonCell<>(key(), value(), sequence(), origin(), this.json);
	}

	String json() {
		return this.json;
	}

}
