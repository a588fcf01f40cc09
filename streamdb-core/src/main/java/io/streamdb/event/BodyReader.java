package io.streamdb.event;

import io.streamdb.event.BodyPart.Start;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads one body, or one part of it: the array around the items.
 */
final class BodyReader {

	private final JsonParser parser;

	private final Start start;

	private final ItemReader items;

	private final EventHandler handler;

	/**
	 * Creates a reader.
	 * @param parser the text
	 * @param start where in the body it begins
	 * @param items reads the items
	 * @param handler is told of what is no item
	 */
	BodyReader(JsonParser parser, Start start, ItemReader items, EventHandler handler) {
		this.parser = parser;
		this.start = start;
		this.items = items;
		this.handler = handler;
	}

	/**
	 * Reads the body to its end.
	 */
	void read() {
		JsonToken token = begin();
		if (token == null) {
			return;
		}
		while (token != JsonToken.END_ARRAY) {
			readItem(token);
			token = next();
		}
		token = next();
		if (token != null) {
			throw malformed("After the JSON array of events the body goes on with " + describe(token));
		}
	}

	/**
	 * Reads as many items, and the comma after the last of them.
	 * @param count how many items there are
	 */
	void readPart(int count) {
		JsonToken token = begin();
		for (int i = 0; i < count; i++) {
			if (token == null || token == JsonToken.END_ARRAY) {
				throw new IllegalStateException("A part of %d items has only %d".formatted(count, i));
			}
			readItem(token);
			token = next();
		}
	}

	/**
	 * Reads what stands before the items.
	 * @return the first token of the first item, or what stands in its place
	 */
	private @Nullable JsonToken begin() {
		JsonToken token = next();
		if (token == null) {
			return null;
		}
		if (token != JsonToken.START_ARRAY) {
			throw malformed("The body is not a JSON array of events: it begins with " + describe(token));
		}
		token = next();
		// What a part has instead of the items before it is none.
		return this.start.isBody() ? token : next();
	}

	private void readItem(JsonToken token) {
		if (token == JsonToken.START_OBJECT) {
			this.items.read();
		}
		else {
			FramingException.guard(this.parser, JsonParser::skipChildren);
			this.handler.ignored();
		}
	}

	private @Nullable JsonToken next() {
		return FramingException.nextToken(this.parser);
	}

	private MalformedBodyException malformed(String message) {
		return new MalformedBodyException(message + Place.of(this.start.locate(this.parser.currentTokenLocation())));
	}

	static String describe(JsonToken token) {
		return switch (token) {
			case START_OBJECT -> "an object";
			case START_ARRAY -> "an array";
			case VALUE_STRING -> "a string";
			case VALUE_NULL -> "null";
			case VALUE_TRUE, VALUE_FALSE -> "a boolean";
			default -> "a number";
		};
	}

}
