package io.streamdb.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;

import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.StreamLog;

/**
 * A stream as server-sent events (PROTOCOL 5.8). Each data event holds whole appends
 * (SPEC M5) and is followed by a control event that tells where it ended, so that a
 * connection can end after any control event. Pulls from the log when the client takes
 * more, and so keeps no more than a piece of one event however far behind a client is.
 * <p>
 * When its time is over it ends after the next control event. A client that hardly takes
 * anything would put that off as long as it likes: it is cut off, and comes back to its
 * last control event.
 */
final class SseBody implements ResponseBody, LiveReader {

	private static final byte[] DATA_EVENT = bytes("event: data\n");

	private static final byte[] DATA_LINE = bytes("data:");

	private static final byte[] HEARTBEAT = bytes(": still here\n\n");

	/** A multiple of three, so that pieces in base64 can be put together. */
	private static final int PIECE = 3 * 4096;

	/**
	 * How long the last event may take, as long as the client is not slower than that.
	 */
	private static final Duration LAST_EVENT = Duration.ofSeconds(5);

	private static final int SLOWEST_CLIENT_BYTES = 64 * 1024;

	/** How long the last event may take when the server wants all reads to end. */
	private static final Duration LAST_EVENT_AT_STOP = Duration.ofSeconds(1);

	private static final byte[] NOTHING = new byte[0];

	private final StreamLog log;

	private final MediaType type;

	private final int maxEventBytes;

	private final Cursors cursors;

	private final @Nullable String clientCursor;

	private @Nullable String lastCursor;

	private final ServerTasks tasks;

	private final LiveReaders readers;

	private final Duration heartbeat;

	private final boolean remote;

	private final boolean offsetHeaders;

	private final SharedEvents events;

	private final LongConsumer reading;

	private final Future<?> expiry;

	private final AtomicBoolean liveReadEnds = new AtomicBoolean();

	private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();

	private final AtomicReference<@Nullable Future<?>> cutTimer = new AtomicReference<>();

	private long position;

	/** What the log held when there was nothing more to send; only then kept. */
	private @Nullable LogHead seen;

	private byte[] staged = NOTHING;

	private int stagedPosition;

	private volatile @Nullable MessagesBody payload;

	private boolean lineBegins;

	private boolean afterCarriageReturn;

	private boolean told;

	private boolean ended;

	private volatile boolean expired;

	private volatile boolean heartbeatDue;

	private volatile boolean closed;

	private volatile StreamLog.@Nullable ChangeRegistration registration;

	private volatile @Nullable Future<?> heartbeatTimer;

	private volatile @Nullable Runnable whenOverdue;

	private volatile boolean overdue;

	private volatile boolean stopping;

	/** Written by the thread that reads, read by the timer. */
	private volatile long taken;

	private volatile long takenAtLastCheck;

	SseBody(StreamLog log, MediaType type, long position, int maxEventBytes, Cursors cursors,
			@Nullable String clientCursor, ServerTasks tasks, LiveReaders readers, Duration heartbeat,
			Duration duration, boolean remote, boolean offsetHeaders, SharedEvents events, LongConsumer reading) {
		this.log = log;
		this.type = type;
		this.position = position;
		this.maxEventBytes = maxEventBytes;
		this.cursors = cursors;
		this.clientCursor = clientCursor;
		this.tasks = tasks;
		this.readers = readers;
		this.heartbeat = heartbeat;
		this.remote = remote;
		this.offsetHeaders = offsetHeaders;
		this.events = events;
		this.reading = reading;
		log.beginLiveRead();
		this.expiry = tasks.schedule(() -> expire(LAST_EVENT), duration);
	}

	@Override
	public boolean remote() {
		return this.remote;
	}

	@Override
	public long length() {
		return -1;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		while (this.stagedPosition == this.staged.length) {
			if (!stage()) {
				return this.ended ? END : 0;
			}
		}
		int count = Math.min(length, this.staged.length - this.stagedPosition);
		System.arraycopy(this.staged, this.stagedPosition, target, offset, count);
		this.stagedPosition += count;
		this.taken += count;
		if (this.stagedPosition == this.staged.length) {
			stage(NOTHING);
		}
		return count;
	}

