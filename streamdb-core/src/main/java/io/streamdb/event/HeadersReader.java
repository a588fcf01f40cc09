package io.streamdb.event;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Reads the headers of one item after the other. Equal txids and timestamps of items that
 * follow each other are one string, since the rows of a transaction keep them.
 */
final class HeadersReader {

	private static final String[] OPERATIONS = Arrays.stream(Operation.values())
		.map(Operation::wireName)
		.toArray(String[]::new);

	private final JsonParser parser;

	private final TreeReader trees;

	private boolean present;

	private @Nullable Operation operation;

	private @Nullable String operationText;

	private @Nullable String txid;

	private @Nullable String lastTxid;

	private @Nullable String timestamp;

	private @Nullable String lastTimestamp;

	private Map<String, JsonNode> custom = Map.of();

	private @Nullable EventHeaders last;

	HeadersReader(JsonParser parser, TreeReader trees) {
		this.parser = parser;
		this.trees = trees;
	}

	void clear() {
		this.present = false;
		this.operation = null;
		this.operationText = null;
		this.txid = null;
		this.timestamp = null;
		this.custom = Map.of();
	}

	/**
	 * Reads the value of the {@code headers} field, on whose first token the parser
	 * stands. Of two such fields the last counts.
	 * @param txidOnly whether nothing else of them matters
	 */
	void read(boolean txidOnly) {
		clear();
		if (this.parser.currentToken() != JsonToken.START_OBJECT) {
			FramingException.guard(this.parser, JsonParser::skipChildren);
			return;
		}
		this.present = true;
		while (next() == JsonToken.PROPERTY_NAME) {
			String name = this.parser.currentName();
			JsonToken token = next();
			if (name.equals(WireFormat.TXID)) {
				readTxid(token);
			}
			else if (txidOnly) {
				FramingException.guard(this.parser, JsonParser::skipChildren);
			}
			else if (name.equals(WireFormat.OPERATION)) {
				readOperation(token);
			}
			else if (name.equals(WireFormat.TIMESTAMP)) {
				readTimestamp(token);
			}
			else {
				keep(name);
			}
		}
	}

	private void readTxid(JsonToken token) {
		this.txid = null;
		if (token == JsonToken.VALUE_STRING) {
			String text = RepeatedText.read(this.parser, this.lastTxid);
			this.lastTxid = text;
			this.txid = (!text.isEmpty()) ? text : null;
		}
		else {
			FramingException.guard(this.parser, JsonParser::skipChildren);
		}
	}

	private void readOperation(JsonToken token) {
		this.operation = null;
		this.operationText = null;
		if (token == JsonToken.VALUE_STRING) {
			this.operationText = RepeatedText.read(this.parser, OPERATIONS);
			this.operation = Operation.fromWireName(this.operationText);
		}
		else if (token != JsonToken.VALUE_NULL) {
			this.operationText = (token.isScalarValue()) ? text() : token.asString();
			FramingException.guard(this.parser, JsonParser::skipChildren);
		}
	}

	private void readTimestamp(JsonToken token) {
		this.timestamp = null;
		if (token == JsonToken.VALUE_STRING) {
			String text = RepeatedText.read(this.parser, this.lastTimestamp);
			this.lastTimestamp = text;
			this.timestamp = text;
			if (!this.custom.isEmpty()) {
				this.custom.remove(WireFormat.TIMESTAMP);
			}
		}
		else if (token != JsonToken.VALUE_NULL) {
			keep(WireFormat.TIMESTAMP);
		}
	}

	private void keep(String name) {
		JsonNode tree = this.trees.read(name);
		if (tree != null) {
			if (this.custom.isEmpty()) {
				this.custom = new LinkedHashMap<>();
			}
			this.custom.put(name, tree);
		}
	}

	private String text() {
		return FramingException.guard(this.parser, JsonParser::getString);
	}

	private @Nullable JsonToken next() {
		return FramingException.nextToken(this.parser);
	}

	boolean present() {
		return this.present;
	}

	@Nullable Operation operation() {
		return this.operation;
	}

	/**
	 * Returns the operation as it stands there.
	 * @return the text, or {@code null} when there is none
	 */
	@Nullable String operationText() {
		return this.operationText;
	}

	@Nullable String txid() {
		return this.txid;
	}

	EventHeaders headers(Operation operation) {
		EventHeaders last = this.last;
		if (last == null || last.operation() != operation || last.txid() != this.txid
				|| last.timestamp() != this.timestamp || !this.custom.isEmpty() || !last.custom().isEmpty()) {
			last = new EventHeaders(operation, this.txid, this.timestamp, this.custom);
			this.last = last;
		}
		return last;
	}

	/**
	 * Returns the control event that these headers make.
	 * @return the event, or {@code null} when they hold no control that the protocol
	 * knows
	 */
	@Nullable ControlEvent control() {
		JsonNode control = this.custom.get(WireFormat.CONTROL);
		if (control == null || !control.isString()) {
			return null;
		}
		JsonNode offset = this.custom.get(WireFormat.OFFSET);
		String text = (offset != null && offset.isString()) ? offset.stringValue() : null;
		return switch (control.stringValue()) {
			case "snapshot-start" -> new ControlEvent(ControlEvent.Control.SNAPSHOT_START, text);
			case "snapshot-end" -> new ControlEvent(ControlEvent.Control.SNAPSHOT_END, text);
			case "reset" -> new ControlEvent(ControlEvent.Control.RESET, text);
			default -> null;
		};
	}

}
