package io.streamdb.server.subscription;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * The subscriptions of a server. One lock guards all of them; nothing is waited for under
 * it. What is answered with success is durable first. Safe for use by many threads.
 */
final class SubscriptionEngine {

	private static final Logger logger = LoggerFactory.getLogger(SubscriptionEngine.class);

	private static final int SECRET_BYTES = 32;

	private static final int MAX_WORKER = 256;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

	private final SubscriptionSettings settings;

	private final WebhookTargets targets;

	private final WebhookSender sender;

	private final Clock clock;

	private final SubscriptionCounters counters = new SubscriptionCounters();

	private final Journal journal;

	private final SigningKeys keys;

	private final byte[] secret;

	private final WakeTokens tokens;

	private final StreamLinks links;

	private final Wakes wakes;

	private boolean closed;

	/**
	 * Opens the subscriptions of a store, and goes on where an earlier process has
	 * stopped. May wait for the disk.
	 * @param journalLength up to which length the journal is not renewed
	 */
	SubscriptionEngine(StreamStore store, SubscriptionSettings settings, WebhookSender sender, Clock clock,
			RandomGenerator random, SecureRandom secureRandom, Executor executor, SubscriptionTimer timer,
			long journalLength) {
		this.settings = settings;
		this.targets = new WebhookTargets(settings.localWebhooks());
		this.sender = sender;
		this.clock = clock;
		this.journal = new Journal(store, this.lock, journalLength);
		this.lock.lock();
		try {
			List<JsonObject> lines = open();
			JsonObject stored = null;
			for (JsonObject line : lines) {
				if ("keys".equals(line.string("op"))) {
					stored = line;
				}
				else {
					replay(line);
				}
			}
			List<SigningKey> storedKeys = new ArrayList<>();
			if (stored != null) {
				stored.objects("keys").forEach((key) -> storedKeys.add(SigningKey.fromJson(key)));
				this.secret = Base64.getDecoder().decode(stored.requiredString("secret", "secret is missing"));
			}
			else {
				this.secret = new byte[SECRET_BYTES];
				secureRandom.nextBytes(this.secret);
			}
			this.keys = new SigningKeys(settings.keyRotation(), secureRandom, storedKeys);
			this.tokens = new WakeTokens(this.secret, clock);
			if (stored == null) {
				this.keys.replace(this.keys.rotated(clock.instant()));
				this.journal.begin(Journal.line(keysLine(this.keys.all())));
			}
			this.links = new StreamLinks(this.lock, store, timer, this.subscriptions.values(), settings.maxLinks(),
					this.counters, this::news);
			this.wakes = new Wakes(this.lock, this.links, this::append, this.tokens, this::signingKey, sender, clock,
					secureRandom, new RetryDelays(random), timer, executor, this.counters);
			store.onCreate((log) -> created(log.description().path()));
			this.subscriptions.values().forEach(this.links::addRecovered);
			List.copyOf(this.subscriptions.values()).forEach(this.wakes::resume);
		}
		finally {
			this.lock.unlock();
		}
	}

	private List<JsonObject> open() {
		try {
			List<JsonObject> lines = this.journal.open();
			return (lines != null) ? lines : List.of();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The subscriptions cannot be read: " + ex.getMessage(), ex);
		}
	}

	private void replay(JsonObject line) {
		String op = line.string("op");
		if ("put".equals(op)) {
			Subscription subscription = Subscription.fromJson(line);
			this.subscriptions.put(subscription.id, subscription);
		}
		else if ("delete".equals(op)) {
			this.subscriptions.remove(line.string("id"));
		}
		else if ("change".equals(op)) {
			Subscription subscription = this.subscriptions.get(line.string("id"));
			if (subscription != null) {
				subscription.change(line);
			}
		}
	}

	private Map<String, @Nullable Object> keysLine(List<SigningKey> all) {
		Map<String, @Nullable Object> line = new LinkedHashMap<>();
		line.put("op", "keys");
		line.put("secret", Base64.getEncoder().encodeToString(this.secret));
		line.put("keys", all.stream().map(SigningKey::toJson).toList());
		return line;
	}

