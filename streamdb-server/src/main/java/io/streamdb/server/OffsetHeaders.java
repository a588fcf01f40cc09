package io.streamdb.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Tells each event its offset, by the field {@code offset} of its {@code headers} (SPEC
 * S3). Only that is put in: all other bytes stay as the client wrote them. What has no
 * headers is no event, and an offset that the client has written stays.
 */
final class OffsetHeaders {

	private static final String HEADERS = "headers";

	private static final String OFFSET = "offset";

	private final byte[] array;

	private final byte[] field;

	private final ByteArrayOutputStream result;

	/** How far the messages were copied. */
	private int copied = 1;

	private OffsetHeaders(byte[] array, String offset) {
		this.array = array;
		this.field = ('"' + OFFSET + "\":\"" + offset + '"').getBytes(StandardCharsets.UTF_8);
		this.result = new ByteArrayOutputStream(array.length + 64);
	}

	/**
	 * Puts offsets into messages.
	 * @param messages what {@link JsonMessages#split} has made
	 * @param offset the offset
	 * @return the messages with it
	 */
	static byte[] insert(byte[] messages, String offset) {
		OffsetHeaders headers = new OffsetHeaders(JsonMessages.asArray(messages), offset);
		try (JsonParser parser = JsonMessages.FACTORY.createParser(ObjectReadContext.empty(), headers.array)) {
			parser.nextToken();
			for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
				if (token == JsonToken.START_OBJECT) {
					headers.readMessage(parser);
				}
				else {
					parser.skipChildren();
				}
			}
		}
		headers.copyTo(headers.array.length - 1);
		return headers.result.toByteArray();
	}

	private void readMessage(JsonParser parser) {
		while (parser.nextToken() != JsonToken.END_OBJECT) {
			boolean headers = parser.currentName().equals(HEADERS);
			if (parser.nextToken() == JsonToken.START_OBJECT && headers) {
				readHeaders(parser);
			}
			else {
				parser.skipChildren();
			}
		}
	}

	private void readHeaders(JsonParser parser) {
		int begin = (int) parser.currentLocation().getByteOffset();
		boolean empty = true;
		boolean told = false;
		while (parser.nextToken() != JsonToken.END_OBJECT) {
			empty = false;
			told |= parser.currentName().equals(OFFSET);
			parser.nextToken();
			parser.skipChildren();
		}
		if (!told) {
			copyTo(begin);
			this.result.writeBytes(this.field);
			if (!empty) {
				this.result.write(',');
			}
		}
	}

	private void copyTo(int end) {
		this.result.write(this.array, this.copied, end - this.copied);
		this.copied = end;
	}

}
