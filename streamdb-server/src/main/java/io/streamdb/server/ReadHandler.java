package io.streamdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.Offset;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Reads streams: their head, what they hold, and what is yet to come (PROTOCOL 5.5 to
 * 5.8).
 */
final class ReadHandler {

	private static final int RETRY_SECONDS = 5;

	/** Clients hold an event as a whole before they see it. */
	private static final int MAX_EVENT_BYTES = 256 * 1024;

	private final StreamStore store;

	private final int maxChunkBytes;

	private final LiveSettings settings;

	private final LiveReaders readers;

	private final ServerTasks tasks;

	private final Cursors cursors;

	private final Clock clock;

	private final RandomGenerator random;

	private final ServerCounters counters;

	private final SharedEvents events = new SharedEvents();

	private final SharedEvents eventsWithOffsets = new SharedEvents();

	/** Whether events that go out over HTTP are told their offsets. */
	private final boolean offsetHeaders;

	ReadHandler(StreamStore store, int maxChunkBytes, LiveSettings settings, LiveReaders readers, ServerTasks tasks,
			Cursors cursors, Clock clock, RandomGenerator random, ServerCounters counters, boolean offsetHeaders) {
		this.store = store;
		this.maxChunkBytes = maxChunkBytes;
		this.settings = settings;
		this.readers = readers;
		this.tasks = tasks;
		this.cursors = cursors;
		this.clock = clock;
		this.random = random;
		this.counters = counters;
		this.offsetHeaders = offsetHeaders;
	}

	ProtocolResponse head(String path) {
		StreamLog log = this.store.find(path);
		if (log == null) {
			return ProtocolHandler.noStream();
		}
		LogHead head = log.head();
		if (head.gone()) {
			return ProtocolHandler.noStream(head);
		}
		ProtocolResponse response = describe(200, log, head.tail()).header("Content-Type", log.contentType());
		ProtocolHandler.expiry(response, log);
		return head.closed() ? response.header(ProtocolHeaders.CLOSED, true) : response;
	}

	CompletableFuture<ProtocolResponse> read(String path, ProtocolRequest request) {
		QueryParameters parameters = QueryParameters.parse(request.rawQuery());
		StreamLog log = this.store.find(path);
		if (log == null) {
			return done(ProtocolHandler.noStream());
		}
		LogHead head = log.head();
		if (head.gone()) {
			return done(ProtocolHandler.noStream(head));
		}
		String offset = parameters.get("offset");
		String live = parameters.get("live");
		if (live != null && !live.equals("long-poll") && !live.equals("sse")) {
			throw new BadRequestException("The query parameter live must be long-poll or sse");
		}
		if (live != null && offset == null) {
			throw new BadRequestException("A live read needs the query parameter offset");
		}
		Start start = start(log, head, offset);
		if (start == null) {
			return done(ProtocolResponse
				.problem(410, "The offset belongs to an earlier life of the stream: read from the start (offset=-1)")
				.header(ProtocolHeaders.INCARNATION, log.incarnation()));
		}
		log.touch();
		boolean remote = request.caller() != null;
		if (live == null) {
			return done("now".equals(offset) ? tail(log, head) : catchUp(log, head, start, remote, request));
		}
		String cursor = parameters.get("cursor");
		return live.equals("sse") ? done(sse(log, start.position(), cursor, remote))
				: longPoll(log, head, start, cursor, remote);
	}

	/**
	 * Finds where a read begins.
	 * @return the start, or {@code null} when the offset is of another incarnation
	 */
	private static @Nullable Start start(StreamLog log, LogHead head, @Nullable String text) {
		if (text == null || text.equals("-1")) {
			return new Start(0, false);
		}
		if (text.equals("now")) {
			return new Start(head.tail(), false);
		}
		Offset offset = Offset.parse(text);
		if (offset == null) {
			throw new BadRequestException("The offset is malformed: use one that the server gave, -1 or now");
		}
		long position = log.position(offset);
		if (position < 0) {
			return null;
		}
		if (!isBoundary(head, position)) {
			throw new BadRequestException("The offset is none that the server gave");
		}
		return new Start(position, true);
	}

