package io.streamdb.event;

import java.io.ByteArrayOutputStream;
import java.util.Map;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.StreamWriteException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;

/**
 * Encodes change events (SPEC E1): type, key, value, old value, headers, and then what
 * the protocol does not know. Safe for use by many threads.
 */
public final class EventEncoder {

	private static final ObjectWriter WRITER = WireFormat.MAPPER.writer();

	/**
	 * Half of a surrogate pair can stand in JSON, but not in UTF-8.
	 */
	private static final ObjectWriter ESCAPING_WRITER = WRITER.with(JsonWriteFeature.ESCAPE_NON_ASCII);

	/**
	 * Encodes an event.
	 * @param event the event; trees are written as they are
	 * @param writer writes the entities
	 * @return one JSON object in UTF-8
	 * @throws IllegalArgumentException when it is not a delete and has no value
	 */
	public byte[] encode(ChangeEvent<?> event, EntityWriter writer) {
		if (event.value() == null && event.headers().operation() != Operation.DELETE) {
			throw new IllegalArgumentException("The %s of %s '%s' has no value"
				.formatted(event.headers().operation().wireName(), event.type(), event.key()));
		}
		try {
			return encode(event, writer, WRITER);
		}
		catch (StreamWriteException ex) {
			return encode(event, writer, ESCAPING_WRITER);
		}
	}

	private byte[] encode(ChangeEvent<?> event, EntityWriter writer, ObjectWriter mapper) {
		ByteArrayOutputStream out = new ByteArrayOutputStream(512);
		try (JsonGenerator generator = mapper.createGenerator(out)) {
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
		return out.toByteArray();
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
