package io.streamdb.schema;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.streamdb.event.ChangeEvent;
import io.streamdb.event.ControlEvent;
import io.streamdb.event.EventHeaders;
import io.streamdb.event.InvalidEvent;
import io.streamdb.event.Operation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says what an item is in the plainest way: from a tree of the whole body. Slow, and so
 * simple that the streaming decoder can be compared with it.
 */
final class TreeDecoder {

	private static final Set<String> FIELDS = Set.of("type", "key", "value", "old_value", "headers");

	private final StateSchema schema;

	private final JsonMapper mapper;

	TreeDecoder(StateSchema schema, JsonMapper mapper) {
		this.schema = schema;
		this.mapper = mapper;
	}

	/**
	 * Returns what a handler should be told of an item; of an invalid event its kind.
	 */
	Object decode(JsonNode item) {
		String type = text(item.get("type"));
		JsonNode headers = item.get("headers");
		if (!item.isObject()) {
			return RecordingHandler.Ignored.IGNORED;
		}
		if (type != null) {
			CollectionDefinition<?> definition = this.schema.byType(type);
			return (definition != null) ? change(definition, item)
					: new RecordingHandler.UnknownType(type, (headers != null) ? text(headers.get("txid")) : null);
		}
		String control = (headers != null) ? text(headers.get("control")) : null;
		for (ControlEvent.Control known : ControlEvent.Control.values()) {
			if (known.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(control)) {
				JsonNode offset = headers.get("offset");
				return new ControlEvent(known, (offset != null && offset.isString()) ? offset.stringValue() : null);
			}
		}
		return RecordingHandler.Ignored.IGNORED;
	}

	private Object change(CollectionDefinition<?> definition, JsonNode item) {
		JsonNode headers = item.get("headers");
		if (headers == null || !headers.isObject()) {
			return InvalidEvent.Kind.MISSING_HEADERS;
		}
		JsonNode name = headers.get("operation");
		if (name == null || name.isNull()) {
			return InvalidEvent.Kind.MISSING_OPERATION;
		}
		Operation operation = (name.isString()) ? Operation.fromWireName(name.stringValue()) : null;
		if (operation == null) {
			return InvalidEvent.Kind.UNKNOWN_OPERATION;
		}
		String key = text(item.get("key"));
		if (key == null) {
			return InvalidEvent.Kind.MISSING_KEY;
		}
		try {
			definition.toId(key);
		}
		catch (IllegalArgumentException ex) {
			return InvalidEvent.Kind.INVALID_KEY;
		}
		Object value = null;
		if (operation != Operation.DELETE) {
			JsonNode tree = item.get("value");
			if (tree == null || !tree.isObject()) {
				return InvalidEvent.Kind.NOT_AN_OBJECT;
			}
			value = bind(definition, key, tree);
			if (value == null) {
				return InvalidEvent.Kind.UNBINDABLE_VALUE;
			}
		}
		Map<String, JsonNode> unknown = new LinkedHashMap<>();
		item.properties().forEach((field) -> {
			if (!FIELDS.contains(field.getKey())) {
				unknown.put(field.getKey(), field.getValue());
			}
		});
		return new ChangeEvent<>(definition.type(), key, value, bind(definition, key, item.get("old_value")),
				headers(operation, headers), unknown);
	}

	private EventHeaders headers(Operation operation, JsonNode headers) {
		Map<String, JsonNode> custom = new LinkedHashMap<>();
		headers.properties().forEach((header) -> custom.put(header.getKey(), header.getValue()));
		List.of("operation", "txid").forEach(custom::remove);
		JsonNode timestamp = headers.get("timestamp");
		if (timestamp != null && (timestamp.isString() || timestamp.isNull())) {
			custom.remove("timestamp");
		}
		return new EventHeaders(operation, text(headers.get("txid")),
				(timestamp != null && timestamp.isString()) ? timestamp.stringValue() : null, custom);
	}

	private @Nullable Object bind(CollectionDefinition<?> definition, String key, @Nullable JsonNode tree) {
		if (tree == null || !tree.isObject()) {
			return null;
		}
		ObjectNode value = (ObjectNode) tree.deepCopy();
		value.set(definition.primaryKey(), this.mapper.valueToTree(definition.toId(key)));
		try {
			return this.mapper.treeToValue(value, definition.entityClass());
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	private static @Nullable String text(@Nullable JsonNode node) {
		return (node != null && node.isString() && !node.stringValue().isEmpty()) ? node.stringValue() : null;
	}

}
