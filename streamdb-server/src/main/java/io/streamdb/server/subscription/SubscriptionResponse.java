package io.streamdb.server.subscription;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A response of the subscription APIs.
 *
 * @param status the HTTP status
 * @param headers the headers
 * @param body the body, which may be empty
 */
public record SubscriptionResponse(int status, Map<String, String> headers, byte[] body) {

	private static final byte[] NO_BODY = new byte[0];

	static SubscriptionResponse noContent() {
		return new SubscriptionResponse(204, Map.of(), NO_BODY);
	}

	static SubscriptionResponse json(int status, Map<String, @Nullable Object> body) {
		return new SubscriptionResponse(status, Map.of("Content-Type", "application/json"), Json.write(body));
	}

	static SubscriptionResponse error(SubscriptionException refusal) {
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("code", refusal.code());
		error.put("message", refusal.getMessage());
		error.putAll(refusal.details());
		Map<String, @Nullable Object> body = new LinkedHashMap<>();
		body.put("error", error);
		Map<String, String> headers = new LinkedHashMap<>();
		headers.put("Content-Type", "application/json");
		headers.putAll(refusal.headers());
		return new SubscriptionResponse(refusal.status(), headers, Json.write(body));
	}

}
