package io.streamdb.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.Operation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The {@link EventFactory} of a collection.
 *
 * @param <T> the entity's type
 */
final class DefaultEventFactory<T> implements EventFactory<T> {

	private final CollectionDefinition<T> definition;

	DefaultEventFactory(CollectionDefinition<T> definition) {
		this.definition = definition;
	}

	@Override
	public ChangeEvent<T> insert(@Nullable String key, T value, Headers headers) {
		return event(Operation.INSERT, key, Objects.requireNonNull(value, "value"), null, headers);
	}

	@Override
	public ChangeEvent<T> update(@Nullable String key, T value, @Nullable T oldValue, Headers headers) {
		return event(Operation.UPDATE, key, Objects.requireNonNull(value, "value"), oldValue, headers);
	}

	@Override
	public ChangeEvent<T> delete(@Nullable String key, @Nullable T oldValue, Headers headers) {
		return event(Operation.DELETE, key, null, oldValue, headers);
	}

	@Override
	public ChangeEvent<T> upsert(@Nullable String key, T value, Headers headers) {
		return event(Operation.UPSERT, key, Objects.requireNonNull(value, "value"), null, headers);
	}

	private ChangeEvent<T> event(Operation operation, @Nullable String key, @Nullable T value, @Nullable T oldValue,
			Headers headers) {
		requireValid(operation, value, oldValue);
		String finalKey = (key != null) ? key : keyOf((operation != Operation.DELETE) ? value : oldValue);
		if (finalKey == null || finalKey.isEmpty()) {
			throw new SchemaException("A %s %s needs a key: give one, or %s with a '%s' that is not empty".formatted(
					this.definition.type(), operation.wireName(),
					(operation != Operation.DELETE) ? "a value" : "an old value", this.definition.primaryKey()));
		}
		return new ChangeEvent<>(this.definition.type(), canonical(operation, finalKey), value, oldValue,
				headers(operation, headers));
	}

	private @Nullable String keyOf(@Nullable T entity) {
		return (entity != null) ? this.definition.key(entity) : null;
	}

	/**
	 * A key that readers would have to refuse is refused here.
	 */
	private String canonical(Operation operation, String key) {
		try {
			this.definition.toId(key);
			return key;
		}
		catch (IllegalArgumentException ex) {
			throw new SchemaException("A %s %s cannot have this key: %s".formatted(this.definition.type(),
					operation.wireName(), ex.getMessage()), ex);
		}
	}

	private void requireValid(Operation operation, @Nullable T value, @Nullable T oldValue) {
		List<String> violations = new ArrayList<>();
		if (value != null) {
			violations.addAll(this.definition.violations(value));
		}
		if (oldValue != null) {
			this.definition.violations(oldValue).forEach((violation) -> violations.add("oldValue: " + violation));
		}
		if (!violations.isEmpty()) {
			throw new EntityValidationException("The %s %s is not valid: %s".formatted(this.definition.type(),
					operation.wireName(), String.join("; ", violations)), violations);
		}
	}

	private static EventHeaders headers(Operation operation, Headers headers) {
		Map<String, JsonNode> custom = new LinkedHashMap<>(headers.custom());
		custom.remove("operation");
		custom.remove("txid");
		custom.remove("timestamp");
		String txid = (headers.txid() != null && !headers.txid().isEmpty()) ? headers.txid() : null;
		String timestamp = (headers.timestamp() != null) ? headers.timestamp().toString() : null;
		return new EventHeaders(operation, txid, timestamp, custom);
	}

}
