package io.streamdb.server.subscription;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.Append;
import io.streamdb.server.store.AppendOutcome;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.StreamLog;

/**
 * Begins the wakes of subscriptions, tells them to workers, and ends them when their time
 * is over (PROTOCOL 7). A wake is durable before anybody hears of it, so that no
 * generation is there twice. Guarded by the lock of the subscriptions.
 */
final class Wakes {

	private static final Logger logger = LoggerFactory.getLogger(Wakes.class);

	/** How many streams one wake lists; those with something to do come first. */
	static final int MAX_LISTED = 1_000;

	/** How many webhooks may be under way; others wait. */
	static final int MAX_DELIVERIES = 256;

	private static final int ID_BYTES = 16;

	private final ReentrantLock lock;

	private final StreamLinks links;

	private final Journaling journaling;

	private final WakeTokens tokens;

	private final Supplier<SigningKey> key;

	private final WebhookSender sender;

	private final Clock clock;

	private final SecureRandom random;

	private final RetryDelays delays;

	private final SubscriptionTimer timer;

	private final Executor executor;

	private final SubscriptionCounters counters;

	private final Deque<Subscription> waiting = new ArrayDeque<>();

	private int deliveries;

	private boolean closed;

	Wakes(ReentrantLock lock, StreamLinks links, Journaling journaling, WakeTokens tokens, Supplier<SigningKey> key,
			WebhookSender sender, Clock clock, SecureRandom random, RetryDelays delays, SubscriptionTimer timer,
			Executor executor, SubscriptionCounters counters) {
		this.lock = lock;
		this.links = links;
		this.journaling = journaling;
		this.tokens = tokens;
		this.key = key;
		this.sender = sender;
		this.clock = clock;
		this.random = random;
		this.delays = delays;
		this.timer = timer;
		this.executor = executor;
		this.counters = counters;
	}

	int deliveries() {
		return this.deliveries;
	}

	int waiting() {
		return this.waiting.size();
	}

	Wake next(Subscription subscription) {
		byte[] id = new byte[ID_BYTES];
		this.random.nextBytes(id);
		return new Wake("w_" + HexFormat.of().formatHex(id), subscription.generation + 1);
	}

	/**
	 * Begins a wake if there is something to do and nothing in the way.
	 * @return whether there is something to do and a worker hears of it
	 */
	boolean wakeIfPending(Subscription subscription) {
		if (this.closed || subscription.deleted || subscription.wake != null || subscription.pending.isEmpty()) {
			return false;
		}
		if (subscription.nextAttempt == null) {
			wake(subscription);
		}
		return true;
	}

	private void wake(Subscription subscription) {
		Wake wake = next(subscription);
		CompletableFuture<Void> stored;
		try {
			stored = this.journaling
				.append(subscription.change(subscription.state(wake, wake.generation(), null), List.of(), List.of()));
		}
		catch (SubscriptionException ex) {
			failed(subscription, ex);
			return;
		}
		begin(subscription, wake);
		stored.whenComplete((nothing, failure) -> {
			if (failure != null) {
				logger.error("The subscription {} wakes nobody, since the storage has failed", subscription.id,
						failure);
			}
			else {
				locked(() -> tell(subscription, wake));
			}
		});
	}

	/**
	 * Takes over a wake that was stored.
	 */
	void begin(Subscription subscription, Wake wake) {
		this.counters.wakes.increment();
		subscription.generation = wake.generation();
		subscription.wake = wake;
		subscription.reported = false;
	}

	/**
	 * Tells a worker of a wake.
	 */
	private void tell(Subscription subscription, Wake wake) {
		if (this.closed || subscription.deleted || subscription.wake != wake || subscription.holder != null) {
			return;
		}
		this.links.refreshAll(subscription);
		if (subscription.pending.isEmpty()) {
			// The streams are gone.
			end(subscription);
		}
		else if (subscription.isWebhook()) {
			send(subscription, wake);
		}
		else {
			write(subscription, wake);
		}
	}

