package io.streamdb.server.store;

import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * The appends of one stream in memory. Readers take the newest {@link Blocks} and never
 * lock.
 */
final class MemoryData implements StreamData {

	private static final Blocks NONE = new Blocks(new AppendedBlock[0], 0);

	private static final int SLICE = 512;

	private static final int SLICE_BYTES = 64 * 1024;

	private final String path;

	private final AtomicLong stored;

	private volatile @Nullable Blocks blocks = NONE;

	MemoryData(String path, AtomicLong stored) {
		this.path = path;
		this.stored = stored;
	}

	String path() {
		return this.path;
	}

	@Override
	public void append(LogRecord record, WriteCallback done) {
		add(record);
		done.done(null);
	}

	void add(LogRecord record) {
		Blocks before = this.blocks;
		byte[] bytes = record.bytes();
		if (before != null && bytes != null) {
			this.blocks = before.append(new AppendedBlock(record.position(), bytes));
			this.stored.addAndGet(bytes.length);
		}
	}

	@Override
	public void softDelete(WriteCallback done) {
		done.done(null);
	}

	@Override
	public void delete(WriteCallback done) {
		Blocks before = this.blocks;
		this.blocks = null;
		if (before != null) {
			this.stored.addAndGet(-before.byteCount());
		}
		done.done(null);
	}

	@Override
	public void touch(Instant lastAccess) {
		// Nothing outlives the store, which knows it.
	}

	@Override
	public boolean isBoundary(long position, long limit) {
		Blocks now = this.blocks;
		return position == limit || (now != null && now.isStart(position));
	}

	@Override
	public @Nullable AppendRange read(long position, long limit, long maxBytes) {
		Blocks now = this.blocks;
		return (now != null) ? read(now, position, limit, maxBytes) : null;
	}

	private AppendRange read(Blocks now, long position, long limit, long maxBytes) {
		if (position == limit) {
			return new MemoryRange(this, 0, 0, position, limit);
		}
		int from = now.indexOf(position);
		int to = from + 1;
		while (to < now.count && now.array[to].end() <= limit && now.array[to].end() - position <= maxBytes) {
			to++;
		}
		return new MemoryRange(this, from, to, position, now.array[to - 1].end());
	}

	/**
	 * Gives some of the appends that a range is about to read: few enough that whoever
	 * reads slowly keeps little.
	 * @return at least one, or {@code null} when the stream was given up
	 */
	AppendedBlock @Nullable [] slice(int from, int to) {
		Blocks now = this.blocks;
		if (now == null) {
			return null;
		}
		int end = from + 1;
		while (end < to && end - from < SLICE && now.array[end].end() - now.array[from].start() <= SLICE_BYTES) {
			end++;
		}
		return Arrays.copyOfRange(now.array, from, end);
	}

	/**
	 * The appends at one moment.
	 *
	 * @param array shared with later moments, which only fill slots from the count on
	 * @param count how many there are
	 */
	private record Blocks(AppendedBlock[] array, int count) {

		Blocks append(AppendedBlock block) {
			AppendedBlock[] target = this.array;
			if (this.count == target.length) {
				target = Arrays.copyOf(this.array, Math.max(8, this.count + (this.count >> 1)));
			}
			target[this.count] = block;
			return new Blocks(target, this.count + 1);
		}

		boolean isStart(long position) {
			return this.count > 0 && this.array[indexOf(position)].start() == position;
		}

		long byteCount() {
			return (this.count == 0) ? 0 : this.array[this.count - 1].end() - this.array[0].start();
		}

		private int indexOf(long position) {
			int low = 0;
			int high = this.count - 1;
			while (low < high) {
				int middle = (low + high + 1) >>> 1;
				if (this.array[middle].start() <= position) {
					low = middle;
				}
				else {
					high = middle - 1;
				}
			}
			return low;
		}

	}

}
