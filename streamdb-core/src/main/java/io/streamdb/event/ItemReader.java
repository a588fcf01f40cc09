package io.streamdb.event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Reads one item after the other, its fields in whatever order they come, and tells the
 * handler what it is (SPEC M1, M9). Of a field that comes twice the last counts.
 */
final class ItemReader {

	private final JsonParser parser;

	private final Map<String, EntityBinder> binders;

	private final EventHandler handler;

	private final @Nullable MergingEventHandler merging;

	private final TreeReader trees;

	private final HeadersReader headers;

	private final ValueReader value;

	private final ValueReader oldValue;

	private @Nullable String type;

	private @Nullable String lastType;

	private @Nullable EntityBinder binder;

	private @Nullable String usedType;

	private @Nullable String key;

	private @Nullable Object id;

	private @Nullable IllegalArgumentException keyProblem;

	private @Nullable String usedKey;

	private @Nullable String duplicate;

	private Map<String, JsonNode> unknown = Map.of();

	/**
	 * Creates a reader.
	 * @param parser the body
	 * @param binders by type
	 * @param handler receives the items
	 * @param merging the handler once more, when values are to be merged
	 * @param strings the strings that values share
	 */
	ItemReader(JsonParser parser, Map<String, EntityBinder> binders, EventHandler handler,
			@Nullable MergingEventHandler merging, SharedStrings.Types strings) {
		this.parser = parser;
		this.binders = binders;
		this.handler = handler;
		this.merging = merging;
		this.trees = new TreeReader(parser);
		this.headers = new HeadersReader(parser, this.trees);
		this.value = new ValueReader(parser, strings);
		this.oldValue = new ValueReader(parser, strings);
	}

	/**
	 * Reads the item on whose start the parser stands.
	 */
	void read() {
		clear();
		while (next() == JsonToken.PROPERTY_NAME) {
			String name = this.parser.currentName();
			JsonToken token = next();
			switch (name) {
				case WireFormat.TYPE -> readType(token);
				case WireFormat.KEY -> readKey(token);
				case WireFormat.VALUE -> readValue();
				case WireFormat.OLD_VALUE -> readValue(this.oldValue);
				case WireFormat.HEADERS -> {
					useType();
					this.headers.read(undeclared());
				}
				default -> readUnknown(name);
			}
		}
		tell();
	}

	private void clear() {
		this.type = null;
		this.binder = null;
		this.usedType = null;
		this.key = null;
		this.id = null;
		this.keyProblem = null;
		this.usedKey = null;
		this.duplicate = null;
		this.unknown = Map.of();
		this.trees.clear();
		this.headers.clear();
		this.value.clear();
		this.oldValue.clear();
	}

	private void readType(JsonToken token) {
		this.type = text(token, this.lastType);
		this.lastType = this.type;
		this.binder = (this.type != null) ? this.binders.get(this.type) : null;
		this.id = null;
		this.keyProblem = null;
	}

	private void readKey(JsonToken token) {
		this.key = text(token, null);
		this.id = null;
		this.keyProblem = null;
	}

	private @Nullable String text(JsonToken token, @Nullable String last) {
		if (token != JsonToken.VALUE_STRING) {
			FramingException.guard(this.parser, JsonParser::skipChildren);
			return null;
		}
		String text = RepeatedText.read(this.parser, last);
		return (!text.isEmpty()) ? text : null;
	}

	private void readValue() {
		if (this.merging != null && !undeclared()) {
			this.value.keepText();
		}
		else {
			readValue(this.value);
		}
	}

	private void readValue(ValueReader reader) {
		if (undeclared()) {
			useType();
			reader.skip();
		}
		else if (this.binder == null || this.key == null) {
			reader.buffer();
		}
		else {
			useType();
			useKey();
			Object id = id(this.binder, this.key);
			if (id != null) {
				reader.bind(this.binder, id);
			}
			else {
				reader.skip();
			}
		}
	}

	private void readUnknown(String name) {
		useType();
		if (undeclared()) {
			FramingException.guard(this.parser, JsonParser::skipChildren);
			return;
		}
		JsonNode tree = this.trees.read(name);
		if (tree != null) {
			if (this.unknown.isEmpty()) {
				this.unknown = new LinkedHashMap<>();
			}
			this.unknown.put(name, tree);
		}
	}

	/**
	 * Notes that what comes is read as the type says that is known by now. Should the
	 * type stand there again, and differently, the event cannot be told.
	 */
	private void useType() {
		if (this.usedType != null && !this.usedType.equals(this.type)) {
			this.duplicate = WireFormat.TYPE;
		}
		this.usedType = (this.type != null) ? this.type : this.usedType;
	}

