package io.streamdb.server.store.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done behind the writers' backs: gives complete segments an index, rewrites
 * those that hold little that is still wanted, writes checkpoints, and deletes what no
 * checkpoint refers to. Nothing is lost when it is interrupted at any point: a file
 * counts from the checkpoint on that names it.
 */
final class Upkeep {

	private static final Logger logger = LoggerFactory.getLogger(Upkeep.class);

	private static final int BUFFER = 1 << 16;

	private static final long RETRY_NANOS = 1_000_000_000;

	private final Disk disk;

	private final OpenFiles files;

	private final FileStreams streams;

	private final Checkpoint checkpoint;

	private final CommitLog log;

	private final Executor executor;

	private final FileStorageSettings settings;

	private final RandomGenerator random;

	private final Queue<Segment> complete = new ConcurrentLinkedQueue<>();

	private final AtomicBoolean scheduled = new AtomicBoolean();

	private volatile long lastRun = System.nanoTime();

	Upkeep(Disk disk, OpenFiles files, FileStreams streams, Checkpoint checkpoint, CommitLog log, Executor executor,
			FileStorageSettings settings, RandomGenerator random) {
		this.disk = disk;
		this.files = files;
		this.streams = streams;
		this.checkpoint = checkpoint;
		this.log = log;
		this.executor = executor;
		this.settings = settings;
		this.random = random;
	}

	/**
	 * Takes a segment of the log to which nothing will be added.
	 */
	void complete(Segment segment) {
		this.complete.add(segment);
		schedule();
	}

	/**
	 * Returns how many segments wait for their index.
	 */
	int backlog() {
		return this.complete.size();
	}

	/**
	 * Returns how many bytes these segments take.
	 */
	long backlogBytes() {
		return this.complete.stream().mapToLong(Segment::size).sum();
	}

	/**
	 * Notes that a stream is gone.
	 */
	void released() {
		if (isWorthWhile()) {
			schedule();
		}
	}

	private boolean isWorthWhile() {
		return this.streams.reclaimable() >= this.settings.segmentBytes();
	}

	/**
	 * Tries again what may have failed, though not all the time.
	 */
	void retry() {
		if (System.nanoTime() - this.lastRun > RETRY_NANOS) {
			schedule();
		}
	}

	void schedule() {
		if (this.scheduled.compareAndSet(false, true)) {
			try {
				this.executor.execute(this::run);
			}
			catch (RejectedExecutionException ex) {
				logger.debug("The store is being closed: the next one will do it");
			}
		}
	}

	private void run() {
		this.scheduled.set(false);
		this.lastRun = System.nanoTime();
		if (this.log.failure() != null) {
			return;
		}
		try {
			work();
		}
		catch (ForceFailedException ex) {
			this.log.fail(ex);
		}
		catch (IOException ex) {
			logger.warn("The upkeep of the stream store in {} failed, and will be tried again", this.disk.name(), ex);
		}
		catch (RuntimeException ex) {
			logger.error("The upkeep of the stream store in {} failed", this.disk.name(), ex);
		}
	}

	private void work() throws IOException {
		sealComplete();
		if (isWorthWhile()) {
			rewrite();
		}
		checkpoint();
	}

	private void sealComplete() throws IOException {
		Segment next = this.complete.peek();
		while (next != null) {
			seal(next);
			this.complete.remove();
			next = this.complete.peek();
		}
	}

	/**
	 * Writes a checkpoint, and deletes the segments that it has no need of.
	 */
	void checkpoint() throws IOException {
		// In this order: the active segment is complete before the next one is active.
		Segment first = this.streams.activeLogSegment();
		Segment waiting = this.complete.peek();
		if (waiting != null) {
			first = waiting;
		}
		LogStart logStart = LogStart.at(first, first != null && this.streams.sealed(first.id()) != null);
		List<Segment> before = new ArrayList<>(this.streams.sealed());
		Set<Segment> used = this.checkpoint.write(this.streams, logStart);
		boolean deleted = false;
		for (Segment segment : before) {
			if (!used.contains(segment)) {
				this.streams.drop(segment);
				delete(segment.fileName());
				delete(segment.indexName());
				deleted = true;
			}
		}
		if (deleted) {
			ForceFailedException.force(this.disk);
		}
	}

