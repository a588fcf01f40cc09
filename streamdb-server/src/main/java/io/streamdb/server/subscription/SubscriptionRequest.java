package io.streamdb.server.subscription;

import org.jspecify.annotations.Nullable;

/**
 * A request of the subscription APIs.
 *
 * @param method the HTTP method
 * @param path the decoded path, from the root of the streams
 * @param authorization the header {@code Authorization}, or {@code null}
 * @param body the body, which may be empty
 * @param url where the streams are, as the client sees it, without a slash at its end; or
 * {@code null} when they are not asked for over HTTP
 * @param permission says which streams the client may use
 */
public record SubscriptionRequest(String method, String path, @Nullable String authorization, byte[] body,
		@Nullable String url, StreamPermission permission) {
}
