package io.streamdb.server.subscription;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * What a client wants a subscription to be; normalised, so that two that mean the same
 * are equal (PROTOCOL 6.2).
 *
 * @param type how workers are woken
 * @param pattern a glob over paths, or {@code null}
 * @param streams the paths of further streams, sorted
 * @param webhookUrl where webhooks go; of pull-wake {@code null}
 * @param wakeStream the path of the stream that is told of wakes; of pull-wake always
 * there
 * @param leaseMillis how long a worker may be silent
 * @param description anything, or {@code null}
 */
record SubscriptionConfig(Type type, @Nullable String pattern, List<String> streams, @Nullable String webhookUrl,
		@Nullable String wakeStream, long leaseMillis, @Nullable String description) {

	private static final long DEFAULT_LEASE = 30_000;

	private static final long MIN_LEASE = 1_000;

	private static final long MAX_LEASE = 600_000;

	private static final int MAX_DESCRIPTION = 1_000;

	/**
	 * Reads what a client has sent.
	 * @param body the body
	 * @param paths tells what can be the path of a stream
	 */
	static SubscriptionConfig parse(JsonObject body, Predicate<String> paths) {
		Type type = Type.parse(body.requiredString("type", "type must be \"webhook\" or \"pull-wake\""));
		String pattern = path(body, "pattern", paths);
		List<String> streams = paths(body, paths);
		if (pattern == null && streams.isEmpty()) {
			throw SubscriptionException.invalid("At least one of pattern and streams must be there");
		}
		String webhookUrl = null;
		if (type == Type.WEBHOOK) {
			JsonObject webhook = body.object("webhook");
			String missing = "A subscription of type webhook needs webhook.url";
			webhookUrl = ((webhook != null) ? webhook : JsonObject.of(Map.of())).requiredString("url", missing);
		}
		String wakeStream = path(body, "wake_stream", paths);
		if (type == Type.PULL_WAKE && wakeStream == null) {
			throw SubscriptionException.invalid("A subscription of type pull-wake needs wake_stream");
		}
		Long lease = body.integer("lease_ttl_ms");
		if (lease != null && (lease < MIN_LEASE || lease > MAX_LEASE)) {
			throw SubscriptionException.invalid("lease_ttl_ms must be from " + MIN_LEASE + " to " + MAX_LEASE);
		}
		String description = body.string("description");
		if (description != null && description.length() > MAX_DESCRIPTION) {
			throw SubscriptionException
				.invalid("description must have no more than " + MAX_DESCRIPTION + " characters");
		}
		return new SubscriptionConfig(type, pattern, streams, webhookUrl, wakeStream,
				(lease != null) ? lease : DEFAULT_LEASE, description);
	}

	/**
	 * Reads the field {@code streams}.
	 */
	static List<String> paths(JsonObject body, Predicate<String> paths) {
		TreeSet<String> streams = new TreeSet<>();
		for (String stream : body.strings("streams")) {
			streams.add(path("streams", stream, paths));
		}
		return List.copyOf(streams);
	}

	private static @Nullable String path(JsonObject body, String name, Predicate<String> paths) {
		String text = body.string(name);
		return (text != null) ? path(name, text, paths) : null;
	}

	/**
	 * Normalises a path: slashes at its begin and end do not count.
	 */
	static String path(String name, String text, Predicate<String> paths) {
		int begin = 0;
		int end = text.length();
		while (begin < end && text.charAt(begin) == '/') {
			begin++;
		}
		while (end > begin && text.charAt(end - 1) == '/') {
			end--;
		}
		String path = text.substring(begin, end);
		if (!paths.test(path)) {
			throw SubscriptionException
				.invalid(name + " must hold paths of streams, below the root of all streams and not encoded: " + text);
		}
		return path;
	}

	/**
	 * Returns the hash by which configurations are compared.
	 */
	String hash() {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(Json.write(toJson()));
			return HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Returns the fields as a client writes them.
	 */
	Map<String, @Nullable Object> toJson() {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("type", this.type.text());
		json.put("pattern", this.pattern);
		json.put("streams", this.streams);
		json.put("webhook", (this.webhookUrl != null) ? Map.of("url", this.webhookUrl) : null);
		json.put("wake_stream", this.wakeStream);
		json.put("lease_ttl_ms", this.leaseMillis);
		json.put("description", this.description);
		return json;
	}

	/** How workers are woken. */
	enum Type {

		/** By a request to them. */
		WEBHOOK("webhook"),

		/** By an event in a stream that they follow. */
		PULL_WAKE("pull-wake");

		private final String text;

		Type(String text) {
			this.text = text;
		}

		String text() {
			return this.text;
		}

		static Type parse(String text) {
			for (Type type : values()) {
				if (type.text.equals(text)) {
					return type;
				}
			}
			throw SubscriptionException.invalid("type must be \"webhook\" or \"pull-wake\"");
		}

	}

}
