package io.streamdb.server.store.file;

import java.io.IOException;

/**
 * A run in a segment that is complete: its index is on disk.
 *
 * @param files where the index is read
 * @param segment the segment
 * @param first the position in the stream of the first append
 * @param end the position in the stream after the last append
 * @param firstEntry the place in the index of the first append
 * @param count how many appends there are
 * @param storedBytes how many bytes of the file the records take
 */
record SealedRun(OpenFiles files, Segment segment, long first, long end, int firstEntry, int count,
		long storedBytes) implements Run {

	@Override
	public Entries entries() {
		IndexPages pages = new IndexPages(this.files, this.segment);
		return new Entries() {
			@Override
			public int count() {
				return SealedRun.this.count;
			}

			@Override
			public long end() {
				return SealedRun.this.end;
			}

			@Override
			public long start(int entry) throws IOException {
				return SealedRun.this.first + pages.start(SealedRun.this.firstEntry + entry);
			}

			@Override
			public long offset(int entry) throws IOException {
				return pages.offset(SealedRun.this.firstEntry + entry);
			}
		};
	}

}
