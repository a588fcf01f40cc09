package io.streamdb.server;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Creates streams (PROTOCOL 5.1).
 */
final class CreateHandler {

	private static final Pattern SECONDS = Pattern.compile("0|[1-9]\\d{0,17}");

	private static final int RETRY_SECONDS = 30;

	private final StreamStore store;

	private final RequestBodies bodies;

	CreateHandler(StreamStore store, RequestBodies bodies) {
		this.store = store;
		this.bodies = bodies;
	}

	ProtocolResponse create(String path, ProtocolRequest request) throws IOException, BodyTooLargeException {
		String contentType = request.header("Content-Type");
		MediaType type = (contentType == null || contentType.isBlank()) ? MediaType.OCTETS
				: MediaType.parse(contentType);
		ProtocolResponse refusal = unsupported(request);
		if (refusal == null) {
			refusal = this.bodies.refusal(request, type);
		}
		if (refusal != null) {
			return refusal;
		}
		byte[] body = this.bodies.read(request);
		byte[] content = (body.length > 0) ? this.bodies.content(body, type) : body;
		boolean closed = request.isTrue(ProtocolHeaders.CLOSED);
		CreateOutcome outcome = this.store.create(path, type.text(), (content.length > 0) ? content : null, closed);
		if (outcome instanceof CreateOutcome.Created created) {
			return describe(201, created.log()).header("Location", request.url().get());
		}
		if (outcome instanceof CreateOutcome.Exists exists) {
			return existing(exists.log(), type, closed);
		}
		if (outcome instanceof CreateOutcome.TooManyStreams tooMany) {
			return ProtocolResponse.problem(503, "The server holds its limit of " + tooMany.limit() + " streams")
				.header("Retry-After", RETRY_SECONDS);
		}
		return ProtocolResponse.problem(507, AppendHandler.storeFull(((CreateOutcome.StoreFull) outcome).limit()));
	}

	/**
	 * What this server cannot honour is not ignored: a stream that was meant to expire
	 * must not stay for ever.
	 */
	private static @Nullable ProtocolResponse unsupported(ProtocolRequest request) {
		String ttl = request.header(ProtocolHeaders.TTL);
		String expiresAt = request.header(ProtocolHeaders.EXPIRES_AT);
		if (ttl != null && expiresAt != null) {
			throw new BadRequestException("Stream-TTL and Stream-Expires-At exclude each other");
		}
		if (ttl != null && !SECONDS.matcher(ttl).matches()) {
			throw new BadRequestException("Stream-TTL must be a number of seconds, in plain digits");
		}
		if (expiresAt != null && !isTimestamp(expiresAt)) {
			throw new BadRequestException("Stream-Expires-At must be an RFC 3339 timestamp");
		}
		if (request.header(ProtocolHeaders.FORKED_FROM) != null) {
			return ProtocolResponse.problem(501, "This server has no forks (Stream-Forked-From)");
		}
		if (request.header(ProtocolHeaders.FORK_OFFSET) != null
				|| request.header(ProtocolHeaders.FORK_SUB_OFFSET) != null) {
			throw new BadRequestException("Stream-Fork-Offset and Stream-Fork-Sub-Offset need Stream-Forked-From");
		}
		if (ttl != null || expiresAt != null) {
			return ProtocolResponse.problem(501,
					"Streams of this server do not expire (Stream-TTL, Stream-Expires-At)");
		}
		return null;
	}

	private static boolean isTimestamp(String text) {
		try {
			OffsetDateTime.parse(text);
			return true;
		}
		catch (DateTimeException ex) {
			return false;
		}
	}

	private static ProtocolResponse existing(StreamLog log, MediaType type, boolean closed) {
		if (!MediaType.parse(log.contentType()).essence().equals(type.essence())) {
			return ProtocolResponse.problem(409, "The stream exists with another content type: " + log.contentType());
		}
		if (log.head().closed() != closed) {
			ProtocolResponse conflict = ProtocolResponse.problem(409,
					"The stream exists and is " + (closed ? "open" : "closed"));
			return closed ? conflict : conflict.header(ProtocolHeaders.CLOSED, true);
		}
		return describe(200, log);
	}

	private static ProtocolResponse describe(int status, StreamLog log) {
		LogHead head = log.head();
		ProtocolResponse response = ProtocolResponse.of(status)
			.header("Content-Type", log.contentType())
			.header(ProtocolHeaders.INCARNATION, log.incarnation())
			.header(ProtocolHeaders.NEXT_OFFSET, log.offset(head.tail()));
		return head.closed() ? response.header(ProtocolHeaders.CLOSED, true) : response;
	}

}