	private void send(Subscription subscription, Wake wake) {
		if (subscription.delivery != null || this.deliveries >= MAX_DELIVERIES) {
			if (!this.waiting.contains(subscription)) {
				this.waiting.add(subscription);
			}
			return;
		}
		Map<String, Offset> tails = new LinkedHashMap<>();
		List<Map<String, @Nullable Object>> streams = streams(subscription, tails);
		Map<String, @Nullable Object> body = new LinkedHashMap<>();
		body.put("subscription_id", subscription.id);
		body.put("wake_id", wake.id());
		body.put("generation", wake.generation());
		body.put("streams", streams);
		body.put("callback_url", subscription.callbackUrl());
		body.put("callback_token", this.tokens.issue(subscription.id, wake));
		SigningKey signing = this.key.get();
		extendLease(subscription);
		URI target = URI.create(String.valueOf(subscription.config.webhookUrl()));
		CompletableFuture<WebhookAnswer> answer = this.sender.send(target, Json.write(body),
				(bytes) -> signing.sign(this.clock.instant(), bytes));
		Subscription.Delivery delivery = new Subscription.Delivery(wake, tails, answer);
		subscription.delivery = delivery;
		this.deliveries++;
		giveUpLater(subscription, delivery, Duration.ofMillis(subscription.config.leaseMillis()));
		answer.whenComplete((response, failure) -> this.executor
			.execute(() -> locked(() -> answered(subscription, delivery, response, failure))));
	}

	/**
	 * Gives a webhook up whose wake is over, and which is in the way of the next one.
	 */
	private void giveUpLater(Subscription subscription, Subscription.Delivery delivery, Duration delay) {
		Future<?> task = this.timer.schedule(() -> locked(() -> {
			if (subscription.delivery != delivery) {
				return;
			}
			Instant until = subscription.leaseUntil;
			Duration left = (subscription.wake == delivery.wake() && until != null)
					? Duration.between(this.clock.instant(), until) : Duration.ZERO;
			if (left.compareTo(Duration.ZERO) > 0) {
				giveUpLater(subscription, delivery, left);
			}
			else {
				delivery.answer().cancel(true);
			}
		}), delay);
		delivery.answer().whenComplete((answer, failure) -> task.cancel(false));
	}

	/**
	 * Lists the streams of a wake, those with something to do first.
	 * @param tails takes the offsets at which they end
	 */
	List<Map<String, @Nullable Object>> streams(Subscription subscription, Map<String, Offset> tails) {
		List<Map<String, @Nullable Object>> streams = new ArrayList<>();
		for (String path : subscription.pending) {
			list(subscription, path, streams, tails);
		}
		for (String path : subscription.links.keySet()) {
			if (!subscription.pending.contains(path)) {
				list(subscription, path, streams, tails);
			}
		}
		return streams;
	}

	private void list(Subscription subscription, String path, List<Map<String, @Nullable Object>> streams,
			Map<String, Offset> tails) {
		Link link = subscription.links.get(path);
		if (link == null || streams.size() == MAX_LISTED) {
			return;
		}
		StreamLog log = this.links.serving(path);
		Map<String, @Nullable Object> stream = link.toPublicJson();
		if (log != null) {
			Offset tail = log.offset(log.head().tail());
			tails.put(path, tail);
			stream.put("tail_offset", tail.toString());
		}
		else {
			stream.put("tail_offset", Link.NOTHING);
		}
		stream.put("has_pending", subscription.pending.contains(path));
		streams.add(stream);
	}

	private void answered(Subscription subscription, Subscription.Delivery delivery, @Nullable WebhookAnswer answer,
			@Nullable Throwable failure) {
		this.deliveries--;
		if (subscription.delivery == delivery) {
			subscription.delivery = null;
		}
		if (!this.closed && !subscription.deleted && subscription.wake == delivery.wake()) {
			if (answer != null && answer.success()) {
				delivered(subscription, delivery, answer);
			}
			else if (!subscription.reported) {
				failed(subscription, (answer != null) ? "the status " + answer.status() : failure);
			}
		}
		sendWaiting();
	}

	private void sendWaiting() {
		int candidates = this.waiting.size();
		while (candidates-- > 0 && this.deliveries < MAX_DELIVERIES) {
			Subscription next = this.waiting.remove();
			if (next.wake != null) {
				tell(next, next.wake);
			}
		}
	}

	private void delivered(Subscription subscription, Subscription.Delivery delivery, WebhookAnswer answer) {
		this.counters.delivered.increment();
		boolean repaired = subscription.failures > 0;
		subscription.failures = 0;
		if (answer.done()) {
			Map<Link, Offset> acks = new LinkedHashMap<>();
			delivery.tails().forEach((path, tail) -> {
				Link link = subscription.links.get(path);
				if (link != null && link.acked != null && link.acked.incarnation() == tail.incarnation()
						&& link.acked.position() < tail.position()) {
					acks.put(link, tail);
				}
			});
			try {
				report(subscription, acks, true);
			}
			catch (SubscriptionException ex) {
				// What is not kept is done again: the lease ends this wake.
				logger.warn("What the receiver of the subscription {} has done could not be kept: {}", subscription.id,
						ex.getMessage());
				return;
			}
			wakeIfPending(subscription);
		}
		else if (repaired) {
			storeState(subscription);
		}
	}

