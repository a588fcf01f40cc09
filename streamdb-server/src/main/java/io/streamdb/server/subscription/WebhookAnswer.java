package io.streamdb.server.subscription;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What a receiver has answered.
 *
 * @param status the HTTP status
 * @param body the body; empty when it was too long
 */
record WebhookAnswer(int status, byte[] body) {

	boolean success() {
		return this.status >= 200 && this.status < 300;
	}

	/**
	 * Returns whether the receiver has done all that the webhook was about.
	 */
	boolean done() {
		try {
			List<@Nullable Object> values = Json.read(this.body);
			return values.size() == 1 && values.get(0) instanceof Map<?, ?> answer
					&& Boolean.TRUE.equals(answer.get("done"));
		}
		catch (JacksonException ex) {
			// Anything else than that object says nothing.
			return false;
		}
	}

}
