package io.streamdb.server.subscription;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.streamdb.server.store.Append;
import io.streamdb.server.store.AppendOutcome;
import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.MutableClock;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStorage;
import io.streamdb.server.store.StreamStore;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A store with its subscriptions, whose time moves when it is told to, and a receiver of
 * webhooks who answers when it is told to.
 */
final class SubscriptionWorld implements AutoCloseable {

	static final String URL = "https://streams.example/v1";

	private static final long TIMEOUT_SECONDS = 30;

	final MutableClock clock;

	final List<Webhook> webhooks = new CopyOnWriteArrayList<>();

	final StreamStore store;

	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	private final List<Task> tasks = new ArrayList<>();

	private final Subscriptions subscriptions;

	/** What webhooks are answered at once, or {@code null} for nothing. */
	volatile @Nullable WebhookAnswer answer;

	SubscriptionWorld(StreamStorage storage, SubscriptionSettings settings, MutableClock clock) {
		this(storage, settings, clock, 1L << 30);
	}

	SubscriptionWorld(StreamStorage storage, SubscriptionSettings settings, MutableClock clock, long maxBytes) {
		this(storage, settings, clock, maxBytes, Journal.MIN_LENGTH);
	}

	SubscriptionWorld(StreamStorage storage, SubscriptionSettings settings, MutableClock clock, long maxBytes,
			long journalLength) {
		this.clock = clock;
		this.store = new StreamStore(storage, clock, this.executor, this::schedule, 10_000, maxBytes);
		SubscriptionEngine engine = new SubscriptionEngine(this.store, settings, new Receiver(), clock, new Random(1),
				new SecureRandom(), this.executor, this::schedule, journalLength);
		this.subscriptions = new Subscriptions(engine, (path) -> !path.isEmpty() && !path.contains("//"));
	}

	private synchronized Future<?> schedule(Runnable action, Duration delay) {
		Task task = new Task(action, this.clock.instant().plus(delay));
		this.tasks.add(task);
		return task;
	}

	/** Lets time pass, and waits for what happens meanwhile. */
	void pass(Duration duration) {
		Instant until = this.clock.instant().plus(duration);
		settle();
		for (Task task = next(until); task != null; task = next(until)) {
			advanceTo(task.due);
			this.executor.execute(task);
			settle();
		}
		advanceTo(until);
	}

	private void advanceTo(Instant time) {
		Duration left = Duration.between(this.clock.instant(), time);
		if (!left.isNegative()) {
			this.clock.advance(left);
		}
	}

	private synchronized @Nullable Task next(Instant until) {
		this.tasks.removeIf(Task::isDone);
		Task next = this.tasks.stream()
			.filter((task) -> !task.due.isAfter(until))
			.min(Comparator.comparing((Task task) -> task.due))
			.orElse(null);
		this.tasks.remove(next);
		return next;
	}

	/** Waits until nothing is to be done any more, with a store in memory. */
	void settle() {
		for (int i = 0; i < 20; i++) {
			join(CompletableFuture.runAsync(() -> {
			}, this.executor));
		}
	}

	int timers() {
		synchronized (this) {
			this.tasks.removeIf(Task::isDone);
			return this.tasks.size();
		}
	}

	Answer send(String method, String path, @Nullable String token, @Nullable String body) {
		return join(start(method, path, token, body));
	}

	CompletableFuture<Answer> start(String method, String path, @Nullable String token, @Nullable String body) {
		byte[] bytes = (body != null) ? body.replace('\'', '"').getBytes(StandardCharsets.UTF_8) : new byte[0];
		return this.subscriptions.handle(new SubscriptionRequest(method, "__ds/" + path,
				(token != null) ? "Bearer " + token : null, bytes, URL, new StreamPermission() {

					@Override
					public void follow(String stream) {
					}

					@Override
					public void wake(String stream) {
					}

				}))
			.thenApply(SubscriptionWorld::answer);
	}

	private static Answer answer(SubscriptionResponse response) {
		String body = new String(response.body(), StandardCharsets.UTF_8);
		return new Answer(response.status(), response.headers().get("Retry-After"),
				body.isEmpty() ? JsonMapper.shared().nullNode() : JsonMapper.shared().readTree(body));
	}

