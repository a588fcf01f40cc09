package io.streamdb.client;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

/**
 * A read in progress, on one thread from its start to its end (SPEC P2, P3).
 * <p>
 * It catches up with plain reads until the server says that there is nothing more, and
 * then follows the stream by server-sent events or long-poll. Its only position is the
 * offset of the last batch that the handler has confirmed. After a failure it goes back
 * there and catches up again: a plain read is answered at once, so that a server that is
 * back is known to be back.
 */
final class ReadLoop implements StreamReader, Runnable {

	/** How many useless connections in a row make server-sent events be given up. */
	private static final int MAX_USELESS_CONNECTIONS = 3;

	/** A connection for server-sent events that ends sooner has ended at once. */
	private static final Duration SHORT_CONNECTION = Duration.ofSeconds(1);

	/** A live request that brought nothing and ended sooner was not waiting for data. */
	private static final Duration INSTANT = Duration.ofMillis(200);

	/** The longest wait between requests that end at once and bring nothing. */
	private static final RetryPolicy IDLE_DELAYS = new RetryPolicy(RetryPolicy.UNBOUNDED, Duration.ofMillis(50),
			Duration.ofSeconds(1));

	private final RequestSender sender;

	private final ClientSettings settings;

	private final BatchHandler handler;

	private final LiveMode live;

	private final StopSignal stop = new StopSignal();

	private final CompletableFuture<Void> completion = new CompletableFuture<>();

	private final ReadFailures failures;

	private final Backoff idleBackoff;

	private String offset;

	private @Nullable String cursor;

	private @Nullable String contentType;

	private @Nullable String incarnation;

	private Mode mode = Mode.CATCH_UP;

	private boolean eventsGivenUp;

	private int uselessConnections;

	private int idleRequests;

	private boolean retrying;

	ReadLoop(RequestSender sender, ReadOptions options, BatchHandler handler) {
		this.sender = sender;
		this.settings = sender.settings();
		this.handler = handler;
		this.live = options.live();
		this.offset = options.offset();
		this.incarnation = options.incarnation();
		this.failures = new ReadFailures(new Backoff(this.settings.readRetryPolicy(), this.settings.random()));
		this.idleBackoff = new Backoff(IDLE_DELAYS, this.settings.random());
	}

	@Override
	public CompletableFuture<Void> completion() {
		return this.completion;
	}

	@Override
	public void close() {
		this.stop.stop();
	}

	@Override
	public void run() {
		Throwable failure = null;
		try {
			boolean more = true;
			while (more && !this.stop.isStopped()) {
				more = step();
			}
		}
		catch (HandlerFailure ex) {
			failure = ex.thrown();
		}
		catch (RequestFailure ex) {
			failure = ex.error();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			failure = this.sender.errors().interrupted(ex);
		}
		catch (Throwable ex) {
			failure = ex;
		}
		if (failure == null || this.stop.isStopped()) {
			this.completion.complete(null);
		}
		else {
			this.completion.completeExceptionally(failure);
		}
	}

	/**
	 * Does one request.
	 * @return whether there is more to read
	 */
	private boolean step() throws RequestFailure, HandlerFailure, InterruptedException {
		try {
			return switch (this.mode) {
				case CATCH_UP -> catchUp();
				case LONG_POLL -> longPoll();
				case EVENTS -> follow();
			};
		}
		catch (RequestFailure ex) {
			if (!this.stop.isStopped()) {
				recover(ex);
			}
			return true;
		}
	}

	/**
	 * Sends a request of the read.
	 * @return a response of the stream that is read, and not of another one at its URL
	 */
	private Exchange open(StreamRequest request) throws RequestFailure, HandlerFailure, InterruptedException {
		Exchange exchange;
		try {
			exchange = this.sender.call(this.stop).open(request);
		}
		catch (RequestFailure ex) {
			if (ex.error() instanceof StreamGoneException gone) {
				checkIncarnation(request, ex.status(), gone.incarnation());
			}
			throw ex;
		}
		boolean checked = false;
		try {
			String named = exchange.header(ProtocolNames.INCARNATION);
			checkIncarnation(request, exchange.status(), named);
			if (named != null && this.incarnation == null) {
				this.incarnation = named;
				this.handler.incarnation(named);
			}
			checked = true;
			return exchange;
		}
		catch (RuntimeException | Error ex) {
			throw new HandlerFailure(ex);
		}
		finally {
			if (!checked) {
				exchange.close();
			}
		}
	}

	private void checkIncarnation(StreamRequest request, int status, @Nullable String named) throws RequestFailure {
		if (named != null && this.incarnation != null && !named.equals(this.incarnation)) {
			throw this.sender.errors()
				.recreated(request, status,
						"its incarnation is " + named + ", and not " + this.incarnation + " as before");
		}
	}

