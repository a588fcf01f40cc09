package io.streamdb.server.subscription;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.Offset;

/**
 * A subscription: what it follows, and where its worker is. Guarded by the lock of the
 * subscriptions, but for what never changes.
 * <p>
 * It is idle, or there is a wake. The wake of a webhook is sent at once, and the lease
 * begins with that; a pull-wake is told to its stream, and the lease begins when a worker
 * claims it. A wake ends when its worker says so or its lease does. If there is still
 * something to do, the next wake follows, in the next generation.
 */
final class Subscription {

	final String id;

	final SubscriptionConfig config;

	/** Where the streams are, as receivers see it, or {@code null}. */
	final @Nullable String url;

	final Instant createdAt;

	final @Nullable PathPattern pattern;

	final Map<String, Link> links = new LinkedHashMap<>();

	/** The paths of the links with something to do. */
	final Set<String> pending = new LinkedHashSet<>();

	/** Completes when the subscription is durable. */
	CompletableFuture<Void> created = CompletableFuture.completedFuture(null);

	/** Whether it was deleted: whoever still has it does nothing with it. */
	boolean deleted;

	/** Whether streams that the pattern matches wait to be followed. */
	boolean incomplete;

	/** The number of the last wake. */
	long generation;

	@Nullable Wake wake;

	/** Whether the worker has reported on the wake, which so has reached it. */
	boolean reported;

	/** Who has claimed the wake. */
	@Nullable String holder;

	/**
	 * When the wake ends if nobody reports, or {@code null} when that is not known yet.
	 */
	@Nullable Instant leaseUntil;

	@Nullable Future<?> leaseTimer;

	/** How often in a row a wake could not be told to anybody. */
	int failures;

	/** When that is tried again, or {@code null} when nothing is in the way. */
	@Nullable Instant nextAttempt;

	@Nullable Future<?> retryTimer;

	/** The webhook that is under way. */
	@Nullable Delivery delivery;

	Subscription(String id, SubscriptionConfig config, @Nullable String url, Instant createdAt) {
		this.id = id;
		this.config = config;
		this.url = url;
		this.createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
		this.pattern = (config.pattern() != null) ? new PathPattern(config.pattern()) : null;
	}

	boolean isWebhook() {
		return this.config.type() == SubscriptionConfig.Type.WEBHOOK;
	}

	/**
	 * Returns where receivers of webhooks report.
	 */
	String callbackUrl() {
		String segment = URLEncoder.encode(this.id, StandardCharsets.UTF_8).replace("+", "%20");
		return this.url + "/" + SubscriptionRoute.SUBSCRIPTIONS + segment + "/callback";
	}

	/**
	 * Returns whether the pattern matches a path. What tells of wakes wakes nobody.
	 */
	boolean matches(String path) {
		return this.pattern != null && !path.equals(this.config.wakeStream()) && this.pattern.matches(path);
	}

	static Subscription fromJson(JsonObject json) {
		JsonObject config = json.object("config");
		if (config == null) {
			throw SubscriptionException.invalid("config is missing");
		}
		Subscription subscription = new Subscription(json.requiredString("id", "id is missing"),
				SubscriptionConfig.parse(config, (path) -> true), json.string("url"),
				Instant.ofEpochMilli(json.requiredInteger("created_at")));
		subscription.change(json);
		return subscription;
	}

	/**
	 * Takes over what was stored of a change.
	 */
	void change(JsonObject json) {
		JsonObject state = json.object("state");
		if (state != null) {
			this.generation = state.requiredInteger("generation");
			String wakeId = state.string("wake_id");
			this.wake = (wakeId != null) ? new Wake(wakeId, this.generation) : null;
			this.holder = state.string("holder");
			this.failures = (int) state.requiredInteger("failures");
			Long next = state.integer("next_attempt_at");
			this.nextAttempt = (next != null) ? Instant.ofEpochMilli(next) : null;
		}
		for (JsonObject link : json.objects("links")) {
			Link stored = Link.fromJson(link);
			this.links.put(stored.path, stored);
		}
		json.strings("unlinked").forEach(this.links::remove);
	}

	/**
	 * Returns all there is, for the server's own storage.
	 */
	Map<String, @Nullable Object> toJson() {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("op", "put");
		json.put("id", this.id);
		json.put("config", this.config.toJson());
		json.put("url", this.url);
		json.put("created_at", this.createdAt.toEpochMilli());
		json.put("state", state(this.wake, this.generation, this.holder));
		json.put("links", this.links.values().stream().map(Link::toJson).toList());
		return json;
	}

	/**
	 * Returns a change, for the server's own storage.
	 */
	Map<String, @Nullable Object> change(@Nullable Map<String, @Nullable Object> state,
			Collection<Map<String, @Nullable Object>> changedLinks, Collection<String> unlinked) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("op", "change");
		json.put("id", this.id);
		json.put("state", state);
		json.put("links", List.copyOf(changedLinks));
		json.put("unlinked", List.copyOf(unlinked));
		return json;
	}

	Map<String, @Nullable Object> state(@Nullable Wake newWake, long newGeneration, @Nullable String newHolder) {
		return state(newWake, newGeneration, newHolder, this.failures, this.nextAttempt);
	}

	static Map<String, @Nullable Object> state(@Nullable Wake newWake, long newGeneration, @Nullable String newHolder,
			int newFailures, @Nullable Instant newNextAttempt) {
		Map<String, @Nullable Object> state = new LinkedHashMap<>();
		state.put("generation", newGeneration);
		state.put("wake_id", (newWake != null) ? newWake.id() : null);
		state.put("holder", newHolder);
		state.put("failures", newFailures);
		state.put("next_attempt_at", (newNextAttempt != null) ? newNextAttempt.toEpochMilli() : null);
		return state;
	}

	/**
	 * Returns the subscription as clients see it (PROTOCOL 6.3).
	 * @param keyId the id of the key that signs now
	 */
	Map<String, @Nullable Object> toPublicJson(String keyId) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", this.id);
		json.put("subscription_id", this.id);
		json.put("type", this.config.type().text());
		json.put("pattern", this.config.pattern());
		List<Map<String, @Nullable Object>> streams = new ArrayList<>();
		this.links.values().forEach((link) -> streams.add(link.toPublicJson()));
		json.put("streams", streams);
		json.put("webhook", this.isWebhook() ? webhook(keyId) : null);
		json.put("wake_stream", this.config.wakeStream());
		json.put("lease_ttl_ms", this.config.leaseMillis());
		json.put("created_at", this.createdAt.toString());
		json.put("status", (this.failures > 0) ? "failed" : "active");
		json.put("description", this.config.description());
		return json;
	}

	private Map<String, @Nullable Object> webhook(String keyId) {
		Map<String, @Nullable Object> signing = new LinkedHashMap<>();
		signing.put("alg", "ed25519");
		signing.put("kid", keyId);
		signing.put("jwks_url", this.url + "/" + SubscriptionRoute.KEYS);
		Map<String, @Nullable Object> webhook = new LinkedHashMap<>();
		webhook.put("url", this.config.webhookUrl());
		webhook.put("signing", signing);
		return webhook;
	}

	/**
	 * A webhook that is under way.
	 *
	 * @param wake the wake that it tells of
	 * @param tails the offsets that it tells, by path
	 * @param answer the answer
	 */
	record Delivery(Wake wake, Map<String, Offset> tails, CompletableFuture<WebhookAnswer> answer) {
	}

}
