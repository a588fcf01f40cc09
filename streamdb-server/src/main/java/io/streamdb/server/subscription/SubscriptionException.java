package io.streamdb.server.subscription;

import java.util.Map;

/**
 * A request is refused: nothing has happened.
 */
final class SubscriptionException extends RuntimeException {

	private final int status;

	private final String code;

	private final transient Map<String, Object> details;

	private final transient Map<String, String> headers;

	private SubscriptionException(int status, String code, String message, Map<String, Object> details,
			Map<String, String> headers) {
		super(message, null, false, false);
		this.status = status;
		this.code = code;
		this.details = details;
		this.headers = headers;
	}

	static SubscriptionException invalid(String message) {
		return new SubscriptionException(400, "INVALID_REQUEST", message, Map.of(), Map.of());
	}

	static SubscriptionException targetRefused(String message) {
		return new SubscriptionException(400, "WEBHOOK_URL_REJECTED", message, Map.of(), Map.of());
	}

	static SubscriptionException tokenInvalid(String message) {
		return new SubscriptionException(401, "TOKEN_INVALID", message, Map.of(), Map.of("WWW-Authenticate", "Bearer"));
	}

	static SubscriptionException tokenExpired() {
		return new SubscriptionException(401, "TOKEN_EXPIRED", "The token has expired", Map.of(),
				Map.of("WWW-Authenticate", "Bearer"));
	}

	static SubscriptionException notFound(String message) {
		return new SubscriptionException(404, "SUBSCRIPTION_NOT_FOUND", message, Map.of(), Map.of());
	}

	static SubscriptionException methodNotAllowed(String allowed) {
		return new SubscriptionException(405, "INVALID_REQUEST", "Not a method of this URL", Map.of(),
				Map.of("Allow", allowed));
	}

	static SubscriptionException conflict(String code, String message) {
		return new SubscriptionException(409, code, message, Map.of(), Map.of());
	}

	static SubscriptionException claimed(String holder, long generation) {
		return new SubscriptionException(409, "ALREADY_CLAIMED", "Another worker holds the lease",
				Map.of("current_holder", holder, "generation", generation), Map.of());
	}

	static SubscriptionException limit(String message) {
		return new SubscriptionException(503, "LIMIT_EXCEEDED", message, Map.of(), Map.of("Retry-After", "30"));
	}

	static SubscriptionException storeFull(String message) {
		return new SubscriptionException(507, "STORE_FULL", message, Map.of(), Map.of());
	}

	int status() {
		return this.status;
	}

	String code() {
		return this.code;
	}

	Map<String, Object> details() {
		return this.details;
	}

	Map<String, String> headers() {
		return this.headers;
	}

}