	/**
	 * Takes over what a worker reports on its wake.
	 * @param acks how far it has come
	 * @param done whether it ends the wake; otherwise it has its lease anew
	 * @return completes when that is durable
	 * @throws SubscriptionException when it cannot be stored; nothing has happened then
	 */
	CompletableFuture<Void> report(Subscription subscription, Map<Link, Offset> acks, boolean done) {
		CompletableFuture<Void> stored = CompletableFuture.completedFuture(null);
		if (done || !acks.isEmpty()) {
			List<Map<String, @Nullable Object>> changed = new ArrayList<>();
			acks.forEach((link, offset) -> changed.add(link.toJson(offset)));
			Map<String, @Nullable Object> state = done
					? Subscription.state(null, subscription.generation, null, 0, null) : null;
			stored = this.journaling.append(subscription.change(state, changed, List.of()));
		}
		acks.forEach((link, offset) -> {
			link.acked = offset;
			this.links.refresh(subscription, link);
		});
		if (done) {
			end(subscription);
		}
		else {
			subscription.reported = true;
			if (subscription.failures > 0) {
				subscription.failures = 0;
				noRetry(subscription);
				storeState(subscription);
			}
			extendLease(subscription);
		}
		return stored;
	}

	/**
	 * Ends the wake: it is done, or was given back.
	 */
	private void end(Subscription subscription) {
		forget(subscription);
		subscription.failures = 0;
		noRetry(subscription);
	}

	private static void forget(Subscription subscription) {
		subscription.wake = null;
		subscription.holder = null;
		subscription.leaseUntil = null;
		cancel(subscription.leaseTimer);
		subscription.leaseTimer = null;
	}

	static void noRetry(Subscription subscription) {
		subscription.nextAttempt = null;
		cancel(subscription.retryTimer);
		subscription.retryTimer = null;
	}

	private static void cancel(@Nullable Future<?> task) {
		if (task != null) {
			task.cancel(false);
		}
	}

	/**
	 * Begins the lease anew.
	 */
	void extendLease(Subscription subscription) {
		cancel(subscription.leaseTimer);
		Duration lease = Duration.ofMillis(subscription.config.leaseMillis());
		subscription.leaseUntil = this.clock.instant().plus(lease);
		subscription.leaseTimer = this.timer.schedule(() -> locked(() -> expire(subscription)), lease);
	}

	/**
	 * Ends the wake if its lease is over.
	 */
	void expire(Subscription subscription) {
		Instant until = subscription.leaseUntil;
		if (this.closed || subscription.deleted || subscription.wake == null || until == null) {
			return;
		}
		Duration left = Duration.between(this.clock.instant(), until);
		if (left.compareTo(Duration.ZERO) > 0) {
			cancel(subscription.leaseTimer);
			subscription.leaseTimer = this.timer.schedule(() -> locked(() -> expire(subscription)), left);
			return;
		}
		this.counters.expiredLeases.increment();
		Subscription.Delivery unanswered = (subscription.delivery != null
				&& subscription.delivery.wake() == subscription.wake) ? subscription.delivery : null;
		boolean silent = !subscription.reported;
		forget(subscription);
		if (unanswered != null) {
			unanswered.answer().cancel(true);
			if (silent) {
				failed(subscription, "no answer within the lease");
				return;
			}
		}
		wakeIfPending(subscription);
	}

	private void failed(Subscription subscription, @Nullable Object reason) {
		this.counters.failedDeliveries.increment();
		subscription.failures++;
		Duration delay = this.delays.after(subscription.failures);
		subscription.nextAttempt = this.clock.instant().plus(delay);
		if (subscription.failures == 1) {
			logger.warn("The subscription {} could not wake its worker and goes on trying: {}", subscription.id,
					text(reason));
		}
		else {
			logger.debug("The subscription {} could not wake its worker, try {}: {}", subscription.id,
					subscription.failures, text(reason));
		}
		storeState(subscription);
		retryLater(subscription, delay);
	}

	private static String text(@Nullable Object reason) {
		Object cause = (reason instanceof CompletionException wrapped && wrapped.getCause() != null)
				? wrapped.getCause() : reason;
		return String.valueOf(cause);
	}

