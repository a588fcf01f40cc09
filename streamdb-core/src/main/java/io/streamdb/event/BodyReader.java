package io.streamdb.event;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads one body: the array around the items.
 */
final class BodyReader {

	private final JsonParser parser;

	private final EventHandler handler;

	private final ItemReader items;

	BodyReader(JsonParser parser, Map<String, EntityBinder> binders, EventHandler handler,
			@Nullable MergingEventHandler merging, SharedStrings.Types strings) {
		this.parser = parser;
		this.handler = handler;
		this.items = new ItemReader(parser, binders, handler, merging, strings);
	}

	void read() {
		JsonToken token = next();
		if (token == null) {
			return;
		}
		if (token != JsonToken.START_ARRAY) {
			throw malformed("The body is not a JSON array of events: it begins with " + describe(token));
		}
		for (token = next(); token != JsonToken.END_ARRAY; token = next()) {
			if (token == JsonToken.START_OBJECT) {
				this.items.read();
			}
			else {
				FramingException.guard(this.parser, JsonParser::skipChildren);
				this.handler.ignored();
			}
		}
		token = next();
		if (token != null) {
			throw malformed("After the JSON array of events the body goes on with " + describe(token));
		}
	}

	private @Nullable JsonToken next() {
		return FramingException.<@Nullable JsonToken>guard(this.parser, JsonParser::nextToken);
	}

	private MalformedBodyException malformed(String message) {
		return new MalformedBodyException(message + Place.of(this.parser.currentTokenLocation()));
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
