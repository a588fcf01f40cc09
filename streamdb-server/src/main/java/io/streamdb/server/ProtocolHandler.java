package io.streamdb.server;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.StreamStore;

/**
 * Answers requests of the protocol, whatever carried them here: decides whether to answer
 * at all, and hands them to the operation. Never blocks but to read the body of a
 * request.
 */
final class ProtocolHandler {

	private static final Logger logger = LoggerFactory.getLogger(ProtocolHandler.class);

	private static final String METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

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
			return done(ProtocolResponse.problem(500, "The stream server failed"));
		}
	}

	private CompletableFuture<ProtocolResponse> answer(ProtocolRequest request)
			throws IOException, BodyTooLargeException {
		if (this.closed) {
			return done(ProtocolResponse.problem(503, "The stream server is closed").header("Retry-After", 5));
		}
		if (request.method().equals("OPTIONS")) {
			return done(ProtocolResponse.of(204).header("Allow", METHODS));
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
		if (refusal != null) {
			return done(refusal);
		}
		return switch (request.method()) {
			case "PUT" -> done(this.creates.create(path, request));
			case "POST" -> done(this.appends.append(path, request));
			case "DELETE" -> done(delete(path));
			case "HEAD" -> done(this.reads.head(path));
			default -> this.reads.read(path, request);
		};
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

	private ProtocolResponse delete(String path) {
		return this.store.delete(path) ? ProtocolResponse.of(204) : noStream();
	}

	static ProtocolResponse noStream() {
		return ProtocolResponse.problem(404, "There is no such stream");
	}

	private static CompletableFuture<ProtocolResponse> done(ProtocolResponse response) {
		return CompletableFuture.completedFuture(response);
	}

}
