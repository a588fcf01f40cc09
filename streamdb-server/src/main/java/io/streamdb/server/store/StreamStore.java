package io.streamdb.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of a server: which there are, which of them forks need, and when they end.
 * What they hold is in a {@link StreamStorage}. Safe for use by many threads.
 */
public final class StreamStore implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(StreamStore.class);

	/** How close together sweeps for expired streams are at most. */
	private static final Duration SWEEP = Duration.ofMillis(500);

	/** How far apart they are at most: one that an earlier one has overtaken stays. */
	private static final Duration MAX_DELAY = Duration.ofMinutes(1);

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, StoredStream> streams = new ConcurrentHashMap<>();

	/** Streams that expire, by when they might. */
	private final NavigableSet<Deadline> deadlines = new TreeSet<>();

	/** Streams whose last fork has gone. */
	private final Deque<StoredStream> unreferenced = new ArrayDeque<>();

	private final StreamStorage storage;

	private final Clock clock;

	private final Executor executor;

	private final StoreTimer timer;

	private final int maxStreams;

	private final ByteQuota quota;

	private volatile @Nullable Consumer<StreamLog> creations;

	private Instant nextSweep = Instant.MAX;

	private boolean cascading;

	private long lastIncarnation;

	/**
	 * Opens a store: what the storage has kept is there.
	 * @param storage keeps the streams; closed with the store
	 * @param clock tells when streams expire, the age of producers, and the first
	 * incarnation of a stream
	 * @param executor runs the callbacks of waiting readers and writers
	 * @param timer runs the sweeps for expired streams
	 * @param maxStreams how many streams it may hold
	 * @param maxBytes how many bytes of memory all streams may take together: what their
	 * names and producers need, and with a storage in memory their appends too
	 * @throws UncheckedIOException when what the storage has kept cannot be read; the
	 * storage is closed then
	 */
	public StreamStore(StreamStorage storage, Clock clock, Executor executor, StoreTimer timer, int maxStreams,
			long maxBytes) {
		this.storage = storage;
		this.clock = clock;
		this.executor = executor;
		this.timer = timer;
		this.maxStreams = maxStreams;
		this.quota = new ByteQuota(maxBytes);
		try {
			recover();
		}
		catch (IOException ex) {
			storage.close();
			throw new UncheckedIOException("The streams cannot be read: " + ex.getMessage(), ex);
		}
		catch (RuntimeException | Error ex) {
			storage.close();
			throw ex;
		}
	}

	private void recover() throws IOException {
		List<RecoveredStream> recovered = new ArrayList<>(this.storage.recover());
		this.lastIncarnation = this.storage.highestIncarnation();
		// A fork comes after its source.
		recovered.sort(Comparator.comparingLong((stream) -> stream.description().incarnation()));
		Map<Long, StoredStream> byIncarnation = new HashMap<>();
		this.lock.lock();
		try {
			for (RecoveredStream stream : recovered) {
				recover(stream, byIncarnation);
			}
			List.copyOf(this.streams.values())
				.stream()
				.filter((stream) -> stream.kept && stream.references == 0)
				.forEach(this::end);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void recover(RecoveredStream recovered, Map<Long, StoredStream> byIncarnation) throws IOException {
		StreamDescription description = recovered.description();
		ForkPoint fork = description.fork();
		StoredStream origin = (fork != null) ? byIncarnation.get(fork.source()) : null;
		if (fork != null && origin == null) {
			throw new IOException("The stream " + description.path() + " is a fork of " + fork.sourcePath()
					+ ", whose data are not there");
		}
		StreamState state = recovered.state();
		Duration timeToLive = description.timeToLive();
		if (timeToLive != null) {
			// Later accesses than the last one that was noted are not known.
			state.access(StreamLog.later(state.lastAccess(), StreamLog.touchInterval(timeToLive)));
		}
		long reserved = StreamLog.footprint(description.path(), description.contentType(), 0)
				+ state.producersFootprint();
		if (!this.storage.durable()) {
			reserved += state.tail() - description.firstPosition();
		}
		this.quota.take(reserved);
		StreamLog log = new StreamLog(description, recovered.data(), state, (origin != null) ? origin.log : null,
				this.clock, this.executor, this.quota, this.storage.durable(), reserved);
		StoredStream stream = new StoredStream(log, origin);
		stream.visible = true;
		if (recovered.softDeleted()) {
			stream.kept = true;
			log.keepForForks();
		}
		byIncarnation.put(description.incarnation(), stream);
		this.lastIncarnation = Math.max(this.lastIncarnation, description.incarnation());
		StoredStream earlier = this.streams.put(description.path(), stream);
		if (earlier != null) {
			throw new IOException("Two lives of the stream " + description.path() + " are there: "
					+ earlier.log.incarnation() + " and " + description.incarnation());
		}
		expireLater(stream);
	}

	/**
	 * Finds a stream.
	 * @param path the stream's path
	 * @return the stream, which may be gone for its clients and kept for its forks; or
	 * {@code null} when there is none
	 */
	public @Nullable StreamLog find(String path) {
		StoredStream stream = this.streams.get(path);
		if (stream == null || !stream.visible) {
			return null;
		}
		return isOver(stream) ? afterExpiry(path) : stream.log;
	}

	private boolean isOver(StoredStream stream) {
		return !stream.log.head().keptForForks() && !stream.log.deadline().equals(Instant.MAX)
				&& stream.log.expired(this.clock.instant());
	}

	private @Nullable StreamLog afterExpiry(String path) {
		this.lock.lock();
		try {
			StoredStream stream = this.streams.get(path);
			if (stream != null && stream.visible && isOver(stream)) {
				end(stream);
				stream = this.streams.get(path);
			}
			return (stream != null && stream.visible && !isOver(stream)) ? stream.log : null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Creates a stream if there is none of that path. Nobody sees it without its first
	 * content, nor before it is durable.
	 * @param wanted the stream
	 * @return the outcome, as soon as it is durable; never fails
	 */
	public CompletableFuture<CreateOutcome> create(NewStream wanted) {
		this.lock.lock();
		try {
			StoredStream existing = this.streams.get(wanted.path());
			return (existing != null) ? withExisting(existing, wanted) : begin(wanted);
		}
		finally {
			this.lock.unlock();
		}
	}

	private CompletableFuture<CreateOutcome> withExisting(StoredStream existing, NewStream wanted) {
		if (!existing.visible) {
			return existing.created.thenApply((failure) -> (failure != null) ? new CreateOutcome.StorageFailed(failure)
					: new CreateOutcome.Exists(existing.log));
		}
		if (existing.ending != null || isOver(existing)) {
			return end(existing).thenCompose((failure) -> (failure != null)
					? CompletableFuture.completedFuture(new CreateOutcome.StorageFailed(failure)) : create(wanted));
		}
		return CompletableFuture.completedFuture(new CreateOutcome.Exists(existing.log));
	}

	private CompletableFuture<CreateOutcome> begin(NewStream wanted) {
		NewStream.Origin from = wanted.origin();
		StoredStream origin = (from != null) ? this.streams.get(from.source().description().path()) : null;
		if (from != null && (origin == null || origin.log != from.source() || origin.kept || origin.ending != null
				|| isOver(origin))) {
			return CompletableFuture.completedFuture(new CreateOutcome.SourceGone());
		}
		if (this.streams.size() >= this.maxStreams) {
			return CompletableFuture.completedFuture(new CreateOutcome.TooManyStreams(this.maxStreams));
		}
		Instant now = this.clock.instant();
		ForkPoint fork = (from != null) ? new ForkPoint(from.source().incarnation(), from.source().description().path(),
				from.position(), from.subOffset()) : null;
		StreamDescription description = new StreamDescription(wanted.path(), wanted.contentType(), nextIncarnation(now),
				now, wanted.timeToLive(), wanted.expiresAt(), fork);
		LogRecord first = (wanted.bytes() != null || wanted.closed())
				? new LogRecord(description.firstPosition(), wanted.bytes(), wanted.closed(), null, null, now) : null;
		long block = (wanted.bytes() != null && !this.storage.durable()) ? AppendedBlock.footprint(wanted.bytes()) : 0;
		long cost = StreamLog.footprint(wanted.path(), wanted.contentType(), block);
		if (!this.quota.reserve(cost)) {
			return CompletableFuture.completedFuture(new CreateOutcome.StoreFull(this.quota.full()));
		}
		CompletableFuture<@Nullable Throwable> written = new CompletableFuture<>();
		StreamData data;
		try {
			data = this.storage.create(description, first, written::complete);
		}
		catch (StorageFullException ex) {
			this.quota.release(cost);
			return CompletableFuture.completedFuture(new CreateOutcome.StoreFull(StreamLog.message(ex)));
		}
		StreamState state = new StreamState(description.firstPosition(), now);
		if (first != null) {
			state.apply(first);
		}
		StreamLog log = new StreamLog(description, data, state, (origin != null) ? origin.log : null, this.clock,
				this.executor, this.quota, this.storage.durable(), cost);
		StoredStream stream = new StoredStream(log, origin);
		this.streams.put(wanted.path(), stream);
		written.thenAccept((failure) -> created(stream, cost, failure));
		return stream.created.thenApply((failure) -> (failure != null) ? new CreateOutcome.StorageFailed(failure)
				: new CreateOutcome.Created(log));
	}

	private void created(StoredStream stream, long cost, @Nullable Throwable failure) {
		this.lock.lock();
		try {
			if (failure == null) {
				stream.visible = true;
				expireLater(stream);
			}
			else {
				this.streams.remove(stream.path(), stream);
				this.quota.release(cost);
				release(stream.origin);
			}
		}
		finally {
			this.lock.unlock();
		}
		complete(stream.created, failure);
		Consumer<StreamLog> listener = this.creations;
		if (failure == null && listener != null) {
			tell(listener, stream.log);
		}
	}

	private void tell(Consumer<StreamLog> listener, StreamLog log) {
		try {
			this.executor.execute(() -> listener.accept(log));
		}
		catch (RejectedExecutionException ex) {
			logger.debug("Nobody was told that {} was created: the server is closed", log.description().path());
		}
	}

	/**
	 * Asks to be told of every stream that is created from now on, as soon as others see
	 * it.
	 * @param listener takes the stream, on the store's executor; must not block
	 */
	public void onCreate(Consumer<StreamLog> listener) {
		this.creations = listener;
	}

	/**
	 * Deletes a stream and ends its readers. Where forks have data from it, it is kept
	 * for them, and goes with the last of them (PROTOCOL 4.2).
	 * @param path the stream's path
	 * @return the outcome, as soon as it is durable; never fails
	 */
	public CompletableFuture<DeleteOutcome> delete(String path) {
		this.lock.lock();
		try {
			StoredStream stream = this.streams.get(path);
			if (stream == null || !stream.visible) {
				return CompletableFuture.completedFuture(new DeleteOutcome.Absent());
			}
			if (stream.kept) {
				return CompletableFuture.completedFuture(new DeleteOutcome.DeletedBefore());
			}
			DeleteOutcome success = (stream.ending != null || isOver(stream)) ? new DeleteOutcome.Absent()
					: new DeleteOutcome.Deleted();
			return end(stream)
				.thenApply((failure) -> (failure != null) ? new DeleteOutcome.StorageFailed(failure) : success);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends a stream: for all, or for all but its forks.
	 */
	private CompletableFuture<@Nullable Throwable> end(StoredStream stream) {
		if (stream.ending != null) {
			return stream.ending;
		}
		CompletableFuture<@Nullable Throwable> ending = new CompletableFuture<>();
		stream.ending = ending;
		if (stream.deadline != null) {
			this.deadlines.remove(stream.deadline);
		}
		boolean keep = stream.references > 0;
		stream.log.end(keep, (failure) -> ended(stream, keep, ending, failure));
		return ending;
	}

	private void ended(StoredStream stream, boolean keep, CompletableFuture<@Nullable Throwable> ending,
			@Nullable Throwable failure) {
		this.lock.lock();
		try {
			if (failure != null) {
				logger.error("The end of the stream {} could not be stored", stream.path(), failure);
			}
			else if (keep) {
				stream.kept = true;
				stream.ending = null;
				if (stream.references == 0) {
					this.unreferenced.add(stream);
				}
			}
			else {
				this.streams.remove(stream.path(), stream);
				release(stream.origin);
			}
			cascade();
		}
		finally {
			this.lock.unlock();
		}
		complete(ending, failure);
	}

	private void release(@Nullable StoredStream origin) {
		if (origin != null && --origin.references == 0 && origin.kept) {
			this.unreferenced.add(origin);
		}
	}

	/**
	 * Ends what is kept for nobody any more, which may free others. Not by recursion: a
	 * chain of forks may be long.
	 */
	private void cascade() {
		if (this.cascading) {
			return;
		}
		this.cascading = true;
		try {
			StoredStream next = this.unreferenced.poll();
			while (next != null) {
				end(next);
				next = this.unreferenced.poll();
			}
		}
		finally {
			this.cascading = false;
		}
	}

	/**
	 * Tells whoever waits, but not on a thread of the storage. When the storage answers
	 * at once nobody waits yet.
	 */
	private <T> void complete(CompletableFuture<T> waiting, T value) {
		if (this.lock.isHeldByCurrentThread()) {
			waiting.complete(value);
			return;
		}
		try {
			this.executor.execute(() -> waiting.complete(value));
		}
		catch (RejectedExecutionException | Error ex) {
			// There is no thread for it, but somebody waits.
			waiting.complete(value);
		}
	}

	private void expireLater(StoredStream stream) {
		Instant deadline = stream.log.deadline();
		if (!stream.kept && !deadline.equals(Instant.MAX)) {
			expireAt(stream, deadline);
			sweepLater();
		}
	}

	private void expireAt(StoredStream stream, Instant deadline) {
		stream.deadline = new Deadline(deadline, stream);
		this.deadlines.add(stream.deadline);
	}

	private void sweepLater() {
		if (this.deadlines.isEmpty()) {
			return;
		}
		Instant now = this.clock.instant();
		Duration delay = Duration.between(now, this.deadlines.first().at());
		delay = (delay.compareTo(SWEEP) < 0) ? SWEEP : delay;
		delay = (delay.compareTo(MAX_DELAY) > 0) ? MAX_DELAY : delay;
		Instant due = now.plus(delay);
		if (due.isBefore(this.nextSweep)) {
			this.nextSweep = due;
			this.timer.schedule(() -> sweep(due), delay);
		}
	}

	/**
	 * Ends the streams whose time is over.
	 * @param due which sweep it is: none if an earlier one has taken its place
	 */
	private void sweep(Instant due) {
		this.lock.lock();
		try {
			if (!due.equals(this.nextSweep)) {
				return;
			}
			Instant now = this.clock.instant();
			this.nextSweep = Instant.MAX;
			while (!this.deadlines.isEmpty() && !this.deadlines.first().at().isAfter(now)) {
				StoredStream stream = this.deadlines.pollFirst().stream();
				if (stream.log.expired(now)) {
					end(stream);
				}
				else {
					Instant deadline = stream.log.deadline();
					expireAt(stream, deadline.isAfter(now) ? deadline : now.plus(SWEEP));
				}
			}
			sweepLater();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Follows the clock (microseconds), so that a later process goes on above, and grows
	 * whatever the clock does, so that two lives of one stream differ.
	 */
	private long nextIncarnation(Instant now) {
		long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
		this.lastIncarnation = Math.max(this.lastIncarnation + 1, micros);
		return this.lastIncarnation;
	}

	/**
	 * Returns whether what was acknowledged survives this process (SPEC S2).
	 * @return whether it does
	 */
	public boolean durable() {
		return this.storage.durable();
	}

	/**
	 * Returns the paths of all streams, with those that are kept for forks.
	 * @return the paths, in no order
	 */
	public Set<String> paths() {
		return Set.copyOf(this.streams.keySet());
	}

	/**
	 * Returns how many streams there are, with those that are kept for forks.
	 * @return the number of streams
	 */
	public int streamCount() {
		return this.streams.size();
	}

	int waitingToExpire() {
		this.lock.lock();
		try {
			return this.deadlines.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns what all streams count against the limit of bytes.
	 * @return the number of bytes
	 */
	public long usedBytes() {
		return this.quota.used();
	}

	/**
	 * Returns how many bytes the streams take in the storage.
	 * @return the number of bytes
	 */
	public long storedBytes() {
		return this.storage.storedBytes();
	}

	/**
	 * Returns why nothing is written any more.
	 * @return the failure of the storage, or {@code null} when all is well
	 */
	public @Nullable Throwable failure() {
		return this.storage.failure();
	}

	/**
	 * Closes the storage.
	 */
	@Override
	public void close() {
		this.storage.close();
	}

	/**
	 * When to look whether a stream has expired.
	 */
	record Deadline(Instant at, StoredStream stream) implements Comparable<Deadline> {

		@Override
		public int compareTo(Deadline other) {
			int order = this.at.compareTo(other.at);
			return (order != 0) ? order : Long.compare(this.stream.log.incarnation(), other.stream.log.incarnation());
		}

	}

}