	private void storeState(Subscription subscription) {
		try {
			this.journaling.append(subscription.change(
					subscription.state(subscription.wake, subscription.generation, subscription.holder), List.of(),
					List.of()))
				.whenComplete((nothing, failure) -> {
					if (failure != null) {
						logger.debug("The state of the subscription {} was not stored", subscription.id, failure);
					}
				});
		}
		catch (SubscriptionException ex) {
			// A later process will try at once, and no generation is there twice.
			logger.warn("When the subscription {} tries again could not be kept: {}", subscription.id, ex.getMessage());
		}
	}

	private void retryLater(Subscription subscription, Duration delay) {
		cancel(subscription.retryTimer);
		subscription.retryTimer = this.timer.schedule(() -> locked(() -> retry(subscription)), delay);
	}

	private void retry(Subscription subscription) {
		Instant next = subscription.nextAttempt;
		if (this.closed || subscription.deleted || next == null) {
			return;
		}
		Duration left = Duration.between(this.clock.instant(), next);
		if (left.compareTo(Duration.ZERO) > 0) {
			retryLater(subscription, left);
			return;
		}
		subscription.nextAttempt = null;
		subscription.retryTimer = null;
		if (subscription.wake != null && subscription.leaseUntil != null
				&& !this.clock.instant().isBefore(subscription.leaseUntil)) {
			expire(subscription);
		}
		else if (subscription.wake != null) {
			tell(subscription, subscription.wake);
		}
		else if (!wakeIfPending(subscription)) {
			subscription.failures = 0;
			storeState(subscription);
		}
	}

	private void write(Subscription subscription, Wake wake) {
		String path = String.valueOf(subscription.config.wakeStream());
		StreamLog log = this.links.serving(path);
		if (log == null || !isJson(log)) {
			failed(subscription, "There is no wake stream " + path + " with the content type application/json");
			return;
		}
		Map<String, @Nullable Object> event = new LinkedHashMap<>();
		event.put("type", "wake");
		event.put("subscription_id", subscription.id);
		event.put("stream", subscription.pending.iterator().next());
		event.put("generation", wake.generation());
		event.put("ts", this.clock.millis());
		log.append(new Append(Json.write(event), false, null, null))
			.thenAccept((outcome) -> locked(() -> written(subscription, wake, outcome)));
	}

	static boolean isJson(StreamLog log) {
		String type = log.contentType();
		int parameters = type.indexOf(';');
		return ((parameters < 0) ? type : type.substring(0, parameters)).strip().equalsIgnoreCase("application/json");
	}

	private void written(Subscription subscription, Wake wake, AppendOutcome outcome) {
		if (this.closed || subscription.deleted || subscription.wake != wake) {
			return;
		}
		if (outcome instanceof AppendOutcome.Accepted) {
			if (subscription.failures > 0) {
				subscription.failures = 0;
				storeState(subscription);
			}
		}
		else if (subscription.holder == null) {
			failed(subscription, "The wake stream took no event: " + outcome);
		}
	}

	/**
	 * Goes on where an earlier process has stopped. A worker that has its wake has its
	 * lease anew.
	 */
	void resume(Subscription subscription) {
		Wake wake = subscription.wake;
		if (wake != null && (subscription.isWebhook() || subscription.holder != null)) {
			extendLease(subscription);
		}
		Instant next = subscription.nextAttempt;
		if (next != null) {
			Duration left = Duration.between(this.clock.instant(), next);
			retryLater(subscription, left.isNegative() ? Duration.ZERO : left);
		}
		else if (wake == null) {
			wakeIfPending(subscription);
		}
		else if (!subscription.isWebhook()) {
			// The event may not be there: a second one of the same generation harms
			// nobody.
			tell(subscription, wake);
		}
	}

	/**
	 * Forgets a subscription that was deleted.
	 */
	void stop(Subscription subscription) {
		this.waiting.remove(subscription);
		cancel(subscription.leaseTimer);
		cancel(subscription.retryTimer);
		if (subscription.delivery != null) {
			subscription.delivery.answer().cancel(true);
		}
	}

	void close() {
		this.closed = true;
		this.waiting.clear();
	}

	private void locked(Runnable task) {
		this.lock.lock();
		try {
			task.run();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Keeps what becomes of subscriptions.
	 */
	@FunctionalInterface
	interface Journaling {

		/**
		 * Appends a line to the journal.
		 * @throws SubscriptionException when there is no room; nothing has happened then
		 */
		CompletableFuture<Void> append(Map<String, @Nullable Object> line);

	}

}
