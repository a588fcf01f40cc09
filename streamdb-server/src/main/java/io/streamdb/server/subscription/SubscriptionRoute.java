package io.streamdb.server.subscription;

import org.jspecify.annotations.Nullable;

/**
 * What a path of the subscription APIs means (PROTOCOL 6).
 *
 * @param resource what it names
 * @param id the subscription, empty for the keys
 * @param stream the path of the stream, empty where there is none
 */
record SubscriptionRoute(Resource resource, String id, String stream) {

	static final String KEYS = "__ds/jwks.json";

	static final String SUBSCRIPTIONS = "__ds/subscriptions/";

	private static final int MAX_ID = 256;

	/**
	 * Reads a path.
	 * @return the meaning, or {@code null} when there is none
	 */
	static @Nullable SubscriptionRoute parse(String path) {
		if (path.equals(KEYS)) {
			return new SubscriptionRoute(Resource.KEYS, "", "");
		}
		if (!path.startsWith(SUBSCRIPTIONS)) {
			return null;
		}
		String[] parts = path.substring(SUBSCRIPTIONS.length()).split("/", 3);
		String id = parts[0];
		if (id.isEmpty() || id.length() > MAX_ID) {
			return null;
		}
		if (parts.length == 1) {
			return new SubscriptionRoute(Resource.SUBSCRIPTION, id, "");
		}
		if (parts[1].equals("streams")) {
			return (parts.length == 2) ? new SubscriptionRoute(Resource.STREAMS, id, "")
					: new SubscriptionRoute(Resource.STREAM, id, parts[2]);
		}
		if (parts.length > 2) {
			return null;
		}
		return switch (parts[1]) {
			case "callback" -> new SubscriptionRoute(Resource.CALLBACK, id, "");
			case "claim" -> new SubscriptionRoute(Resource.CLAIM, id, "");
			case "ack" -> new SubscriptionRoute(Resource.ACK, id, "");
			case "release" -> new SubscriptionRoute(Resource.RELEASE, id, "");
			default -> null;
		};
	}

	SubscriptionOperation operation() {
		return switch (this.resource) {
			case KEYS -> SubscriptionOperation.READ_KEYS;
			case CALLBACK, ACK, RELEASE -> SubscriptionOperation.REPORT;
			default -> SubscriptionOperation.MANAGE;
		};
	}

	/** What a path names. */
	enum Resource {

		/** The public keys. */
		KEYS,

		/** A subscription. */
		SUBSCRIPTION,

		/** The streams that a subscription names. */
		STREAMS,

		/** One of them. */
		STREAM,

		/** Where a receiver of webhooks reports. */
		CALLBACK,

		/** Where a worker claims a wake. */
		CLAIM,

		/** Where it reports. */
		ACK,

		/** Where it gives the wake back. */
		RELEASE

	}

}