	private static boolean isBoundary(LogHead head, long position) {
		try {
			return head.isBoundary(position);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static ProtocolResponse tail(StreamLog log, LogHead head) {
		ProtocolResponse response = describe(200, log, head.tail()).header("Content-Type", log.contentType())
			.header(ProtocolHeaders.UP_TO_DATE, true);
		if (head.closed()) {
			response.header(ProtocolHeaders.CLOSED, true);
		}
		return MediaType.parse(log.contentType()).isJson() ? response.body(BytesBody.text("[]")) : response;
	}

	private ProtocolResponse catchUp(StreamLog log, LogHead head, Start start, boolean remote,
			ProtocolRequest request) {
		ProtocolResponse response = messages(log, head, start, remote);
		String etag = response.header("ETag");
		if (etag != null && matches(request.header("If-None-Match"), etag)) {
			ProtocolResponse notModified = ProtocolResponse.of(304);
			response.body().close();
			response.headers().forEach((name, value) -> {
				if (!name.equalsIgnoreCase("Content-Type")) {
					notModified.header(name, value);
				}
			});
			return notModified;
		}
		return response;
	}

	/**
	 * Answers with messages. A full chunk after an offset never changes and may be kept
	 * for a while. What ends at the tail is asked for again, since more may be there by
	 * then, and so is what begins at the start or at the tail of whatever life the stream
	 * has. The tag tells all that the headers tell: a cache that gets 304 keeps the
	 * headers that it has.
	 */
	private ProtocolResponse messages(StreamLog log, LogHead head, Start start, boolean remote) {
		AppendRange range = read(head, start.position());
		if (range == null) {
			return ProtocolHandler.noStream(log.head());
		}
		this.counters.readBytes.add(range.byteCount());
		boolean atTail = range.end() == head.tail();
		boolean closed = atTail && head.closed();
		boolean withOffsets = remote && this.offsetHeaders;
		String end = range.end() + (closed ? ":c" : (atTail ? ":t" : "")) + (withOffsets ? ":o" : "");
		ProtocolResponse response = describe(200, log, range.end()).header("Content-Type", log.contentType())
			.header("Cache-Control", (atTail || !start.named()) ? "private, no-cache" : caching(log))
			.header("ETag", '"' + log.offset(start.position()).toString() + ':' + end + '"')
			.body(MessagesBody.of(range, log, start.position(), withOffsets));
		if (atTail) {
			response.header(ProtocolHeaders.UP_TO_DATE, true);
		}
		return closed ? response.header(ProtocolHeaders.CLOSED, true) : response;
	}

	private @Nullable AppendRange read(LogHead head, long position) {
		try {
			return head.read(position, this.maxChunkBytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Lets caches keep what the stream keeps too (PROTOCOL 5.6).
	 */
	private String caching(StreamLog log) {
		Instant deadline = log.deadline();
		if (!deadline.isBefore(Instant.MAX)) {
			return "private, max-age=60, stale-while-revalidate=300";
		}
		Duration left = Duration.between(this.clock.instant(), deadline);
		return "private, max-age=" + Math.max(0, Math.min(60, left.toSeconds()));
	}

	private static boolean matches(@Nullable String ifNoneMatch, String etag) {
		if (ifNoneMatch == null) {
			return false;
		}
		for (String candidate : ifNoneMatch.split(",")) {
			String tag = candidate.strip();
			if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
				return true;
			}
		}
		return false;
	}

	private CompletableFuture<ProtocolResponse> longPoll(StreamLog log, LogHead head, Start start,
			@Nullable String cursor, boolean remote) {
		if (start.position() < head.tail() || head.closed()) {
			return done(poll(log, head, start, cursor, remote));
		}
		LongPoll poll = new LongPoll(log, (later) -> poll(log, later, start, cursor, remote), this.tasks, remote);
		if (!this.readers.add(poll)) {
			return done(tooManyReaders());
		}
		return poll.await(head, this.settings.longPollTimeout(), this.readers);
	}

	private ProtocolResponse poll(StreamLog log, LogHead head, Start start, @Nullable String cursor, boolean remote) {
		if (head.gone()) {
			return ProtocolHandler.noStream(head);
		}
		ProtocolResponse response;
		if (start.position() < head.tail()) {
			response = messages(log, head, start, remote);
		}
		else {
			response = describe(204, log, start.position()).header(ProtocolHeaders.UP_TO_DATE, true);
			if (head.closed()) {
				response.header(ProtocolHeaders.CLOSED, true);
			}
		}
		return response.header(ProtocolHeaders.CURSOR, this.cursors.next(cursor));
	}

	private ProtocolResponse sse(StreamLog log, long position, @Nullable String cursor, boolean remote) {
		MediaType type = MediaType.parse(log.contentType());
		boolean withOffsets = remote && this.offsetHeaders;
		SseBody body = new SseBody(log, type, position, Math.min(MAX_EVENT_BYTES, this.maxChunkBytes), this.cursors,
				cursor, this.tasks, this.readers, this.settings.heartbeat(), sseDuration(), remote, withOffsets,
				withOffsets ? this.eventsWithOffsets : this.events, this.counters.readBytes::add);
		if (!this.readers.add(body)) {
			body.close();
			return tooManyReaders();
		}
		ProtocolResponse response = ProtocolResponse.of(200)
			.header("Content-Type", "text/event-stream")
			.header("Cache-Control", "no-cache")
			// Asks nginx and those who do as it does not to hold events back.
			.header("X-Accel-Buffering", "no")
			.header(ProtocolHeaders.INCARNATION, log.incarnation())
			.body(body);
		return type.isText() ? response : response.header(ProtocolHeaders.SSE_DATA_ENCODING, "base64");
	}

	/**
	 * Varies a little, so that readers that came together do not come back together.
	 */
	private Duration sseDuration() {
		long millis = this.settings.sseDuration().toMillis();
		return Duration.ofMillis(millis - this.random.nextLong(millis / 10 + 1));
	}

	private ProtocolResponse tooManyReaders() {
		this.counters.refusedReads.increment();
		return ProtocolResponse.problem(503, "The server has its limit of " + this.readers.maxRemote() + " live reads")
			.header("Retry-After", RETRY_SECONDS);
	}

	private static ProtocolResponse describe(int status, StreamLog log, long position) {
		return ProtocolResponse.of(status)
			.header(ProtocolHeaders.NEXT_OFFSET, log.offset(position))
			.header(ProtocolHeaders.INCARNATION, log.incarnation());
	}

	private static CompletableFuture<ProtocolResponse> done(ProtocolResponse response) {
		return CompletableFuture.completedFuture(response);
	}

	/**
	 * Where a read begins.
	 *
	 * @param position the position
	 * @param named whether the request named it by an offset, which belongs to one life
	 * of the stream
	 */
	private record Start(long position, boolean named) {
	}

}
