package io.streamdb.event;

import java.io.StringWriter;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Keeps values as JSON text, and merges them property by property. The text is compact
 * and otherwise what the writer wrote: numbers keep their digits. It is text and not
 * bytes because a string may hold half a surrogate pair, which UTF-8 cannot.
 */
final class ValueText {

	private ValueText() {
	}

	/**
	 * Copies an object.
	 * @param parser on the start of the object; stands on its end after that
	 * @return the object as text
	 */
	static String of(JsonParser parser) {
		StringWriter text = new StringWriter();
		try (JsonGenerator generator = WireFormat.MAPPER.createGenerator(text)) {
			copy(parser, generator);
		}
		return text.toString();
	}

	/**
	 * Merges two objects as {@code {...present, ...partial}} does in JavaScript: a
	 * property of the partial one takes the place of the same property of the other, as a
	 * whole, also when it is null. The new ones come last, so that they win where a class
	 * takes two names for one property.
	 * @param present the object that is there
	 * @param partial what comes on top of it
	 * @return the merged object
	 */
	static String merge(String present, String partial) {
		Set<String> overwritten = new HashSet<>();
		try (JsonParser parser = parserOn(partial)) {
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				overwritten.add(parser.currentName());
				parser.nextToken();
				parser.skipChildren();
			}
		}
		StringWriter text = new StringWriter(present.length() + partial.length());
		try (JsonGenerator generator = WireFormat.MAPPER.createGenerator(text)) {
			generator.writeStartObject();
			copyProperties(present, generator, (name) -> !overwritten.contains(name));
			copyProperties(partial, generator, (name) -> true);
			generator.writeEndObject();
		}
		return text.toString();
	}

	/**
	 * Opens a text.
	 * @param text the object as text
	 * @return a parser on the start of the object
	 */
	static JsonParser parserOn(String text) {
		JsonParser parser = WireFormat.MAPPER.createParser(text);
		parser.nextToken();
		return parser;
	}

	private static void copyProperties(String object, JsonGenerator generator, Predicate<String> kept) {
		try (JsonParser parser = parserOn(object)) {
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = parser.currentName();
				parser.nextToken();
				if (kept.test(name)) {
					generator.writeName(name);
					copy(parser, generator);
				}
				else {
					parser.skipChildren();
				}
			}
		}
	}

	/**
	 * Copies what the parser stands on. Jackson's own copy would read numbers, and write
	 * them as it would.
	 */
	private static void copy(JsonParser parser, JsonGenerator generator) {
		int depth = 0;
		JsonToken token = parser.currentToken();
		while (true) {
			switch (token) {
				case START_OBJECT -> generator.writeStartObject();
				case END_OBJECT -> generator.writeEndObject();
				case START_ARRAY -> generator.writeStartArray();
				case END_ARRAY -> generator.writeEndArray();
				case PROPERTY_NAME -> generator.writeName(parser.currentName());
				case VALUE_STRING -> generator.writeString(parser.getString());
				case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> generator.writeNumber(parser.getString());
				case VALUE_TRUE -> generator.writeBoolean(true);
				case VALUE_FALSE -> generator.writeBoolean(false);
				case VALUE_NULL -> generator.writeNull();
				default -> throw new IllegalStateException("JSON text has no token " + token);
			}
			if (token.isStructStart()) {
				depth++;
			}
			else if (token.isStructEnd()) {
				depth--;
			}
			if (depth == 0) {
				return;
			}
			token = parser.nextToken();
		}
	}

}
