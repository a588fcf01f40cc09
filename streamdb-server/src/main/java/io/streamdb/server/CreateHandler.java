package io.streamdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.StreamDescription;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Creates streams (PROTOCOL 5.1), and forks of streams (PROTOCOL 4.2).
 */
final class CreateHandler {

	private static final Pattern SECONDS = Pattern.compile("0|[1-9]\\d{0,17}");

	private static final int RETRY_SECONDS = 30;

	private final StreamStore store;

	private final RequestBodies bodies;

	private final ServerCounters counters;

	CreateHandler(StreamStore store, RequestBodies bodies, ServerCounters counters) {
		this.store = store;
		this.bodies = bodies;
		this.counters = counters;
	}

	/**
	 * Creates a stream.
	 * @param path its path
	 * @param sourcePath the path of the stream to be forked, or {@code null}
	 * @param request what is wanted
	 * @return the response
	 */
	CompletableFuture<ProtocolResponse> create(String path, @Nullable String sourcePath, ProtocolRequest request)
			throws IOException, BodyTooLargeException, ServerBusyException {
		Duration timeToLive = timeToLive(request.header(ProtocolHeaders.TTL));
		Instant expiresAt = expiresAt(request.header(ProtocolHeaders.EXPIRES_AT));
		if (timeToLive != null && expiresAt != null) {
			throw new BadRequestException("Stream-TTL and Stream-Expires-At exclude each other");
		}
		ForkRequest fork = ForkRequest.read(sourcePath, request);
		String contentType = request.header("Content-Type");
		MediaType type = (contentType == null || contentType.isBlank()) ? null : MediaType.parse(contentType);
		Wish wish = new Wish(type, request.isTrue(ProtocolHeaders.CLOSED), timeToLive, expiresAt, fork);
		return (fork != null) ? fork(path, wish, fork, request)
				: create(path, wish, (type != null) ? type : MediaType.OCTETS, null, request);
	}

	private CompletableFuture<ProtocolResponse> fork(String path, Wish wish, ForkRequest fork, ProtocolRequest request)
			throws IOException, BodyTooLargeException, ServerBusyException {
		StreamLog existing = this.store.find(path);
		if (existing != null) {
			return done(existing(existing, wish));
		}
		StreamLog source = this.store.find(fork.sourcePath());
		if (source == null) {
			return done(ProtocolResponse.problem(404, "There is no such stream to be forked"));
		}
		if (source.head().gone()) {
			return done(sourceGone(source.head()));
		}
		if (wish.type() != null && !wish.type().matches(MediaType.parse(source.contentType()))) {
			return done(ProtocolResponse.problem(409, "The content type of the source is " + source.contentType()));
		}
		ForkCut cut;
		try {
			cut = fork.cut(source);
		}
		catch (IOException ex) {
			// Not the request's doing.
			throw new UncheckedIOException(ex);
		}
		return create(path, wish.withExpiryOf(source), MediaType.parse(source.contentType()), cut, request);
	}

	private CompletableFuture<ProtocolResponse> create(String path, Wish wish, MediaType type, @Nullable ForkCut cut,
			ProtocolRequest request) throws IOException, BodyTooLargeException, ServerBusyException {
		ProtocolResponse refusal = this.bodies.refusal(request, type);
		if (refusal != null) {
			return done(refusal);
		}
		byte[] body = this.bodies.read(request);
		byte[] content = (body.length > 0) ? this.bodies.content(body, type) : body;
		if (cut != null) {
			content = cut.before(content, type);
		}
		NewStream wanted = new NewStream(path, type.text(), (content.length > 0) ? content : null, wish.closed(),
				wish.timeToLive(), wish.expiresAt(), (cut != null) ? cut.origin() : null);
		// Later the request may be somebody else's.
		String url = request.url().get();
		return this.store.create(wanted).thenApply((outcome) -> answer(outcome, wish, url));
	}

	private ProtocolResponse answer(CreateOutcome outcome, Wish wish, String url) {
		if (outcome instanceof CreateOutcome.Created created) {
			return describe(201, created.log()).header("Location", url);
		}
		if (outcome instanceof CreateOutcome.Exists exists) {
			return existing(exists.log(), wish);
		}
		if (outcome instanceof CreateOutcome.TooManyStreams tooMany) {
			this.counters.refusedStreams.increment();
			return ProtocolResponse.problem(503, "The server holds its limit of " + tooMany.limit() + " streams")
				.header("Retry-After", RETRY_SECONDS);
		}
		if (outcome instanceof CreateOutcome.StoreFull full) {
			this.counters.refusedWrites.increment();
			return ProtocolResponse.problem(507, full.reason());
		}
		if (outcome instanceof CreateOutcome.StorageFailed failed) {
			return ProtocolHandler.failed(failed.failure(), this.counters);
		}
		return ProtocolResponse.problem(404, "There is no such stream to be forked");
	}

