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

	private final AtomicLong stored;

	private volatile @Nullable Blocks blocks = NONE;

	MemoryData(AtomicLong stored) {
		this.stored = stored;
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
		return (now != null) ? now.read(position, limit, maxBytes) : null;
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

		AppendRange read(long position, long limit, long maxBytes) {
			if (position == limit) {
				return new MemoryRange(this.array, 0, 0, limit);
			}
			int from = indexOf(position);
			int to = from + 1;
			while (to < this.count && this.array[to].end() <= limit && this.array[to].end() - position <= maxBytes) {
				to++;
			}
			return new MemoryRange(this.array, from, to, this.array[to - 1].end());
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
