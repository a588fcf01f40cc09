package io.streamdb.server.store.file;

import java.util.Arrays;

/**
 * A run in a segment that has no index yet. One thread adds to it, many read.
 */
final class OpenRun implements Run {

	private final FileStreamData stream;

	private final Segment segment;

	private final long first;

	private int[] starts = new int[4];

	private int[] offsets = new int[4];

	private volatile Moment moment;

	OpenRun(FileStreamData stream, Segment segment, long first) {
		this.stream = stream;
		this.segment = segment;
		this.first = first;
		this.moment = new Moment(this.starts, this.offsets, 0, first, 0);
	}

	void add(long start, long end, long offset, long recordLength) {
		Moment before = this.moment;
		int count = before.count;
		if (count == this.starts.length) {
			int capacity = count + (count >> 1);
			this.starts = Arrays.copyOf(this.starts, capacity);
			this.offsets = Arrays.copyOf(this.offsets, capacity);
		}
		this.starts[count] = Math.toIntExact(start - this.first);
		this.offsets[count] = Math.toIntExact(offset);
		this.moment = new Moment(this.starts, this.offsets, count + 1, end, before.storedBytes + recordLength);
	}

	FileStreamData stream() {
		return this.stream;
	}

	@Override
	public Segment segment() {
		return this.segment;
	}

	@Override
	public long first() {
		return this.first;
	}

	@Override
	public long end() {
		return this.moment.end;
	}

	@Override
	public int count() {
		return this.moment.count;
	}

	@Override
	public long storedBytes() {
		return this.moment.storedBytes;
	}

	@Override
	public Entries entries() {
		Moment now = this.moment;
		return new Entries() {
			@Override
			public int count() {
				return now.count;
			}

			@Override
			public long end() {
				return now.end;
			}

			@Override
			public long start(int entry) {
				return OpenRun.this.first + now.starts[entry];
			}

			@Override
			public long offset(int entry) {
				return now.offsets[entry];
			}
		};
	}

	/**
	 * The arrays are shared with later moments, which only fill slots from the count on.
	 */
	private record Moment(int[] starts, int[] offsets, int count, long end, long storedBytes) {
	}

}