	private void useKey() {
		if (this.usedKey != null && !this.usedKey.equals(this.key)) {
			this.duplicate = WireFormat.KEY;
		}
		this.usedKey = this.key;
	}

	private boolean undeclared() {
		return this.type != null && this.binder == null;
	}

	private @Nullable Object id(EntityBinder binder, String key) {
		if (this.id == null && this.keyProblem == null) {
			try {
				this.id = binder.id(key);
			}
			catch (IllegalArgumentException ex) {
				this.keyProblem = ex;
			}
		}
		return this.id;
	}

	private void tell() {
		useType();
		if (this.binder != null) {
			tellChange(this.binder);
		}
		else if (this.type != null) {
			this.handler.unknownType(this.type, this.headers.txid());
		}
		else {
			ControlEvent control = this.headers.control();
			if (control != null) {
				this.handler.control(control);
			}
			else {
				this.handler.ignored();
			}
		}
	}

	private void tellChange(EntityBinder binder) {
		Operation operation = this.headers.operation();
		String key = this.key;
		if (this.usedKey != null) {
			useKey();
		}
		if (this.duplicate != null) {
			invalid(InvalidEvent.Kind.DUPLICATE_FIELD,
					"The field '%s' stands in the event twice, differently".formatted(this.duplicate));
		}
		else if (!this.headers.present()) {
			invalid(InvalidEvent.Kind.MISSING_HEADERS, "The event has no headers");
		}
		else if (this.headers.operationText() == null) {
			invalid(InvalidEvent.Kind.MISSING_OPERATION, "The headers have no operation");
		}
		else if (operation == null) {
			invalid(InvalidEvent.Kind.UNKNOWN_OPERATION, "The operation '%s' is none of insert, update, delete, upsert"
				.formatted(Excerpt.of(this.headers.operationText())));
		}
		else if (key == null) {
			invalid(InvalidEvent.Kind.MISSING_KEY, "The key is missing, empty or not a string");
		}
		else if (this.trees.problem() != null) {
			invalid(InvalidEvent.Kind.EXCEEDED_LIMIT, this.trees.problem());
		}
		else {
			tellChange(binder, operation, key);
		}
	}

	private void tellChange(EntityBinder binder, Operation operation, String key) {
		Object id = id(binder, key);
		if (id == null) {
			invalid(InvalidEvent.Kind.INVALID_KEY, Excerpt.of(String.valueOf(this.keyProblem.getMessage())),
					this.keyProblem);
			return;
		}
		Object entity = null;
		if (operation != Operation.DELETE) {
			bindValue(binder, key, id);
			entity = this.value.entity();
			if (entity == null) {
				tellUnbound();
				return;
			}
			if (!validates(binder, entity)) {
				return;
			}
		}
		this.oldValue.bindBuffered(binder, id);
		ChangeEvent<?> event = new ChangeEvent<>(binder.type(), key, entity, this.oldValue.entity(),
				this.headers.headers(operation), this.unknown);
		String text = this.value.text();
		if (this.merging != null && entity != null && text != null) {
			this.merging.change(event, text);
		}
		else {
			this.handler.change(event);
		}
	}

	private void bindValue(EntityBinder binder, String key, Object id) {
		if (this.merging != null) {
			this.value.bindMerged(binder, id, this.merging.json(binder.type(), key));
		}
		else {
			this.value.bindBuffered(binder, id);
		}
	}

	private void tellUnbound() {
		JsonToken token = this.value.token();
		if (this.value.kind() != null) {
			invalid(this.value.kind(), this.value.reason(), this.value.cause());
		}
		else if (token == null) {
			invalid(InvalidEvent.Kind.NOT_AN_OBJECT, "The value is missing");
		}
		else {
			invalid(InvalidEvent.Kind.NOT_AN_OBJECT,
					"The value is " + BodyReader.describe(token) + " and not an object");
		}
	}

	private boolean validates(EntityBinder binder, Object entity) {
		try {
			List<String> violations = binder.violations(entity);
			if (violations.isEmpty()) {
				return true;
			}
			invalid(InvalidEvent.Kind.INVALID_VALUE, Excerpt.of(violations));
		}
		catch (RuntimeException ex) {
			invalid(InvalidEvent.Kind.INVALID_VALUE, "The validator failed: " + Excerpt.of(ex.toString()), ex);
		}
		return false;
	}

	private void invalid(InvalidEvent.Kind kind, String reason) {
		invalid(kind, reason, null);
	}

	private void invalid(InvalidEvent.Kind kind, String reason, @Nullable Throwable cause) {
		String type = (this.type != null) ? this.type : "";
		this.handler.invalid(new InvalidEvent(kind, type, this.key, this.headers.txid(), reason, cause));
	}

	private JsonToken next() {
		return FramingException.nextToken(this.parser);
	}

}