	/**
	 * Stores a line. What it says comes true afterwards, so that a new journal is begun
	 * before it with all that is true by then.
	 */
	private CompletableFuture<Void> append(Map<String, @Nullable Object> line) {
		this.journal.renewIfLong(this::everything);
		return this.journal.append(line);
	}

	private byte[] everything() {
		ByteArrayOutputStream lines = new ByteArrayOutputStream();
		lines.writeBytes(Journal.line(keysLine(this.keys.all())));
		this.subscriptions.values().forEach((subscription) -> lines.writeBytes(Journal.line(subscription.toJson())));
		return lines.toByteArray();
	}

	private void created(String path) {
		this.lock.lock();
		try {
			if (!this.closed) {
				this.links.created(path);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void news(Subscription subscription) {
		if (!this.closed) {
			this.wakes.wakeIfPending(subscription);
		}
	}

	private SigningKey signingKey() {
		Instant now = this.clock.instant();
		if (this.keys.isDue(now)) {
			List<SigningKey> next = this.keys.rotated(now);
			try {
				append(keysLine(next));
				this.keys.replace(next);
			}
			catch (SubscriptionException ex) {
				logger.warn("The key that signs webhooks cannot be replaced now: {}", ex.getMessage());
			}
		}
		return this.keys.active(now);
	}

	/**
	 * Returns the public keys (PROTOCOL 6.5).
	 */
	Map<String, @Nullable Object> jwks() {
		this.lock.lock();
		try {
			signingKey();
			return this.keys.toJwks();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Creates a subscription, or confirms one that is there (PROTOCOL 6.2).
	 * @param id its id
	 * @param config what it is to be
	 * @param url where the client sees the streams, or {@code null}
	 */
	CompletableFuture<SubscriptionResponse> put(String id, SubscriptionConfig config, @Nullable String url) {
		CompletableFuture<SubscriptionResponse> confirmed = confirm(id, config);
		if (confirmed != null) {
			return confirmed;
		}
		String base = (this.settings.url() != null) ? this.settings.url().toString() : url;
		if (config.type() != SubscriptionConfig.Type.WEBHOOK) {
			return create(id, config, base);
		}
		if (base == null) {
			throw SubscriptionException.invalid("A subscription of type webhook tells its receiver where the streams"
					+ " are: create it over HTTP, or set the URL of the streams");
		}
		URI target = this.targets.parse(String.valueOf(config.webhookUrl()));
		return this.sender.check(target).thenCompose((objection) -> {
			if (objection != null) {
				throw SubscriptionException.targetRefused(objection);
			}
			return create(id, config, base);
		});
	}

	private @Nullable CompletableFuture<SubscriptionResponse> confirm(String id, SubscriptionConfig config) {
		this.lock.lock();
		try {
			Subscription existing = this.subscriptions.get(id);
			return (existing != null) ? confirm(existing, config) : null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private CompletableFuture<SubscriptionResponse> confirm(Subscription existing, SubscriptionConfig config) {
		if (!existing.config.hash().equals(config.hash())) {
			throw SubscriptionException.conflict("SUBSCRIPTION_ALREADY_EXISTS",
					"The subscription exists with another configuration");
		}
		Map<String, @Nullable Object> body = existing.toPublicJson(signingKey().id());
		return existing.created.thenApply((nothing) -> SubscriptionResponse.json(200, body));
	}

	private CompletableFuture<SubscriptionResponse> create(String id, SubscriptionConfig config,
			@Nullable String base) {
		this.lock.lock();
		try {
			requireOpen();
			Subscription existing = this.subscriptions.get(id);
			if (existing != null) {
				return confirm(existing, config);
			}
			if (this.subscriptions.size() >= this.settings.maxSubscriptions()) {
				this.counters.refusedSubscriptions.increment();
				throw SubscriptionException
					.limit("The server has its limit of " + this.settings.maxSubscriptions() + " subscriptions");
			}
			requireWakeStream(config);
			Subscription subscription = new Subscription(id, config, base, this.clock.instant());
			Map<String, Link> first = firstLinks(subscription);
			requireRoom(first.size());
			subscription.links.putAll(first);
			CompletableFuture<Void> stored = append(subscription.toJson());
			subscription.created = stored;
			subscription.links.clear();
			this.subscriptions.put(id, subscription);
			first.values().forEach((link) -> this.links.add(subscription, link));
			Map<String, @Nullable Object> body = subscription.toPublicJson(signingKey().id());
			news(subscription);
			return stored.thenApply((nothing) -> SubscriptionResponse.json(201, body));
		}
		finally {
			this.lock.unlock();
		}
	}

	private void requireOpen() {
		if (this.closed) {
			throw SubscriptionException.limit("The server is closed");
		}
	}

	private void requireWakeStream(SubscriptionConfig config) {
		String path = config.wakeStream();
		StreamLog log = (path != null) ? this.links.serving(path) : null;
		if (log != null && !Wakes.isJson(log)) {
			throw SubscriptionException
				.invalid("wake_stream must have the content type application/json, and has " + log.contentType());
		}
	}

	private void requireRoom(int wanted) {
		if (wanted > this.links.room()) {
			this.counters.refusedLinks.increment();
			throw SubscriptionException.limit("All subscriptions together follow " + this.settings.maxLinks()
					+ " streams at most. There is room for " + Math.max(0, this.links.room()) + ", and this would be "
					+ wanted);
		}
	}

	/**
	 * Returns the links that a subscription begins with: at the end of each stream, so
	 * that nothing old is done again (PROTOCOL 6.2).
	 */
	private Map<String, Link> firstLinks(Subscription subscription) {
		Map<String, Link> first = new LinkedHashMap<>();
		for (String path : subscription.config.streams()) {
			first.computeIfAbsent(path, this::atTail).explicit = true;
		}
		if (subscription.pattern != null) {
			for (String path : this.links.paths()) {
				if (subscription.matches(path) && this.links.serving(path) != null) {
					first.computeIfAbsent(path, this::atTail).glob = true;
				}
			}
		}
		return first;
	}

	private Link atTail(String path) {
		Link link = new Link(path);
		StreamLog log = this.links.serving(path);
		link.acked = (log != null) ? log.offset(log.head().tail()) : null;
		return link;
	}

	/**
	 * Returns a subscription (PROTOCOL 6.3).
	 */
	SubscriptionResponse get(String id) {
		this.lock.lock();
		try {
			return SubscriptionResponse.json(200, require(id).toPublicJson(signingKey().id()));
		}
		finally {
			this.lock.unlock();
		}
	}

	private Subscription require(String id) {
		requireOpen();
		Subscription subscription = this.subscriptions.get(id);
		if (subscription == null) {
			throw SubscriptionException.notFound("There is no such subscription");
		}
		return subscription;
	}

	/**
	 * Deletes a subscription if it is there (PROTOCOL 6.3).
	 */
	CompletableFuture<SubscriptionResponse> delete(String id) {
		this.lock.lock();
		try {
			requireOpen();
			Subscription subscription = this.subscriptions.get(id);
			if (subscription == null) {
				return CompletableFuture.completedFuture(SubscriptionResponse.noContent());
			}
			Map<String, @Nullable Object> line = new LinkedHashMap<>();
			line.put("op", "delete");
			line.put("id", id);
			CompletableFuture<Void> stored = append(line);
			subscription.deleted = true;
			this.subscriptions.remove(id);
			this.links.removeAll(subscription);
			this.wakes.stop(subscription);
			return stored.thenApply((nothing) -> SubscriptionResponse.noContent());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Names streams that a subscription follows from now on (PROTOCOL 6.4).
	 */
	CompletableFuture<SubscriptionResponse> link(String id, List<String> paths) {
		this.lock.lock();
		try {
			Subscription subscription = require(id);
			Map<String, Link> added = new LinkedHashMap<>();
			List<Map<String, @Nullable Object>> changed = new ArrayList<>();
			for (String path : paths) {
				Link existing = subscription.links.get(path);
				if (existing == null) {
					added.put(path, atTail(path));
				}
				Link link = (existing != null) ? existing : added.get(path);
				Map<String, @Nullable Object> json = link.toJson();
				json.put("explicit", true);
				json.put("glob", subscription.matches(path));
				changed.add(json);
			}
			requireRoom(added.size());
			CompletableFuture<Void> stored = append(subscription.change(null, changed, List.of()));
			for (String path : paths) {
				Link link = added.containsKey(path) ? added.get(path) : subscription.links.get(path);
				link.explicit = true;
				link.glob = subscription.matches(path);
				this.links.add(subscription, link);
			}
			return stored.thenApply((nothing) -> SubscriptionResponse.noContent());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes a name back. Where the pattern matches the stream it is followed on (PROTOCOL
	 * 6.4).
	 */
	CompletableFuture<SubscriptionResponse> unlink(String id, String path) {
		this.lock.lock();
		try {
			Subscription subscription = require(id);
			Link link = subscription.links.get(path);
			if (link == null || !link.explicit) {
				return CompletableFuture.completedFuture(SubscriptionResponse.noContent());
			}
			CompletableFuture<Void> stored;
			if (subscription.matches(path)) {
				Map<String, @Nullable Object> json = link.toJson();
				json.put("explicit", false);
				json.put("glob", true);
				stored = append(subscription.change(null, List.of(json), List.of()));
				link.explicit = false;
				link.glob = true;
				if (link.acked == null) {
					this.links.remove(subscription, path);
				}
			}
			else {
				stored = append(subscription.change(null, List.of(), List.of(path)));
				this.links.remove(subscription, path);
			}
			return stored.thenApply((nothing) -> SubscriptionResponse.noContent());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Gives a worker the wake of a subscription (PROTOCOL 7.2).
	 */
	CompletableFuture<SubscriptionResponse> claim(String id, String worker) {
		if (worker.length() > MAX_WORKER) {
			throw SubscriptionException.invalid("worker must have no more than " + MAX_WORKER + " characters");
		}
		this.lock.lock();
		try {
			Subscription subscription = require(id);
			requireType(subscription, SubscriptionConfig.Type.PULL_WAKE);
			this.wakes.expire(subscription);
			if (subscription.holder != null) {
				throw SubscriptionException.claimed(subscription.holder, subscription.generation);
			}
			this.links.refreshAll(subscription);
			if (subscription.pending.isEmpty()) {
				throw SubscriptionException.conflict("NO_PENDING_WORK", "There is nothing to do");
			}
			Wake wake = (subscription.wake != null) ? subscription.wake : this.wakes.next(subscription);
			CompletableFuture<Void> stored = append(subscription
				.change(Subscription.state(wake, wake.generation(), worker, 0, null), List.of(), List.of()));
			if (subscription.wake == null) {
				this.wakes.begin(subscription, wake);
			}
			subscription.holder = worker;
			subscription.failures = 0;
			Wakes.noRetry(subscription);
			this.wakes.extendLease(subscription);
			Map<String, @Nullable Object> body = new LinkedHashMap<>();
			body.put("wake_id", wake.id());
			body.put("generation", wake.generation());
			body.put("token", this.tokens.issue(id, wake));
			body.put("streams", this.wakes.streams(subscription, new LinkedHashMap<>()));
			body.put("lease_ttl_ms", subscription.config.leaseMillis());
			return stored.thenApply((nothing) -> SubscriptionResponse.json(200, body));
		}
		finally {
			this.lock.unlock();
		}
	}

	private static void requireType(Subscription subscription, SubscriptionConfig.Type type) {
		if (subscription.config.type() != type) {
			throw SubscriptionException.invalid("The subscription is not of type " + type.text());
		}
	}

	/**
	 * Verifies a token, whether or not there is such a subscription.
	 */
	Wake verify(String id, String token) {
		return this.tokens.verify(token, id);
	}

	/**
	 * Takes what a worker reports on its wake (PROTOCOL 7.1, 7.2).
	 * @param token the wake that its token is for
	 */
	CompletableFuture<SubscriptionResponse> report(String id, SubscriptionConfig.Type type, Wake token,
			WakeReport report) {
		this.lock.lock();
		try {
			Subscription subscription = requireWake(id, type, token, report);
			CompletableFuture<Void> stored = this.wakes.report(subscription, acks(subscription, report), report.done());
			boolean nextWake = report.done() && this.wakes.wakeIfPending(subscription);
			Map<String, @Nullable Object> body = new LinkedHashMap<>();
			body.put("ok", true);
			body.put("next_wake", nextWake);
			return stored.thenApply((nothing) -> SubscriptionResponse.json(200, body));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes a wake back that its worker has claimed (PROTOCOL 7.2).
	 */
	CompletableFuture<SubscriptionResponse> release(String id, Wake token, WakeReport report) {
		this.lock.lock();
		try {
			Subscription subscription = requireWake(id, SubscriptionConfig.Type.PULL_WAKE, token, report);
			CompletableFuture<Void> stored = this.wakes.report(subscription, Map.of(), true);
			this.links.refreshAll(subscription);
			this.wakes.wakeIfPending(subscription);
			return stored.thenApply((nothing) -> SubscriptionResponse.noContent());
		}
		finally {
			this.lock.unlock();
		}
	}

	private Subscription requireWake(String id, SubscriptionConfig.Type type, Wake token, WakeReport report) {
		Subscription subscription = require(id);
		requireType(subscription, type);
		this.wakes.expire(subscription);
		Wake reported = new Wake(report.wakeId(), report.generation());
		if (!reported.equals(subscription.wake) || !token.equals(subscription.wake)) {
			throw SubscriptionException.conflict("FENCED",
					"The wake is over: what was not acknowledged by then is" + " for the worker of a later one");
		}
		return subscription;
	}

	private Map<Link, Offset> acks(Subscription subscription, WakeReport report) {
		Map<Link, Offset> acks = new LinkedHashMap<>();
		for (WakeReport.Ack ack : report.acks()) {
			Link link = subscription.links.get(ack.stream());
			if (link == null) {
				throw invalidOffset("The subscription does not follow " + ack.stream());
			}
			this.links.refresh(subscription, link);
			Offset offset = offset(link, ack.offset());
			acks.merge(link, offset, (one, other) -> (one.position() > other.position()) ? one : other);
		}
		return acks;
	}

	private Offset offset(Link link, String text) {
		StreamLog log = this.links.serving(link.path);
		Offset offset = Offset.parse(text);
		Offset acked = link.acked;
		if (log == null || offset == null || acked == null) {
			throw invalidOffset("The offset is none that " + link.path + " has now: " + text);
		}
		LogHead head = log.head();
		long position = log.position(offset);
		if (position < 0 || position > head.tail()) {
			throw invalidOffset("The offset is none that " + link.path + " has now: " + text);
		}
		if (position < acked.position()) {
			throw invalidOffset("More of " + link.path + " was acknowledged already, up to " + acked);
		}
		return log.offset(position);
	}

	private static SubscriptionException invalidOffset(String message) {
		return SubscriptionException.conflict("INVALID_OFFSET", message);
	}

	SubscriptionMetrics metrics() {
		this.lock.lock();
		try {
			SubscriptionCounters counted = this.counters;
			return new SubscriptionMetrics(this.subscriptions.size(), this.links.count(),
					this.subscriptions.values().stream().filter((subscription) -> subscription.incomplete).count(),
					this.wakes.deliveries(), this.wakes.waiting(), counted.wakes.sum(), counted.delivered.sum(),
					counted.failedDeliveries.sum(), counted.expiredLeases.sum(), counted.refusedSubscriptions.sum(),
					counted.refusedLinks.sum());
		}
		finally {
			this.lock.unlock();
		}
	}

	void close() {
		this.lock.lock();
		try {
			if (!this.closed) {
				this.closed = true;
				this.wakes.close();
				this.subscriptions.values().forEach(this.wakes::stop);
				this.links.close();
			}
		}
		finally {
			this.lock.unlock();
		}
		this.sender.close();
	}

}
