package io.streamdb.server.subscription;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Sends webhooks. Nothing here waits for anybody.
 */
interface WebhookSender extends AutoCloseable {

	/**
	 * Looks whether webhooks may be sent to a URL now. A host that has no address at the
	 * moment may be a target: it is looked at again before each webhook.
	 * @param url what {@link WebhookTargets#parse} has returned
	 * @return the objection, or {@code null}; never fails
	 */
	CompletableFuture<@Nullable String> check(URI url);

	/**
	 * Sends a webhook.
	 * @param url where to send it
	 * @param body its body
	 * @param signature makes the header {@code Webhook-Signature}
	 * @return the answer; cancelling gives the request up
	 */
	CompletableFuture<WebhookAnswer> send(URI url, byte[] body, Function<byte[], String> signature);

	@Override
	void close();

}