	/**
	 * Makes the next piece.
	 * @return whether there is one
	 */
	private boolean stage() throws IOException {
		this.seen = null;
		MessagesBody messages = this.payload;
		if (messages != null) {
			stage(pieceOf(messages));
			return true;
		}
		if (this.ended) {
			return false;
		}
		LogHead head = this.log.head();
		if (head.gone() || (this.told && this.expired)) {
			this.ended = true;
			return false;
		}
		if (this.position < head.tail()) {
			return beginEvent(head);
		}
		if (!this.told || head.closed()) {
			stage(control());
			return true;
		}
		if (this.heartbeatDue) {
			this.heartbeatDue = false;
			stage(HEARTBEAT);
			return true;
		}
		this.seen = head;
		return false;
	}

	private boolean beginEvent(LogHead head) throws IOException {
		long start = this.position;
		if (head.tail() - start <= SharedEvents.MAX_BYTES) {
			byte[] shared = this.events.find(this.log.incarnation(), start, head.tail());
			if (shared != null) {
				this.position = head.tail();
				this.reading.accept(this.position - start);
				stage(concat(shared, control()));
				return true;
			}
		}
		AppendRange range = head.read(start, this.maxEventBytes);
		if (range == null) {
			this.ended = true;
			return false;
		}
		this.reading.accept(range.byteCount());
		this.payload = MessagesBody.of(range, this.log, start, this.offsetHeaders);
		if (this.closed) {
			range.close();
		}
		this.position = range.end();
		this.lineBegins = true;
		this.afterCarriageReturn = false;
		byte[] begin = this.type.isText() ? concat(DATA_EVENT, DATA_LINE) : DATA_EVENT;
		if (range.end() < head.tail() || range.byteCount() > SharedEvents.MAX_BYTES) {
			stage(begin);
			return true;
		}
		byte[] event = wholeEvent(begin);
		this.events.put(this.log.incarnation(), start, this.position, event);
		stage(concat(event, control()));
		return true;
	}

	/**
	 * Encodes an event at once, for all who want it.
	 */
	private byte[] wholeEvent(byte[] begin) throws IOException {
		ByteArrayOutputStream event = new ByteArrayOutputStream();
		event.writeBytes(begin);
		MessagesBody messages = this.payload;
		while (messages != null) {
			encode(messages, event);
			messages = this.payload;
		}
		return event.toByteArray();
	}

	private void stage(byte[] bytes) {
		this.staged = bytes;
		this.stagedPosition = 0;
	}

	private byte[] pieceOf(MessagesBody messages) throws IOException {
		ByteArrayOutputStream event = new ByteArrayOutputStream();
		encode(messages, event);
		if (this.payload == null) {
			event.writeBytes(control());
		}
		return event.toByteArray();
	}

	/**
	 * Encodes the next piece, and the end of the event after the last one.
	 */
	private void encode(MessagesBody messages, ByteArrayOutputStream event) throws IOException {
		long known = messages.length();
		byte[] piece = new byte[(known >= 0 && known < PIECE) ? (int) known + 1 : PIECE];
		int length = 0;
		while (length < piece.length) {
			int count = messages.read(piece, length, piece.length - length);
			if (count == END) {
				messages.close();
				this.payload = null;
				break;
			}
			length += count;
		}
		if (this.type.isText()) {
			writeLines(piece, length, event);
		}
		else if (length > 0) {
			event.writeBytes(DATA_LINE);
			event.writeBytes(Base64.getEncoder().encode(Arrays.copyOf(piece, length)));
			event.write('\n');
		}
		if (this.payload == null) {
			event.writeBytes(bytes(this.type.isText() ? "\n\n" : "\n"));
		}
	}

	/**
	 * Gives every line of the payload its own field, since a bare line break would let
	 * the payload write fields and events of its own.
	 */
	private void writeLines(byte[] piece, int length, ByteArrayOutputStream event) {
		int written = 0;
		for (int i = 0; i < length; i++) {
			byte octet = piece[i];
			if (octet == '\n' || octet == '\r') {
				event.write(piece, written, i - written);
				written = i + 1;
				if (octet == '\r' || !this.afterCarriageReturn) {
					event.write('\n');
					event.writeBytes(DATA_LINE);
					this.lineBegins = true;
				}
			}
			else if (this.lineBegins) {
				if (octet == ' ') {
					// The reader takes one space after the colon away.
					event.write(' ');
				}
				this.lineBegins = false;
			}
			this.afterCarriageReturn = octet == '\r';
		}
		event.write(piece, written, length - written);
	}

