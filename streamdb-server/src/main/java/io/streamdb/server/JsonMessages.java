package io.streamdb.server;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Splits a JSON body into messages (PROTOCOL 9.1) and keeps each as the bytes that the
 * client wrote (SPEC S3): parsing only validates and finds the borders. The messages are
 * stored joined by commas, so that a response is those bytes between two brackets.
 */
final class JsonMessages {

	/**
	 * How deep a message may be nested: less than what Jackson reads by default, since
	 * readers see it one level deeper.
	 */
	static final int MAX_DEPTH = 400;

	static final JsonFactory FACTORY = JsonFactory.builder()
		.disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
		.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH + 1).build())
		.build();

	private final byte[] body;

	private final byte[] messages;

	private int length;

	private JsonMessages(byte[] body) {
		this.body = body;
		this.messages = new byte[body.length];
	}

	/**
	 * Splits a body.
	 * @param body one JSON value; an array stands for its elements
	 * @return the messages joined by commas; empty when the body is an empty array
	 * @throws BadRequestException when the body is not JSON in UTF-8
	 */
	static byte[] split(byte[] body) {
		requireUtf8(body);
		JsonMessages messages = new JsonMessages(body);
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
			messages.readBody(parser);
		}
		catch (JacksonException ex) {
			throw new BadRequestException("The body is not valid JSON: " + ex.getOriginalMessage());
		}
		return Arrays.copyOf(messages.messages, messages.length);
	}

	/**
	 * Finds how long the first messages of an append are together.
	 * @param messages what {@link #split} has made
	 * @param count how many messages
	 * @return the number of bytes, or -1 when there are fewer messages
	 */
	static int lengthOf(byte[] messages, long count) {
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), asArray(messages))) {
			parser.nextToken();
			for (long i = 0; i < count; i++) {
				if (parser.nextToken() == JsonToken.END_ARRAY) {
					return -1;
				}
				parser.skipChildren();
				parser.finishToken();
			}
			return (int) parser.currentLocation().getByteOffset() - 1;
		}
	}

	/**
	 * Puts messages between brackets.
	 */
	static byte[] asArray(byte[] messages) {
		byte[] array = new byte[messages.length + 2];
		array[0] = '[';
		System.arraycopy(messages, 0, array, 1, messages.length);
		array[array.length - 1] = ']';
		return array;
	}

	private void readBody(JsonParser parser) {
		JsonToken first = parser.nextToken();
		if (first == null) {
			throw new BadRequestException("The body is not valid JSON: it is empty");
		}
		if (first == JsonToken.START_ARRAY) {
			while (parser.nextToken() != JsonToken.END_ARRAY) {
				readMessage(parser);
			}
		}
		else {
			readMessage(parser);
		}
		if (parser.nextToken() != null) {
			throw new BadRequestException("The body is not valid JSON: something follows the first value");
		}
	}

	private void readMessage(JsonParser parser) {
		int start = (int) parser.currentTokenLocation().getByteOffset();
		parser.skipChildren();
		parser.finishToken();
		int end = (int) parser.currentLocation().getByteOffset();
		if (this.length > 0) {
			this.messages[this.length++] = ',';
		}
		System.arraycopy(this.body, start, this.messages, this.length, end - start);
		this.length += end - start;
	}

	private static void requireUtf8(byte[] body) {
		CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
		ByteBuffer bytes = ByteBuffer.wrap(body);
		CharBuffer characters = CharBuffer.allocate(Math.min(8192, body.length + 1));
		CoderResult result;
		do {
			characters.clear();
			result = decoder.decode(bytes, characters, true);
		}
		while (result.isOverflow());
		if (result.isError()) {
			throw new BadRequestException("The body is not UTF-8: see the byte at " + bytes.position());
		}
	}

}