	private boolean catchUp() throws RequestFailure, HandlerFailure, InterruptedException {
		Round round = new Round();
		BatchEnd end = fetch(request(null));
		if (end.closed() || (end.upToDate() && this.live == LiveMode.OFF)) {
			return false;
		}
		this.failures.caughtUp(end.upToDate());
		if (end.upToDate()) {
			this.mode = liveMode();
		}
		else {
			pace(round);
		}
		return true;
	}

	private Mode liveMode() {
		return switch (this.live) {
			case SSE -> Mode.EVENTS;
			case AUTO -> (MediaTypes.isTextual(this.contentType) && !this.eventsGivenUp) ? Mode.EVENTS : Mode.LONG_POLL;
			default -> Mode.LONG_POLL;
		};
	}

	private boolean longPoll() throws RequestFailure, HandlerFailure, InterruptedException {
		Round round = new Round();
		BatchEnd end = fetch(request("long-poll"));
		this.failures.forget();
		if (end.closed()) {
			return false;
		}
		pace(round);
		return true;
	}

	private BatchEnd fetch(StreamRequest request) throws RequestFailure, HandlerFailure, InterruptedException {
		try (Exchange exchange = open(request)) {
			boolean empty = exchange.status() == 204;
			String next = exchange.header(ProtocolNames.NEXT_OFFSET);
			if (next == null || next.isEmpty()) {
				throw this.sender.errors().foreign(request, exchange.status());
			}
			if (!empty) {
				this.contentType = exchange.header(ProtocolNames.CONTENT_TYPE);
			}
			boolean closed = exchange.flag(ProtocolNames.CLOSED);
			boolean upToDate = empty || closed || exchange.flag(ProtocolNames.UP_TO_DATE);
			BatchEnd end = new BatchEnd(next, upToDate, closed, exchange.header(ProtocolNames.STREAM_CURSOR));
			Batch batch = batch(request, exchange);
			batch.checkOrder(next);
			answered();
			try {
				if (!empty) {
					batch.deliver(exchange.body());
				}
				end(batch, end);
			}
			catch (RequestFailure | HandlerFailure ex) {
				batch.abort(ex.getCause());
				throw ex;
			}
			return end;
		}
	}

	private boolean follow() throws RequestFailure, HandlerFailure, InterruptedException {
		StreamRequest request = request("sse");
		Round round = new Round();
		boolean closed;
		try (Exchange exchange = open(request)) {
			round.opened();
			closed = readEvents(request, exchange, round);
		}
		catch (RequestFailure ex) {
			if (this.live == LiveMode.AUTO && !round.isOpen() && isUnsupported(ex.status())) {
				this.eventsGivenUp = true;
				this.mode = liveMode();
				return true;
			}
			judge(round);
			throw ex;
		}
		if (closed) {
			return false;
		}
		judge(round);
		this.failures.forget();
		this.mode = liveMode();
		pace(round);
		return true;
	}

	private boolean readEvents(StreamRequest request, Exchange exchange, Round round)
			throws RequestFailure, HandlerFailure {
		if (!MediaTypes.isEventStream(exchange.header(ProtocolNames.CONTENT_TYPE))) {
			if (exchange.header(ProtocolNames.NEXT_OFFSET) == null) {
				throw this.sender.errors().foreign(request, exchange.status());
			}
			throw this.sender.errors()
				.unreadable(request, exchange.status(), "with content type '"
						+ exchange.header(ProtocolNames.CONTENT_TYPE) + "' instead of text/event-stream", null);
		}
		answered();
		boolean base64 = "base64".equalsIgnoreCase(exchange.header(ProtocolNames.SSE_DATA_ENCODING));
		BiFunction<String, @Nullable Throwable, StreamParseException> error = (what,
				cause) -> (StreamParseException) this.sender.errors()
					.unreadable(request, exchange.status(), "with " + what, cause)
					.error();
		ServerSentEvents events = new ServerSentEvents(exchange.body(), error);
		Batch batch = batch(request, exchange);
		try {
			ServerSentEvents.Event event;
			while ((event = events.next()) != null) {
				if (event.type().equals("data")) {
					batch.deliver(base64 ? new Base64Body(event.data(), error) : event.data());
				}
				else if (event.type().equals("control")) {
					BatchEnd end = SseControl.read(event.data(), error);
					round.control();
					end(batch, end);
					if (end.closed()) {
						return true;
					}
					batch = batch(request, exchange);
				}
			}
			if (batch.isOpen()) {
				throw new EOFException("the events ended before the control event of their batch");
			}
			return false;
		}
		catch (RequestFailure | HandlerFailure ex) {
			batch.abort(ex.getCause());
			throw ex;
		}
		catch (StreamParseException ex) {
			batch.abort(ex);
			throw new RequestFailure(ex);
		}
		catch (IOException ex) {
			RequestFailure failure = this.sender.errors().ofCause(request, ex);
			batch.abort(failure.error());
			throw failure;
		}
	}

