package io.streamdb.server;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.DeleteOutcome;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Answers requests of the protocol, whatever carried them here: decides whether to answer
 * at all, and hands them to the operation. Never blocks but to read the body of a
 * request.
 */
final class ProtocolHandler {

	private static final Logger logger = LoggerFactory.getLogger(ProtocolHandler.class);

	private static final String METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

	private static final int RETRY_SECONDS = 1;

	private final StreamStore store;

	private final OpenRequests requests;

	private final ServerCounters counters;

	private final CrossOrigin crossOrigin;

	private final StreamAccess access;

	private final CreateHandler creates;

	private final AppendHandler appends;

	private final ReadHandler reads;

	private final @Nullable SubscriptionHandler subscriptions;

	private volatile boolean closed;

	ProtocolHandler(StreamStore store, OpenRequests requests, ServerCounters counters, CrossOrigin crossOrigin,
			StreamAccess access, CreateHandler creates, AppendHandler appends, ReadHandler reads,
			@Nullable SubscriptionHandler subscriptions) {
		this.store = store;
		this.requests = requests;
		this.counters = counters;
		this.crossOrigin = crossOrigin;
		this.access = access;
		this.creates = creates;
		this.appends = appends;
		this.reads = reads;
		this.subscriptions = subscriptions;
	}

	boolean closed() {
		return this.closed;
	}

	void close() {
		this.closed = true;
	}

	/**
	 * Answers a request.
	 * @param request the request
	 * @return the response, whose body is to be closed; cancelling gives a waiting
	 * request up. Fails only with an {@link IOException} of the request's body
	 */
	CompletableFuture<ProtocolResponse> handle(ProtocolRequest request) {
		if (request.caller() == null) {
			return answerOrRefuse(request);
		}
		OpenRequest open;
		try {
			open = this.requests.begin();
		}
		catch (ServerBusyException ex) {
			return done(busy(ex));
		}
		CompletableFuture<ProtocolResponse> answer;
		try {
			answer = answerOrRefuse(request.within(open::take));
		}
		catch (Error ex) {
			open.end();
			throw ex;
		}
		String origin = request.header("Origin");
		if (isLiveRead(request, answer)) {
			open.end();
			return described(answer, (response) -> {
				this.crossOrigin.describe(response, origin);
				if (!(response.body() instanceof LiveReader)) {
					this.requests.resume().endWith(response);
				}
			});
		}
		answer.whenComplete((response, failure) -> open.releaseBody());
		CompletableFuture<ProtocolResponse> described = described(answer, (response) -> {
			this.crossOrigin.describe(response, origin);
			open.endWith(response);
		});
		described.whenComplete((response, failure) -> {
			if (failure != null) {
				open.end();
			}
		});
		return described;
	}

	/**
	 * Adds to a response before anybody else sees it.
	 */
	private static CompletableFuture<ProtocolResponse> described(CompletableFuture<ProtocolResponse> answer,
			Consumer<ProtocolResponse> description) {
		if (answer.isDone() && !answer.isCompletedExceptionally()) {
			description.accept(answer.join());
			return answer;
		}
		CompletableFuture<ProtocolResponse> described = new CompletableFuture<>();
		answer.whenComplete((response, failure) -> {
			if (failure != null) {
				described.completeExceptionally(failure);
				return;
			}
			description.accept(response);
			if (!described.complete(response)) {
				response.body().close();
			}
		});
		described.whenComplete((response, failure) -> {
			if (described.isCancelled()) {
				answer.cancel(false);
			}
		});
		return described;
	}

	/**
	 * Returns whether a request waits for more of its stream, and so is counted with
	 * those that do.
	 */
	private static boolean isLiveRead(ProtocolRequest request, CompletableFuture<ProtocolResponse> answer) {
		if (!request.method().equals("GET")) {
			return false;
		}
		return !answer.isDone() || (!answer.isCompletedExceptionally() && answer.join().body() instanceof LiveReader);
	}

	private ProtocolResponse busy(ServerBusyException refusal) {
		this.counters.refusedRequests.increment();
		return ProtocolResponse.problem(503, refusal.getMessage()).header("Retry-After", RETRY_SECONDS);
	}

