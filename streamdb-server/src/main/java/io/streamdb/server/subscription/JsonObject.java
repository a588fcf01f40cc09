package io.streamdb.server.subscription;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * An object that somebody else has written: what is not as it should be is refused with
 * the name of the field. A field that is {@code null} is absent.
 */
final class JsonObject {

	private final Map<?, ?> fields;

	private JsonObject(Map<?, ?> fields) {
		this.fields = fields;
	}

	/**
	 * Reads a body; an empty one is an object without fields.
	 */
	static JsonObject parse(byte[] body) {
		if (body.length == 0) {
			return new JsonObject(Map.of());
		}
		try {
			List<@Nullable Object> values = Json.read(body);
			if (values.size() == 1 && values.get(0) instanceof Map<?, ?> fields) {
				return new JsonObject(fields);
			}
		}
		catch (JacksonException ex) {
			throw SubscriptionException.invalid("The body is not valid JSON: " + ex.getOriginalMessage());
		}
		throw SubscriptionException.invalid("The body must be one JSON object");
	}

	static JsonObject of(Map<?, ?> fields) {
		return new JsonObject(fields);
	}

	@Nullable String string(String name) {
		Object value = this.fields.get(name);
		if (value == null || value instanceof String) {
			return (String) value;
		}
		throw SubscriptionException.invalid(name + " must be a string");
	}

	String requiredString(String name, String missing) {
		String value = string(name);
		if (value == null || value.isEmpty()) {
			throw SubscriptionException.invalid(missing);
		}
		return value;
	}

	@Nullable Long integer(String name) {
		Object value = this.fields.get(name);
		if (value == null || value instanceof Long) {
			return (Long) value;
		}
		throw SubscriptionException.invalid(name + " must be an integer");
	}

	long requiredInteger(String name) {
		Long value = integer(name);
		if (value == null) {
			throw SubscriptionException.invalid(name + " is missing");
		}
		return value;
	}

	boolean flag(String name) {
		Object value = this.fields.get(name);
		if (value == null || value instanceof Boolean) {
			return Boolean.TRUE.equals(value);
		}
		throw SubscriptionException.invalid(name + " must be true or false");
	}

	@Nullable JsonObject object(String name) {
		Object value = this.fields.get(name);
		if (value == null) {
			return null;
		}
		if (value instanceof Map<?, ?> object) {
			return new JsonObject(object);
		}
		throw SubscriptionException.invalid(name + " must be an object");
	}

	List<String> strings(String name) {
		List<String> strings = new ArrayList<>();
		for (Object element : array(name)) {
			if (!(element instanceof String text)) {
				throw SubscriptionException.invalid(name + " must contain only strings");
			}
			strings.add(text);
		}
		return strings;
	}

	List<JsonObject> objects(String name) {
		List<JsonObject> objects = new ArrayList<>();
		for (Object element : array(name)) {
			if (!(element instanceof Map<?, ?> object)) {
				throw SubscriptionException.invalid(name + " must contain only objects");
			}
			objects.add(new JsonObject(object));
		}
		return objects;
	}

	private List<?> array(String name) {
		Object value = this.fields.get(name);
		if (value == null) {
			return List.of();
		}
		if (value instanceof List<?> array) {
			return array;
		}
		throw SubscriptionException.invalid(name + " must be an array");
	}

}