	private static boolean isUnsupported(int status) {
		return status == 400 || status == 405 || status == 406 || status == 415 || status == 501;
	}

	private StreamRequest request(@Nullable String live) {
		Map<String, String> parameters = new HashMap<>();
		parameters.put(ProtocolNames.OFFSET, this.offset);
		StreamRequest request = StreamRequest.of("GET", this.settings.requestTimeout());
		if (live == null) {
			return request.withParameters(parameters);
		}
		parameters.put(ProtocolNames.LIVE, live);
		if (this.cursor != null) {
			parameters.put(ProtocolNames.CURSOR, this.cursor);
		}
		return request.withParameters(parameters).asLive();
	}

	private Batch batch(StreamRequest request, Exchange exchange) {
		return new Batch(this.handler, this.sender.errors(), request, exchange.status(), this.offset,
				MediaTypes.isJson(this.contentType));
	}

	private void end(Batch batch, BatchEnd end) throws RequestFailure, HandlerFailure {
		batch.end(end);
		if (!end.offset().equals(this.offset)) {
			this.offset = end.offset();
			this.failures.forget();
		}
		if (end.cursor() != null) {
			this.cursor = end.cursor();
		}
	}

	private void answered() throws HandlerFailure {
		this.failures.answered();
		if (this.retrying) {
			this.retrying = false;
			try {
				this.handler.connected();
			}
			catch (Throwable ex) {
				throw new HandlerFailure(ex);
			}
		}
	}

	private void recover(RequestFailure failure) throws RequestFailure, HandlerFailure, InterruptedException {
		if (!this.failures.add(failure, this.mode != Mode.CATCH_UP)) {
			throw failure;
		}
		this.mode = Mode.CATCH_UP;
		this.retrying = true;
		try {
			this.handler.retrying(failure.error(), this.failures.inARow());
		}
		catch (Throwable ex) {
			throw new HandlerFailure(ex);
		}
		this.settings.pause().await(this.failures.delay(failure), this.stop.stopped());
	}

	/**
	 * Waits after a request that came back at once and brought nothing, so that a server
	 * that does not wait for data is not asked in a tight loop.
	 */
	private void pace(Round round) throws InterruptedException {
		if (round.progressed() || round.elapsed().compareTo(INSTANT) >= 0) {
			this.idleRequests = 0;
			return;
		}
		this.idleRequests++;
		this.settings.pause().await(this.idleBackoff.atLeastHalf(this.idleRequests), this.stop.stopped());
	}

	/**
	 * Counts connections for server-sent events that were of no use: that ended without a
	 * control event, or at once without anything new, or that were held back and then
	 * came all at once.
	 */
	private void judge(Round round) {
		if (!round.isOpen()) {
			return;
		}
		if (round.elapsed().compareTo(SHORT_CONNECTION) >= 0 && round.sawControl()) {
			this.failures.forget();
		}
		this.uselessConnections = round.isUseless() ? this.uselessConnections + 1 : 0;
		if (this.uselessConnections >= MAX_USELESS_CONNECTIONS) {
			this.eventsGivenUp = true;
		}
	}

	private enum Mode {

		CATCH_UP, LONG_POLL, EVENTS

	}

	/**
	 * One request, seen from outside.
	 */
	private final class Round {

		private final long start = now();

		private final String from = ReadLoop.this.offset;

		private long opened;

		private boolean open;

		private boolean control;

		void opened() {
			this.opened = now();
			this.open = true;
		}

		void control() {
			this.control = true;
		}

		boolean isOpen() {
			return this.open;
		}

		boolean sawControl() {
			return this.control;
		}

		boolean progressed() {
			return !this.from.equals(ReadLoop.this.offset);
		}

		Duration elapsed() {
			return Duration.ofNanos(now() - this.start);
		}

		boolean isUseless() {
			if (!this.control) {
				return true;
			}
			boolean brief = Duration.ofNanos(now() - this.opened).compareTo(SHORT_CONNECTION) < 0;
			boolean heldBack = Duration.ofNanos(this.opened - this.start).compareTo(SHORT_CONNECTION) >= 0;
			return brief && (!progressed() || heldBack);
		}

		private long now() {
			return ReadLoop.this.settings.nanoTime().getAsLong();
		}

	}

}
