package io.streamdb.server;

import org.jspecify.annotations.Nullable;

/**
 * The answer of a {@link StreamAccess}.
 *
 * @param allowed whether the request is served
 * @param status the status of a refusal: 401, 403 or 404
 * @param reason the text of a refusal; sent to the client
 * @param challenge the {@code WWW-Authenticate} header of a 401, or {@code null}
 */
public record AccessDecision(boolean allowed, int status, String reason, @Nullable String challenge) {

	private static final AccessDecision ALLOW = new AccessDecision(true, 200, "", null);

	public AccessDecision {
		if (!allowed && status != 401 && status != 403 && status != 404) {
			throw new IllegalArgumentException("A refusal has status 401, 403 or 404, not " + status);
		}
	}

	/**
	 * Serves the request.
	 * @return the decision
	 */
	public static AccessDecision allow() {
		return ALLOW;
	}

	/**
	 * Refuses the request with 403.
	 * @param reason why, and what would help; sent to the client
	 * @return the decision
	 */
	public static AccessDecision deny(String reason) {
		return new AccessDecision(false, 403, reason, null);
	}

	/**
	 * Refuses the request with 401.
	 * @param challenge the {@code WWW-Authenticate} header
	 * @param reason why; sent to the client
	 * @return the decision
	 */
	public static AccessDecision unauthorized(String challenge, String reason) {
		return new AccessDecision(false, 401, reason, challenge);
	}

	/**
	 * Answers as if there were no such stream.
	 * @return the decision
	 */
	public static AccessDecision hide() {
		return new AccessDecision(false, 404, "There is no such stream", null);
	}

}