	private void delete(String name) {
		this.files.forget(name);
		try {
			this.disk.delete(name);
		}
		catch (IOException ex) {
			logger.warn("The file {} in {} is not needed any more and could not be deleted: the next start tries again",
					name, this.disk.name(), ex);
		}
	}

	private void seal(Segment segment) throws IOException {
		List<Move> moves = new ArrayList<>();
		this.disk.delete(segment.indexName());
		try (DiskFile file = this.disk.create(segment.indexName())) {
			IndexPages.Writer index = new IndexPages.Writer(new FileAppender(file, 0, BUFFER), segment);
			for (OpenRun run : segment.openRuns()) {
				if (!run.stream().isDeleted()) {
					moves.add(new Move(run.stream(), run, write(run, segment, index)));
				}
			}
			index.finish();
			ForceFailedException.force(file);
		}
		ForceFailedException.force(this.disk);
		this.streams.seal(segment);
		moves.forEach(Move::publish);
		segment.openRuns().clear();
	}

	private SealedRun write(Run run, Segment segment, IndexPages.Writer index) throws IOException {
		Run.Entries entries = run.entries();
		int firstEntry = index.count();
		for (int entry = 0; entry < run.count(); entry++) {
			index.add((int) (entries.start(entry) - run.first()), (int) entries.offset(entry));
		}
		return new SealedRun(this.files, segment, run.first(), run.end(), firstEntry, run.count(), run.storedBytes());
	}

	/**
	 * Copies what is left of mostly empty segments, stream by stream, to new ones.
	 */
	private void rewrite() throws IOException {
		Set<Segment> victims = new HashSet<>();
		long needed = 0;
		for (Segment segment : this.streams.sealed()) {
			if (segment.reclaimable() > 0 && segment.live() > 0) {
				victims.add(segment);
				needed += segment.live();
			}
		}
		if (victims.isEmpty()) {
			return;
		}
		if (this.disk.room() < needed + needed / 8) {
			logger.warn(
					"There is no room in {} to give back the space of deleted streams: {} bytes are needed for that",
					this.disk.name(), needed);
			return;
		}
		List<Move> moves = new ArrayList<>();
		List<Segment> targets = new ArrayList<>();
		List<FileStreamData> sources = new ArrayList<>(this.streams.all());
		sources.sort(Comparator.comparing(FileStreamData::incarnation));
		SegmentCopy copy = null;
		try {
			for (FileStreamData stream : sources) {
				for (Run run : stream.runs()) {
					if (run instanceof SealedRun sealed && victims.contains(sealed.segment())) {
						if (copy == null || copy.size() >= this.settings.segmentBytes()) {
							finish(copy);
							copy = begin(targets);
						}
						moves.add(new Move(stream, run, copy(stream, sealed, copy)));
						// Writers go on meanwhile, and what waits is in memory.
						sealComplete();
					}
				}
			}
			finish(copy);
			copy = null;
			ForceFailedException.force(this.disk);
		}
		catch (StorageDamagedException ex) {
			logger.error("The space of deleted streams cannot be given back", ex);
			discard(copy, targets);
			return;
		}
		catch (IOException | RuntimeException ex) {
			discard(copy, targets);
			throw ex;
		}
		targets.forEach(this.streams::seal);
		moves.forEach(Move::publish);
		logger.info("Rewrote {} segments in {}: {} bytes were still wanted", victims.size(), this.disk.name(), needed);
	}

	private SegmentCopy begin(List<Segment> targets) throws IOException {
		Segment target = new Segment(this.streams.nextSegmentId(), false, this.random.nextLong(), 0, Segment.HEADER);
		targets.add(target);
		return new SegmentCopy(this.disk, this.files, target);
	}

	private SealedRun copy(FileStreamData stream, SealedRun run, SegmentCopy copy) throws IOException {
		try {
			return copy.add(stream, run);
		}
		catch (StorageDamagedException ex) {
			run.segment().damaged();
			throw ex;
		}
	}

	private void finish(@Nullable SegmentCopy copy) throws IOException {
		if (copy != null) {
			copy.finish();
		}
	}

	private void discard(@Nullable SegmentCopy copy, List<Segment> targets) {
		if (copy != null) {
			copy.close();
		}
		for (Segment target : targets) {
			delete(target.fileName());
			delete(target.indexName());
		}
	}

	private record Move(FileStreamData stream, Run from, Run to) {

		void publish() {
			this.stream.replace(this.from, this.to);
		}

	}

}