	private CompletableFuture<ProtocolResponse> answerOrRefuse(ProtocolRequest request) {
		try {
			return answer(request);
		}
		catch (BadRequestException ex) {
			return done(ProtocolResponse.problem(400, ex.getMessage()));
		}
		catch (ServerBusyException ex) {
			return done(busy(ex));
		}
		catch (BodyTooLargeException ex) {
			this.counters.refusedBodies.increment();
			return done(ProtocolResponse.problem(413, ex.getMessage()));
		}
		catch (IOException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		catch (RuntimeException ex) {
			logger.error("{} {} failed", request.method(), request.rawPath(), ex);
			return done(failed());
		}
	}

	private CompletableFuture<ProtocolResponse> answer(ProtocolRequest request)
			throws IOException, BodyTooLargeException, ServerBusyException {
		if (this.closed) {
			return done(ProtocolResponse.problem(503, "The stream server is closed").header("Retry-After", 5));
		}
		if (request.method().equals("OPTIONS")) {
			return done(CrossOrigin.preflight(METHODS));
		}
		Set<StreamOperation> operations = operations(request);
		if (operations.isEmpty()) {
			return done(ProtocolResponse.problem(405, "Not a method of the protocol: " + request.method())
				.header("Allow", METHODS));
		}
		String reserved = StreamPath.normaliseReserved(request.rawPath(), request.rawMount());
		if (reserved != null && this.subscriptions != null) {
			return settled(request,
					this.subscriptions.handle(reserved, request, (path, needed) -> refusal(request, path, needed)));
		}
		String path = StreamPath.normalise(request.rawPath(), request.rawMount());
		if (path.isEmpty()) {
			return done(ProtocolResponse.problem(404, "The URL names no stream"));
		}
		if (StreamPath.isReserved(path)) {
			return done(
					(this.subscriptions != null) ? ProtocolResponse.problem(404, "The protocol has nothing at this URL")
							: ProtocolResponse.problem(501, "This server does not have its subscriptions switched on"));
		}
		ProtocolResponse refusal = refusal(request, path, operations);
		if (refusal != null) {
			return done(refusal);
		}
		return switch (request.method()) {
			case "PUT" -> create(path, request);
			case "POST" -> settled(request, this.appends.append(path, request));
			case "DELETE" -> settled(request, this.store.delete(path).thenApply(this::deleted));
			case "HEAD" -> done(this.reads.head(path));
			default -> this.reads.read(path, request);
		};
	}

	private CompletableFuture<ProtocolResponse> create(String path, ProtocolRequest request)
			throws IOException, BodyTooLargeException, ServerBusyException {
		String source = source(request);
		if (source != null) {
			// A fork tells what its source holds.
			ProtocolResponse refusal = refusal(request, source, EnumSet.of(StreamOperation.READ));
			if (refusal != null) {
				return done(refusal);
			}
		}
		return settled(request, this.creates.create(path, source, request));
	}

	/**
	 * Answers also when something unforeseen happens after the storage has answered.
	 */
	private static CompletableFuture<ProtocolResponse> settled(ProtocolRequest request,
			CompletableFuture<ProtocolResponse> answer) {
		return answer.exceptionally((failure) -> {
			logger.error("{} {} failed", request.method(), request.rawPath(), failure);
			return failed();
		});
	}

	private static @Nullable String source(ProtocolRequest request) {
		String source = request.header(ProtocolHeaders.FORKED_FROM);
		if (source == null) {
			return null;
		}
		String path = StreamPath.normalise(source.strip(), request.rawMount());
		if (path.isEmpty() || StreamPath.isReserved(path)) {
			throw new BadRequestException("Stream-Forked-From must be the path of a stream's URL");
		}
		return path;
	}

	private static Set<StreamOperation> operations(ProtocolRequest request) {
		return switch (request.method()) {
			case "PUT" -> EnumSet.of(StreamOperation.CREATE);
			case "POST" -> request.isTrue(ProtocolHeaders.CLOSED)
					? EnumSet.of(StreamOperation.APPEND, StreamOperation.CLOSE) : EnumSet.of(StreamOperation.APPEND);
			case "GET" -> EnumSet.of(StreamOperation.READ);
			case "HEAD" -> EnumSet.of(StreamOperation.HEAD);
			case "DELETE" -> EnumSet.of(StreamOperation.DELETE);
			default -> EnumSet.noneOf(StreamOperation.class);
		};
	}

	private @Nullable ProtocolResponse refusal(ProtocolRequest request, String path, Set<StreamOperation> operations) {
		if (request.caller() == null) {
			return null;
		}
		for (StreamOperation operation : operations) {
			AccessDecision decision = this.access.decide(operation, path, request.caller());
			if (!decision.allowed()) {
				ProtocolResponse refusal = ProtocolResponse.problem(decision.status(), decision.reason());
				return (decision.challenge() != null) ? refusal.header("WWW-Authenticate", decision.challenge())
						: refusal;
			}
		}
		return null;
	}

	private ProtocolResponse deleted(DeleteOutcome outcome) {
		if (outcome instanceof DeleteOutcome.Deleted) {
			return ProtocolResponse.of(204);
		}
		if (outcome instanceof DeleteOutcome.DeletedBefore) {
			return keptForForks();
		}
		if (outcome instanceof DeleteOutcome.StorageFailed failed) {
			return failed(failed.failure(), this.counters);
		}
		return noStream();
	}

	static ProtocolResponse noStream() {
		return ProtocolResponse.problem(404, "There is no such stream");
	}

	/**
	 * Refuses what is asked of a stream that is gone (PROTOCOL 4.2).
	 */
	static ProtocolResponse noStream(LogHead head) {
		return head.keptForForks() ? keptForForks() : noStream();
	}

	private static ProtocolResponse keptForForks() {
		return ProtocolResponse.problem(410, "The stream was deleted: only its forks have its data still");
	}

	/**
	 * Answers where the store could not do what it should; the log tells more.
	 */
	static ProtocolResponse failed() {
		return ProtocolResponse.problem(500, "The stream server failed");
	}

	/**
	 * Answers where the storage could not keep something.
	 */
	static ProtocolResponse failed(Throwable failure, ServerCounters counters) {
		counters.failedWrites.increment();
		if (counters.storageFailure.compareAndSet(null, failure)) {
			logger.error("The storage has failed: nothing can be written until the server is started again", failure);
		}
		return ProtocolResponse.problem(500,
				"The store of the server has failed: what it had accepted before is there, "
						+ "and whether this was kept shows when the server is started again");
	}

	/**
	 * Tells when a stream expires (PROTOCOL 5.5).
	 */
	static void expiry(ProtocolResponse response, StreamLog log) {
		Duration timeToLive = log.description().timeToLive();
		if (timeToLive != null) {
			response.header(ProtocolHeaders.TTL, timeToLive.toSeconds());
		}
		Instant expiresAt = log.description().expiresAt();
		if (expiresAt != null) {
			response.header(ProtocolHeaders.EXPIRES_AT, expiresAt);
		}
	}

	private static CompletableFuture<ProtocolResponse> done(ProtocolResponse response) {
		return CompletableFuture.completedFuture(response);
	}

}
