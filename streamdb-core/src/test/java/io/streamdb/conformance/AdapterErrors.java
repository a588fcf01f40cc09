package io.streamdb.conformance;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.streamdb.client.DurableStreamException;
import io.streamdb.client.StreamBadRequestException;
import io.streamdb.client.StreamClosedException;
import io.streamdb.client.StreamConflictException;
import io.streamdb.client.StreamConnectionException;
import io.streamdb.client.StreamNotFoundException;
import io.streamdb.client.StreamParseException;
import io.streamdb.client.StreamSequenceException;
import io.streamdb.client.StreamTimeoutException;

/**
 * The client's exceptions in the words of the suite.
 */
final class AdapterErrors {

	private AdapterErrors() {
	}

	/**
	 * Makes the result of a command that failed.
	 * @param command the command's type
	 * @param failure how it failed
	 * @return the result
	 */
	static ObjectNode result(String command, Throwable failure) {
		Throwable cause = (failure instanceof ExecutionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		ObjectNode result = JsonMapper.shared().createObjectNode();
		result.put("type", "error").put("success", false).put("commandType", command);
		result.put("errorCode", code(command, cause)).put("message", String.valueOf(cause.getMessage()));
		if (cause instanceof DurableStreamException known && known.status() > 0) {
			result.put("status", known.status());
		}
		return result;
	}

	private static String code(String command, Throwable failure) {
		if (failure instanceof StreamClosedException) {
			return "STREAM_CLOSED";
		}
		if (failure instanceof StreamSequenceException) {
			return "SEQUENCE_CONFLICT";
		}
		if (failure instanceof StreamConflictException) {
			return "CONFLICT";
		}
		if (failure instanceof StreamNotFoundException) {
			return "NOT_FOUND";
		}
		if (failure instanceof StreamBadRequestException) {
			return command.equals("read") ? "INVALID_OFFSET" : "UNEXPECTED_STATUS";
		}
		if (failure instanceof StreamParseException) {
			return "PARSE_ERROR";
		}
		if (failure instanceof StreamTimeoutException || failure instanceof TimeoutException) {
			return "TIMEOUT";
		}
		if (failure instanceof StreamConnectionException) {
			return "NETWORK_ERROR";
		}
		if (failure instanceof DurableStreamException known && known.status() > 0) {
			return "UNEXPECTED_STATUS";
		}
		if (failure instanceof IllegalArgumentException) {
			return "INVALID_ARGUMENT";
		}
		return (failure instanceof UnsupportedOperationException) ? "NOT_SUPPORTED" : "INTERNAL_ERROR";
	}

}
