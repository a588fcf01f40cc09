package io.streamdb.server.subscription;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.streamdb.server.store.Append;
import io.streamdb.server.store.AppendOutcome;
import io.streamdb.server.store.AppendRange;
import io.streamdb.server.store.CreateOutcome;
import io.streamdb.server.store.LogHead;
import io.streamdb.server.store.NewStream;
import io.streamdb.server.store.StreamLog;
import io.streamdb.server.store.StreamStore;

/**
 * Keeps what becomes of subscriptions, as lines of JSON in a stream of the same store
 * whose path no client can reach: so it is as durable as what the subscriptions are
 * about, and is forced together with it.
 * <p>
 * When the stream has become long, a new one takes its place. It begins with all there
 * is, while lines still go to the old one; then it gets the lines that came meanwhile and
 * the line {@code live}, in one append, and from there on all lines go to it alone.
 * Whoever opens the store takes the youngest stream that is live. Guarded by the lock of
 * the subscriptions.
 */
final class Journal {

	/** Where the streams are: no client reaches a path of the protocol's own. */
	static final String PREFIX = "__ds/journal/";

	private static final Logger logger = LoggerFactory.getLogger(Journal.class);

	private static final String CONTENT_TYPE = "application/x-ndjson";

	private static final String LIVE = "live";

	private static final int CHUNK = 1 << 20;

	/** Up to which length nobody minds. */
	static final long MIN_LENGTH = 1 << 20;

	/** How much longer the stream may be than what it says. */
	private static final int GROWTH = 4;

	private final StreamStore store;

	private final ReentrantLock lock;

	private final long minLength;

	private @Nullable StreamLog stream;

	private long number;

	/** From which length on a new stream takes the place of this one. */
	private long limit;

	/** What has come since a new stream was begun. */
	private @Nullable ByteArrayOutputStream meanwhile;

	Journal(StreamStore store, ReentrantLock lock, long minLength) {
		this.store = store;
		this.lock = lock;
		this.minLength = minLength;
		this.limit = minLength;
	}

	/**
	 * Opens what an earlier server has left. May wait for the disk.
	 * @return its lines, or {@code null} when there is none
	 * @throws IOException when it cannot be read
	 */
	@Nullable List<JsonObject> open() throws IOException {
		List<Long> numbers = this.store.paths()
			.stream()
			.filter((path) -> path.startsWith(PREFIX))
			.map((path) -> Long.parseLong(path.substring(PREFIX.length())))
			.sorted(Comparator.reverseOrder())
			.toList();
		List<JsonObject> lines = null;
		for (long candidate : numbers) {
			StreamLog log = this.store.find(PREFIX + candidate);
			List<JsonObject> found = (lines == null && log != null) ? read(log) : List.of();
			if (lines == null && found.stream().anyMatch((line) -> LIVE.equals(line.string("op")))) {
				lines = found;
				this.stream = log;
				this.number = candidate;
			}
			else {
				this.store.delete(PREFIX + candidate);
			}
		}
		return lines;
	}

	private static List<JsonObject> read(StreamLog log) throws IOException {
		List<JsonObject> lines = new ArrayList<>();
		LogHead head = log.head();
		long position = 0;
		while (position < head.tail()) {
			try (AppendRange range = head.read(position, CHUNK)) {
				if (range == null) {
					throw new IOException("The journal of the subscriptions is gone");
				}
				do {
					for (Object line : Json.read(bytes(range))) {
						lines.add(JsonObject.of((Map<?, ?>) line));
					}
				}
				while (range.next());
				position = range.end();
			}
		}
		return lines;
	}

