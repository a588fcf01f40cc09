package io.streamdb.server.store.file;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * All streams and segments of a store, as far as they are forced.
 */
final class FileStreams {

	private final Map<Long, FileStreamData> streams = new ConcurrentHashMap<>();

	/** Those that are complete and have an index. */
	private final Map<Long, Segment> sealed = new ConcurrentHashMap<>();

	private final AtomicLong highestIncarnation = new AtomicLong();

	private final AtomicLong lastSegmentId = new AtomicLong();

	private volatile @Nullable Segment active;

	void add(FileStreamData stream) {
		incarnation(stream.incarnation());
		this.streams.put(stream.incarnation(), stream);
	}

	void incarnation(long incarnation) {
		this.highestIncarnation.accumulateAndGet(incarnation, Math::max);
	}

	void remove(FileStreamData stream) {
		this.streams.remove(stream.incarnation());
		stream.deleted();
	}

	@Nullable FileStreamData find(long incarnation) {
		return this.streams.get(incarnation);
	}

	Collection<FileStreamData> all() {
		return this.streams.values();
	}

	long highestIncarnation() {
		return this.highestIncarnation.get();
	}

	long nextSegmentId() {
		return this.lastSegmentId.incrementAndGet();
	}

	long lastSegmentId() {
		return this.lastSegmentId.get();
	}

	void segmentIdUsed(long id) {
		this.lastSegmentId.accumulateAndGet(id, Math::max);
	}

	void activeLogSegment(Segment segment) {
		this.active = segment;
	}

	@Nullable Segment activeLogSegment() {
		return this.active;
	}

	void seal(Segment segment) {
		this.sealed.put(segment.id(), segment);
	}

	void drop(Segment segment) {
		this.sealed.remove(segment.id());
	}

	@Nullable Segment sealed(long id) {
		return this.sealed.get(id);
	}

	Collection<Segment> sealed() {
		return this.sealed.values();
	}

	/**
	 * Returns how many bytes would come back by rewriting segments.
	 */
	long reclaimable() {
		long bytes = 0;
		for (Segment segment : this.sealed.values()) {
			bytes += segment.reclaimable();
		}
		return bytes;
	}

}
