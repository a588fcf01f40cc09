package io.streamdb.server.store;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The streams of a server, held in memory. Safe for use by many threads.
 */
public final class StreamStore {

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, StreamLog> streams = new ConcurrentHashMap<>();

	private final Clock clock;

	private final Executor executor;

	private final int maxStreams;

	private final ByteQuota quota;

	private long lastIncarnation;

	/**
	 * Creates an empty store.
	 * @param clock tells the age of producers, and the first incarnation of a stream
	 * @param executor runs the callbacks of waiting readers
	 * @param maxStreams how many streams it may hold
	 * @param maxBytes how many bytes all streams may hold together, with what their
	 * names, appends and producers need besides
	 */
	public StreamStore(Clock clock, Executor executor, int maxStreams, long maxBytes) {
		this.clock = clock;
		this.executor = executor;
		this.maxStreams = maxStreams;
		this.quota = new ByteQuota(maxBytes);
	}

	/**
	 * Finds a stream.
	 * @param path the stream's path
	 * @return the stream, or {@code null} when there is none
	 */
	public @Nullable StreamLog find(String path) {
		return this.streams.get(path);
	}

	/**
	 * Creates a stream if there is none of that path. Nobody sees it without its first
	 * content.
	 * @param path the stream's path
	 * @param contentType its content type
	 * @param bytes the first content, or {@code null} for none
	 * @param closed whether it is created closed
	 * @return the outcome
	 */
	public CreateOutcome create(String path, String contentType, byte @Nullable [] bytes, boolean closed) {
		this.lock.lock();
		try {
			StreamLog existing = this.streams.get(path);
			if (existing != null) {
				return new CreateOutcome.Exists(existing);
			}
			if (this.streams.size() >= this.maxStreams) {
				return new CreateOutcome.TooManyStreams(this.maxStreams);
			}
			if (!this.quota.reserve(StreamLog.footprint(path, contentType))) {
				return new CreateOutcome.StoreFull(this.quota.limit());
			}
			StreamLog log = new StreamLog(path, contentType, nextIncarnation(), this.clock, this.executor, this.quota);
			if ((bytes != null || closed)
					&& log.append(new Append(bytes, closed, null, null)) instanceof AppendOutcome.StoreFull full) {
				log.delete();
				return new CreateOutcome.StoreFull(full.limit());
			}
			this.streams.put(path, log);
			return new CreateOutcome.Created(log);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Deletes a stream and ends its readers.
	 * @param path the stream's path
	 * @return whether there was one
	 */
	public boolean delete(String path) {
		this.lock.lock();
		try {
			StreamLog log = this.streams.remove(path);
			if (log == null) {
				return false;
			}
			log.delete();
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Follows the clock (microseconds), so that a later process goes on above, and grows
	 * whatever the clock does, so that two lives of one stream in this process differ.
	 */
	private long nextIncarnation() {
		Instant now = this.clock.instant();
		long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
		this.lastIncarnation = Math.max(this.lastIncarnation + 1, micros);
		return this.lastIncarnation;
	}

}