	Answer put(String id, String config) {
		return send("PUT", "subscriptions/" + id, null, config);
	}

	Answer get(String id) {
		return send("GET", "subscriptions/" + id, null, null);
	}

	Answer post(String path, @Nullable String token, String body) {
		return send("POST", "subscriptions/" + path, token, body);
	}

	Answer delete(String path) {
		return send("DELETE", "subscriptions/" + path, null, null);
	}

	/** Returns the one stream of a subscription. */
	JsonNode stream(String id) {
		JsonNode streams = get(id).body().path("streams");
		assertThat(streams.size()).isEqualTo(1);
		return streams.get(0);
	}

	SubscriptionMetrics metrics() {
		return this.subscriptions.metrics();
	}

	JsonNode jwks() {
		return send("GET", "jwks.json", null, null).body();
	}

	StreamLog create(String path) {
		return create(this.store, path);
	}

	static StreamLog create(StreamStore store, String path) {
		CreateOutcome outcome = join(store.create(new NewStream(path, "application/json", null, false)));
		return ((CreateOutcome.Created) outcome).log();
	}

	/** Appends, creating the stream when it is not there. Returns the new tail. */
	String append(String path) {
		String tail = append(this.store, path);
		settle();
		return tail;
	}

	static String append(StreamStore store, String path) {
		StreamLog log = store.find(path);
		StreamLog target = (log != null) ? log : create(store, path);
		AppendOutcome outcome = join(
				target.append(new Append("1".getBytes(StandardCharsets.UTF_8), false, null, null)));
		return target.offset(((AppendOutcome.Accepted) outcome).tail()).toString();
	}

	void deleteStream(String path) {
		join(this.store.delete(path));
		settle();
	}

	/** Returns the last webhook that was sent. */
	Webhook webhook(int number) {
		assertThat(this.webhooks).hasSize(number);
		return this.webhooks.get(number - 1);
	}

	static <T> T join(CompletableFuture<T> future) {
		return future.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
	}

	@Override
	public void close() {
		this.subscriptions.close();
		this.store.close();
		this.executor.shutdown();
	}

	record Answer(int status, @Nullable String retryAfter, JsonNode body) {

		String code() {
			return this.body.path("error").path("code").asString("");
		}

	}

	/** A webhook as its receiver sees it. */
	record Webhook(URI url, byte[] bytes, String signature, CompletableFuture<WebhookAnswer> answer) {

		JsonNode body() {
			return JsonMapper.shared().readTree(this.bytes);
		}

		String token() {
			return body().path("callback_token").asString();
		}

		long generation() {
			return body().path("generation").asLong();
		}

		/** A report on its wake, with more fields. */
		String report(String more) {
			return "{'wake_id':'" + body().path("wake_id").asString() + "','generation':" + generation() + more + "}";
		}

		void respond(int status, String body) {
			this.answer.complete(new WebhookAnswer(status, body.getBytes(StandardCharsets.UTF_8)));
		}

	}

	private final class Receiver implements WebhookSender {

		@Override
		public CompletableFuture<@Nullable String> check(URI url) {
			return CompletableFuture.completedFuture(
					url.getHost().equals("internal.example") ? "webhook.url must not lead to private addresses" : null);
		}

		@Override
		public CompletableFuture<WebhookAnswer> send(URI url, byte[] body, Function<byte[], String> signature) {
			CompletableFuture<WebhookAnswer> result = new CompletableFuture<>();
			SubscriptionWorld.this.webhooks.add(new Webhook(url, body, signature.apply(body), result));
			WebhookAnswer immediate = SubscriptionWorld.this.answer;
			if (immediate != null) {
				result.complete(immediate);
			}
			return result;
		}

		@Override
		public void close() {
		}

	}

	private static final class Task extends FutureTask<@Nullable Void> {

		private final Instant due;

		Task(Runnable action, Instant due) {
			super(action, null);
			this.due = due;
		}

	}

}
