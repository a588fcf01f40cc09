package io.streamdb.event;

import java.io.ByteArrayOutputStream;
import java.util.Map;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/**
 * Encodes change events (SPEC E1): type, key, value, old value, headers, and then what
 * the protocol does not know. Safe for use by many threads.
 */
public final class EventEncoder {

	/**
	 * Encodes an event.
	 * @param event the event; trees are written as they are
	 * @param writer writes the entities
	 * @return one JSON object in UTF-8
	 * @throws IllegalArgumentException when it is not a delete and has no value
	 * @throws tools.jackson.core.JacksonException when it cannot be written
	 */
	public byte[] encode(ChangeEvent<?> event, EntityWriter writer) {
		if (event.value() == null && event.headers().operation() != Operation.DELETE) {
			throw new IllegalArgumentException("The %s of %s '%s' has no value"
				.formatted(event.headers().operation().wireName(), event.type(), event.key()));
		}
		ByteArrayOutputStream out = new ByteArrayOutputStream(512);
		try (JsonGenerator generator = WireFormat.MAPPER.createGenerator(out)) {
			generator.writeStartObject();
			generator.writeStringProperty(WireFormat.TYPE, event.type());
			generator.writeStringProperty(WireFormat.KEY, event.key());
			if (event.value() != null) {
				generator.writeName(WireFormat.VALUE);
				writeEntity(generator, event.value(), writer);
			}
			if (event.oldValue() != null) {
				generator.writeName(WireFormat.OLD_VALUE);
				writeEntity(generator, event.oldValue(), writer);
			}
			generator.writeName(WireFormat.HEADERS);
			writeHeaders(generator, event.headers());
			writeTrees(generator, event.unknown());
			generator.writeEndObject();
		}
		byte[] encoded = out.toByteArray();
		if (escapesSurrogate(encoded)) {
			requireReadable(encoded);
		}
		return encoded;
	}

	/**
	 * Half of a surrogate pair stands as an escape in JSON, since UTF-8 has no form for
	 * it.
	 */
	private static boolean escapesSurrogate(byte[] json) {
		for (int i = 0; i < json.length - 2; i++) {
			if (json[i] == '\\' && json[i + 1] == 'u' && json[i + 2] == 'D') {
				return true;
			}
		}
		return false;
	}

	/**
	 * In a text half of a surrogate pair is fine, but for a property name of that kind
	 * Jackson, and so every reader of ours, takes the whole body for broken.
	 */
	private static void requireReadable(byte[] event) {
		try (JsonParser parser = WireFormat.MAPPER.createParser(event)) {
			parser.nextToken();
			parser.skipChildren();
		}
	}

	private static void writeEntity(JsonGenerator generator, Object entity, EntityWriter writer) {
		if (entity instanceof JsonNode tree) {
			generator.writeTree(tree);
		}
		else {
			writer.write(generator, entity);
		}
	}

	private static void writeHeaders(JsonGenerator generator, EventHeaders headers) {
		generator.writeStartObject();
		generator.writeStringProperty(WireFormat.OPERATION, headers.operation().wireName());
		if (headers.txid() != null) {
			generator.writeStringProperty(WireFormat.TXID, headers.txid());
		}
		if (headers.timestamp() != null) {
			generator.writeStringProperty(WireFormat.TIMESTAMP, headers.timestamp());
		}
		writeTrees(generator, headers.custom());
		generator.writeEndObject();
	}

	private static void writeTrees(JsonGenerator generator, Map<String, JsonNode> trees) {
		trees.forEach((name, tree) -> {
			generator.writeName(name);
			generator.writeTree(tree);
		});
	}

}