	private static byte[] bytes(AppendRange range) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		byte[] buffer = new byte[8192];
		for (int count = range.read(buffer, 0, buffer.length); count >= 0; count = range.read(buffer, 0,
				buffer.length)) {
			bytes.write(buffer, 0, count);
		}
		return bytes.toByteArray();
	}

	/**
	 * Begins the first stream. Waits until it is durable.
	 * @param lines its first lines
	 */
	void begin(byte[] lines) {
		ByteArrayOutputStream content = new ByteArrayOutputStream();
		content.writeBytes(lines);
		content.writeBytes(liveLine());
		this.number = 1;
		CreateOutcome outcome = this.store.create(newStream(content.toByteArray())).join();
		if (!(outcome instanceof CreateOutcome.Created created)) {
			throw new IllegalStateException("The subscriptions cannot be kept in the store of the server: " + outcome);
		}
		this.stream = created.log();
	}

	private NewStream newStream(byte[] content) {
		return new NewStream(PREFIX + this.number, CONTENT_TYPE, content, false);
	}

	private static byte[] liveLine() {
		return line(Map.of("op", LIVE));
	}

	static byte[] line(Map<String, ? extends @Nullable Object> fields) {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		line.writeBytes(Json.write(fields));
		line.write('\n');
		return line.toByteArray();
	}

	/**
	 * Appends a line. It is there for whoever opens the store later as soon as the result
	 * completes.
	 * @param fields the line
	 * @return completes when it is durable, and fails with a
	 * {@link SubscriptionStorageException}
	 * @throws SubscriptionException when there is no room; nothing has happened then
	 */
	CompletableFuture<Void> append(Map<String, @Nullable Object> fields) {
		byte[] line = line(fields);
		CompletableFuture<AppendOutcome> outcome = appendTo(current(), line);
		if (this.meanwhile != null) {
			this.meanwhile.writeBytes(line);
		}
		return outcome.thenAccept(Journal::requireAccepted);
	}

	private StreamLog current() {
		if (this.stream == null) {
			throw new IllegalStateException("The journal was not begun");
		}
		return this.stream;
	}

	private static CompletableFuture<AppendOutcome> appendTo(StreamLog log, byte[] bytes) {
		CompletableFuture<AppendOutcome> outcome = log.append(new Append(bytes, false, null, null));
		if (outcome.isDone() && outcome.join() instanceof AppendOutcome.StoreFull full) {
			throw SubscriptionException.storeFull(full.reason());
		}
		return outcome;
	}

	private static void requireAccepted(AppendOutcome outcome) {
		if (outcome instanceof AppendOutcome.StorageFailed failed) {
			throw new SubscriptionStorageException("The subscription could not be stored", failed.failure());
		}
		if (!(outcome instanceof AppendOutcome.Accepted)) {
			throw new SubscriptionStorageException("The subscription could not be stored",
					new IllegalStateException("Refused: " + outcome));
		}
	}

	/**
	 * Begins a new stream if this one has become long.
	 * @param everything all lines that say what there is after all that was appended
	 */
	void renewIfLong(Supplier<byte[]> everything) {
		if (this.meanwhile != null || current().head().tail() < this.limit) {
			return;
		}
		byte[] content = everything.get();
		this.meanwhile = new ByteArrayOutputStream();
		this.number++;
		this.store.create(newStream(content)).thenAccept((outcome) -> {
			this.lock.lock();
			try {
				begun(outcome, content.length);
			}
			finally {
				this.lock.unlock();
			}
		});
	}

	private void begun(CreateOutcome outcome, long length) {
		String path = PREFIX + this.number;
		byte[] late = takeMeanwhile();
		StreamLog old = current();
		if (!(outcome instanceof CreateOutcome.Created created)) {
			postpone(outcome);
			return;
		}
		CompletableFuture<AppendOutcome> live;
		try {
			live = appendTo(created.log(), late);
		}
		catch (SubscriptionException ex) {
			postpone(ex);
			this.store.delete(path);
			return;
		}
		this.stream = created.log();
		this.limit = Math.max(this.minLength, GROWTH * length);
		live.thenAccept((accepted) -> {
			if (accepted instanceof AppendOutcome.Accepted) {
				this.store.delete(old.description().path());
			}
		});
	}

	private byte[] takeMeanwhile() {
		ByteArrayOutputStream late = new ByteArrayOutputStream();
		if (this.meanwhile != null) {
			late.writeBytes(this.meanwhile.toByteArray());
		}
		late.writeBytes(liveLine());
		this.meanwhile = null;
		return late.toByteArray();
	}

	private void postpone(Object reason) {
		this.limit = 2 * current().head().tail();
		logger.warn("The journal of the subscriptions cannot be made shorter now: {}", reason);
	}

}