	private static ProtocolResponse sourceGone(LogHead head) {
		return head.keptForForks()
				? ProtocolResponse.problem(409,
						"The stream to be forked was deleted: only its forks have its data still")
				: ProtocolResponse.problem(404, "There is no such stream to be forked");
	}

	private static ProtocolResponse existing(StreamLog log, Wish wish) {
		LogHead head = log.head();
		if (head.keptForForks()) {
			return ProtocolResponse.problem(409,
					"A stream of this path was deleted, and forks have its data still: use another path");
		}
		String difference = wish.difference(log);
		if (difference != null) {
			return ProtocolResponse.problem(409, "The stream exists with " + difference);
		}
		if (head.closed() != wish.closed()) {
			ProtocolResponse conflict = ProtocolResponse.problem(409,
					"The stream exists and is " + (wish.closed() ? "open" : "closed"));
			return wish.closed() ? conflict : conflict.header(ProtocolHeaders.CLOSED, true);
		}
		return describe(200, log);
	}

	private static ProtocolResponse describe(int status, StreamLog log) {
		LogHead head = log.head();
		ProtocolResponse response = ProtocolResponse.of(status)
			.header("Content-Type", log.contentType())
			.header(ProtocolHeaders.INCARNATION, log.incarnation())
			.header(ProtocolHeaders.NEXT_OFFSET, log.offset(head.tail()));
		ProtocolHandler.expiry(response, log);
		return head.closed() ? response.header(ProtocolHeaders.CLOSED, true) : response;
	}

	private static @Nullable Duration timeToLive(@Nullable String text) {
		if (text == null) {
			return null;
		}
		if (!SECONDS.matcher(text).matches()) {
			throw new BadRequestException("Stream-TTL must be a number of seconds, in plain digits");
		}
		return Duration.ofSeconds(Long.parseLong(text));
	}

	private static @Nullable Instant expiresAt(@Nullable String text) {
		if (text == null) {
			return null;
		}
		try {
			return OffsetDateTime.parse(text).toInstant();
		}
		catch (DateTimeException ex) {
			throw new BadRequestException("Stream-Expires-At must be an RFC 3339 timestamp");
		}
	}

	private static CompletableFuture<ProtocolResponse> done(ProtocolResponse response) {
		return CompletableFuture.completedFuture(response);
	}

	/**
	 * What a request wants the stream to be.
	 *
	 * @param type the content type, or {@code null} when it does not say
	 * @param closed whether the stream is to be closed
	 * @param timeToLive the time to live, or {@code null}
	 * @param expiresAt when it is to expire, or {@code null}
	 * @param fork what it is to be a fork of, or {@code null}
	 */
	private record Wish(@Nullable MediaType type, boolean closed, @Nullable Duration timeToLive,
			@Nullable Instant expiresAt, @Nullable ForkRequest fork) {

		/**
		 * A fork that says nothing of its own end has that of its source (PROTOCOL 4.2).
		 */
		Wish withExpiryOf(StreamLog source) {
			StreamDescription origin = source.description();
			return (this.timeToLive != null || this.expiresAt != null) ? this
					: new Wish(this.type, this.closed, origin.timeToLive(), origin.expiresAt(), this.fork);
		}

		/**
		 * Says what an existing stream has that was not wanted, its closure apart.
		 */
		@Nullable String difference(StreamLog log) {
			StreamDescription description = log.description();
			MediaType wanted = (this.type != null || this.fork != null) ? this.type : MediaType.OCTETS;
			if (wanted != null && !wanted.matches(MediaType.parse(log.contentType()))) {
				return "another content type: " + log.contentType();
			}
			if ((this.fork == null) ? description.fork() != null : !this.fork.matches(log)) {
				return "another source, or none";
			}
			// A fork that was created without saying has what its source had.
			boolean unsaid = this.fork != null && this.timeToLive == null && this.expiresAt == null;
			if (!unsaid && (!Objects.equals(this.timeToLive, description.timeToLive())
					|| !Objects.equals(this.expiresAt, description.expiresAt()))) {
				return "another Stream-TTL or Stream-Expires-At, or none";
			}
			return null;
		}

	}

}
