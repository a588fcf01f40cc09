package io.streamdb.server.subscription;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.StreamStore;

/**
 * The reserved subscription APIs of a server (SPEC S4, PROTOCOL 6 and 7): answers their
 * requests, wakes workers, and keeps its state in the store of the streams, so that it is
 * as durable as they are. Safe for use by many threads.
 */
public final class Subscriptions implements AutoCloseable {

	private static final String BEARER = "Bearer ";

	private final SubscriptionEngine engine;

	private final Predicate<String> paths;

	Subscriptions(SubscriptionEngine engine, Predicate<String> paths) {
		this.engine = engine;
		this.paths = paths;
	}

	/**
	 * Opens the subscriptions of a store, and goes on where an earlier server has
	 * stopped. May wait for the disk.
	 * @param store the streams
	 * @param settings how to do it
	 * @param paths tells what can be the path of a stream
	 * @param clock tells when leases end and signatures are made
	 * @param random the chance in retries
	 * @param executor runs short tasks, which never block
	 * @param timer runs them later
	 * @return the subscriptions, to be closed before the store
	 * @throws java.io.UncheckedIOException when they cannot be read
	 * @throws IllegalStateException when they cannot be kept in the store
	 */
	public static Subscriptions open(StreamStore store, SubscriptionSettings settings, Predicate<String> paths,
			Clock clock, RandomGenerator random, Executor executor, SubscriptionTimer timer) {
		WebhookSender sender = new HttpWebhookSender(new WebhookTargets(settings.localWebhooks()),
				InetAddress::getAllByName, settings.httpClient());
		try {
			return new Subscriptions(new SubscriptionEngine(store, settings, sender, clock, random, new SecureRandom(),
					executor, timer, Journal.MIN_LENGTH), paths);
		}
		catch (RuntimeException ex) {
			sender.close();
			throw ex;
		}
	}

	/**
	 * Returns what a request for a path wants.
	 * @param path the decoded path, from the root of the streams
	 * @return the operation; of a path without a meaning it is that of managing
	 */
	public static SubscriptionOperation operation(String path) {
		SubscriptionRoute route = SubscriptionRoute.parse(path);
		return (route != null) ? route.operation() : SubscriptionOperation.MANAGE;
	}

	/**
	 * Answers a request.
	 * @param request the request
	 * @return the response, as soon as what it says is durable; fails with a
	 * {@link SubscriptionStorageException} when it could not be kept
	 */
	public CompletableFuture<SubscriptionResponse> handle(SubscriptionRequest request) {
		try {
			return answer(request).exceptionallyCompose(Subscriptions::refused);
		}
		catch (SubscriptionException ex) {
			return done(SubscriptionResponse.error(ex));
		}
	}

	private static CompletableFuture<SubscriptionResponse> refused(Throwable failure) {
		Throwable cause = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		return (cause instanceof SubscriptionException refusal) ? done(SubscriptionResponse.error(refusal))
				: CompletableFuture.failedFuture(cause);
	}

	private static CompletableFuture<SubscriptionResponse> done(SubscriptionResponse response) {
		return CompletableFuture.completedFuture(response);
	}

	private CompletableFuture<SubscriptionResponse> answer(SubscriptionRequest request) {
		SubscriptionRoute route = SubscriptionRoute.parse(request.path());
		if (route == null) {
			throw SubscriptionException.notFound("The protocol has nothing at this URL");
		}
		return switch (route.resource()) {
			case KEYS -> keys(request);
			case SUBSCRIPTION -> subscription(route.id(), request);
			case STREAMS -> streams(route.id(), request);
			case STREAM -> stream(route, request);
			case CLAIM -> claim(route.id(), request);
			case CALLBACK -> report(route.id(), SubscriptionConfig.Type.WEBHOOK, request);
			case ACK -> report(route.id(), SubscriptionConfig.Type.PULL_WAKE, request);
			case RELEASE -> release(route.id(), request);
		};
	}

	private static void requireMethod(SubscriptionRequest request, String method) {
		if (!request.method().equals(method)) {
			throw SubscriptionException.methodNotAllowed(method);
		}
	}

	private CompletableFuture<SubscriptionResponse> keys(SubscriptionRequest request) {
		requireMethod(request, "GET");
		return done(new SubscriptionResponse(200, Map.of("Content-Type", "application/jwk-set+json", "Cache-Control",
				"public, max-age=" + SigningKeys.MAX_AGE.toSeconds()), Json.write(this.engine.jwks())));
	}

	private CompletableFuture<SubscriptionResponse> subscription(String id, SubscriptionRequest request) {
		return switch (request.method()) {
			case "PUT" -> put(id, request);
			case "GET" -> done(this.engine.get(id));
			case "DELETE" -> this.engine.delete(id);
			default -> throw SubscriptionException.methodNotAllowed("GET, PUT, DELETE");
		};
	}

	private CompletableFuture<SubscriptionResponse> put(String id, SubscriptionRequest request) {
		SubscriptionConfig config = SubscriptionConfig.parse(JsonObject.parse(request.body()), this.paths);
		config.streams().forEach(request.permission()::follow);
		if (config.pattern() != null) {
			request.permission().follow(config.pattern());
		}
		if (config.wakeStream() != null) {
			request.permission().wake(config.wakeStream());
		}
		return this.engine.put(id, config, request.url());
	}

	private CompletableFuture<SubscriptionResponse> streams(String id, SubscriptionRequest request) {
		requireMethod(request, "POST");
		List<String> streams = SubscriptionConfig.paths(JsonObject.parse(request.body()), this.paths);
		if (streams.isEmpty()) {
			throw SubscriptionException.invalid("streams must be an array of paths, one at least");
		}
		streams.forEach(request.permission()::follow);
		return this.engine.link(id, streams);
	}

	private CompletableFuture<SubscriptionResponse> stream(SubscriptionRoute route, SubscriptionRequest request) {
		requireMethod(request, "DELETE");
		return this.engine.unlink(route.id(), SubscriptionConfig.path("The URL", route.stream(), this.paths));
	}

	private CompletableFuture<SubscriptionResponse> claim(String id, SubscriptionRequest request) {
		requireMethod(request, "POST");
		String worker = JsonObject.parse(request.body())
			.requiredString("worker", "worker must be the name of the worker");
		return this.engine.claim(id, worker);
	}

	private CompletableFuture<SubscriptionResponse> report(String id, SubscriptionConfig.Type type,
			SubscriptionRequest request) {
		requireMethod(request, "POST");
		Wake token = token(id, request.authorization());
		return this.engine.report(id, type, token, WakeReport.parse(JsonObject.parse(request.body()), this.paths));
	}

	private CompletableFuture<SubscriptionResponse> release(String id, SubscriptionRequest request) {
		requireMethod(request, "POST");
		Wake token = token(id, request.authorization());
		return this.engine.release(id, token, WakeReport.parse(JsonObject.parse(request.body()), this.paths));
	}

	private Wake token(String id, @Nullable String authorization) {
		if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
			throw SubscriptionException
				.tokenInvalid("The token of the wake must be in the header Authorization, after Bearer");
		}
		return this.engine.verify(id, authorization.substring(BEARER.length()).strip());
	}

	/**
	 * Returns what the subscriptions have done, and how many there are.
	 * @return the figures of this moment
	 */
	public SubscriptionMetrics metrics() {
		return this.engine.metrics();
	}

	/**
	 * Stops: no wake begins any more, and webhooks that are under way are given up. What
	 * they are about is told again when the store is opened again. May be called more
	 * than once.
	 */
	@Override
	public void close() {
		this.engine.close();
	}

}
