package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the server-sent event {@code control}, which ends a batch (protocol, 5.8).
 */
final class SseControl {

	private static final int MAX_LENGTH = 64 * 1024;

	private static final JsonMapper MAPPER = new JsonMapper();

	private SseControl() {
	}

	static BatchEnd read(InputStream data, BiFunction<String, @Nullable Throwable, StreamParseException> error)
			throws IOException {
		byte[] json = data.readNBytes(MAX_LENGTH + 1);
		if (json.length > MAX_LENGTH) {
			throw error.apply("a control event of more than " + MAX_LENGTH + " bytes", null);
		}
		JsonNode control;
		try {
			control = MAPPER.readTree(json);
		}
		catch (JacksonException ex) {
			throw error.apply("a control event that is not JSON", ex);
		}
		String offset = text(control, "streamNextOffset");
		if (offset == null || offset.isEmpty()) {
			throw error.apply("a control event without streamNextOffset", null);
		}
		boolean closed = control.path("streamClosed").asBoolean(false);
		return new BatchEnd(offset, closed || control.path("upToDate").asBoolean(false), closed,
				text(control, "streamCursor"));
	}

	private static @Nullable String text(JsonNode control, String name) {
		JsonNode value = control.path(name);
		return value.isString() ? value.stringValue() : null;
	}

}
