package io.streamdb.server;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

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

	/** Of requests, which scripts of other origins may set. */
	private static final String ALLOWED_HEADERS = String.join(", ", "Authorization", "Content-Type", "If-Match",
			"If-None-Match", ProtocolHeaders.SEQUENCE, ProtocolHeaders.TTL, ProtocolHeaders.EXPIRES_AT,
			ProtocolHeaders.CLOSED, ProtocolHeaders.FORKED_FROM, ProtocolHeaders.FORK_OFFSET,
			ProtocolHeaders.FORK_SUB_OFFSET, ProtocolHeaders.PRODUCER_ID, ProtocolHeaders.PRODUCER_EPOCH,
			ProtocolHeaders.PRODUCER_SEQUENCE);

	private static final int PREFLIGHT_SECONDS = 3600;

	private final StreamStore store;

	private final StreamAccess access;

	private final CreateHandler creates;

	private final AppendHandler appends;

	private final ReadHandler reads;

	private volatile boolean closed;

	ProtocolHandler(StreamStore store, StreamAccess access, CreateHandler creates, AppendHandler appends,
			ReadHandler reads) {
		this.store = store;
		this.access = access;
		this.creates = creates;
		this.appends = appends;
		this.reads = reads;
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
		try {
			return answer(request);
		}
		catch (BadRequestException ex) {
			return done(ProtocolResponse.problem(400, ex.getMessage()));
		}
		catch (BodyTooLargeException ex) {
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
			throws IOException, BodyTooLargeException {
		if (this.closed) {
			return done(ProtocolResponse.problem(503, "The stream server is closed").header("Retry-After", 5));
		}
		if (request.method().equals("OPTIONS")) {
			return done(preflight());
		}
		Set<StreamOperation> operations = operations(request);
		if (operations.isEmpty()) {
			return done(ProtocolResponse.problem(405, "Not a method of the protocol: " + request.method())
				.header("Allow", METHODS));
		}
		String path = StreamPath.normalise(request.rawPath(), request.rawMount());
		if (path.isEmpty()) {
			return done(ProtocolResponse.problem(404, "The URL names no stream"));
		}
		if (StreamPath.isReserved(path)) {
			return done(ProtocolResponse.problem(501, "This server has no subscriptions"));
		}
		ProtocolResponse refusal = refusal(request, path, operations);
		String source = source(request);
		if (refusal == null && source != null) {
			// A fork tells what its source holds.
			refusal = refusal(request, source, EnumSet.of(StreamOperation.READ));
		}
		if (refusal != null) {
			return done(refusal);
		}
		return switch (request.method()) {
			case "PUT" -> this.creates.create(path, source, request);
			case "POST" -> this.appends.append(path, request);
			case "DELETE" -> this.store.delete(path).thenApply(ProtocolHandler::deleted);
			case "HEAD" -> done(this.reads.head(path));
			default -> this.reads.read(path, request);
		};
	}

	/**
	 * Answers what browsers ask before they send a request of another origin. Tells
	 * nothing of any stream; whether the request itself is served is decided when it
	 * comes.
	 */
	private static ProtocolResponse preflight() {
		return ProtocolResponse.of(204)
			.header("Allow", METHODS)
			.header("Access-Control-Allow-Methods", METHODS)
			.header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
			.header("Access-Control-Max-Age", PREFLIGHT_SECONDS);
	}

	private static @Nullable String source(ProtocolRequest request) {
		String source = request.header(ProtocolHeaders.FORKED_FROM);
		if (source == null || !request.method().equals("PUT")) {
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

	private static ProtocolResponse deleted(DeleteOutcome outcome) {
		if (outcome instanceof DeleteOutcome.Deleted) {
			return ProtocolResponse.of(204);
		}
		if (outcome instanceof DeleteOutcome.DeletedBefore) {
			return keptForForks();
		}
		return (outcome instanceof DeleteOutcome.StorageFailed) ? failed() : noStream();
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