	private byte[] control() {
		LogHead head = this.log.head();
		boolean atTail = this.position == head.tail() && !head.gone();
		StringBuilder control = new StringBuilder("event: control\ndata:{\"streamNextOffset\":\"");
		control.append(this.log.offset(this.position)).append('"');
		if (atTail && head.closed()) {
			control.append(",\"upToDate\":true,\"streamClosed\":true");
			this.ended = true;
		}
		else {
			control.append(",\"streamCursor\":\"").append(nextCursor()).append('"');
			if (atTail) {
				control.append(",\"upToDate\":true");
			}
		}
		this.told = true;
		return bytes(control.append("}\n\n").toString());
	}

	private String nextCursor() {
		String last = this.lastCursor;
		String next = (last == null) ? this.cursors.next(this.clientCursor) : this.cursors.later(last);
		this.lastCursor = next;
		return next;
	}

	@Override
	public void whenReady(Runnable action) {
		LogHead unchanged = this.seen;
		if (unchanged == null) {
			throw new IllegalStateException("There may be more to read");
		}
		stopWaiting();
		this.waiting.set(action);
		this.heartbeatTimer = this.tasks.schedule(this::beat, this.heartbeat);
		this.registration = this.log.onChange(unchanged, this::wake);
		if (this.closed || this.waiting.get() == null) {
			// Whoever was first could not know yet what there is to be stopped.
			stopWaiting();
		}
		else if (this.expired) {
			this.tasks.execute(this::wake);
		}
	}

	private void beat() {
		this.heartbeatDue = true;
		wake();
	}

	private void wake() {
		Runnable action = this.waiting.getAndSet(null);
		if (action != null) {
			stopWaiting();
			action.run();
		}
	}

	@Override
	public boolean isTimed() {
		return true;
	}

	@Override
	public void whenOverdue(Runnable action) {
		this.whenOverdue = action;
		if (this.overdue) {
			action.run();
		}
	}

	@Override
	public void end() {
		this.stopping = true;
		expire(LAST_EVENT_AT_STOP);
	}

	private void expire(Duration lastEvent) {
		this.takenAtLastCheck = this.taken;
		this.expired = true;
		this.tasks.execute(this::wake);
		checkLater(lastEvent);
	}

	private void checkLater(Duration delay) {
		Future<?> previous = this.cutTimer.getAndSet(this.tasks.schedule(this::check, delay));
		if (previous != null) {
			previous.cancel(false);
		}
		if (this.closed) {
			cancelCutTimer();
		}
	}

	private void check() {
		long progress = this.taken - this.takenAtLastCheck;
		if (progress >= SLOWEST_CLIENT_BYTES && !this.stopping) {
			this.takenAtLastCheck += progress;
			checkLater(LAST_EVENT);
			return;
		}
		this.overdue = true;
		Runnable action = this.whenOverdue;
		if (action != null) {
			action.run();
		}
	}

	private void cancelCutTimer() {
		Future<?> timer = this.cutTimer.get();
		if (timer != null) {
			timer.cancel(false);
		}
	}

	@Override
	public void close() {
		this.closed = true;
		this.waiting.set(null);
		this.expiry.cancel(false);
		cancelCutTimer();
		stopWaiting();
		this.readers.remove(this);
		MessagesBody messages = this.payload;
		if (messages != null) {
			messages.close();
		}
		if (this.liveReadEnds.compareAndSet(false, true)) {
			this.log.endLiveRead();
		}
	}

	private void stopWaiting() {
		StreamLog.ChangeRegistration change = this.registration;
		if (change != null) {
			change.cancel();
		}
		Future<?> timer = this.heartbeatTimer;
		if (timer != null) {
			timer.cancel(false);
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static byte[] concat(byte[] first, byte[] second) {
		byte[] both = Arrays.copyOf(first, first.length + second.length);
		System.arraycopy(second, 0, both, first.length, second.length);
		return both;
	}

}
