package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The index of a segment: for each append where in its run and where in the file it
 * begins, in pages with a checksum. Keeps the last page that was read.
 */
final class IndexPages {

	static final int PAGE = 4096;

	/** Checksum, and four bytes for nothing. */
	private static final int PAGE_HEADER = 8;

	private static final int ENTRY = 8;

	static final int ENTRIES = (PAGE - PAGE_HEADER) / ENTRY;

	private final OpenFiles files;

	private final Segment segment;

	private final ByteBuffer page = ByteBuffer.allocate(PAGE);

	private int pageNumber = -1;

	IndexPages(OpenFiles files, Segment segment) {
		this.files = files;
		this.segment = segment;
	}

	static int pages(int entries) {
		return (entries + ENTRIES - 1) / ENTRIES;
	}

	int start(int entry) throws IOException {
		return this.page.getInt(find(entry));
	}

	int offset(int entry) throws IOException {
		return this.page.getInt(find(entry) + Integer.BYTES);
	}

	private int find(int entry) throws IOException {
		int number = entry / ENTRIES;
		if (number != this.pageNumber) {
			this.pageNumber = -1;
			this.page.clear();
			long at = (long) number * PAGE;
			if (!this.files.readFully(this.segment.indexName(), this.page, at)
					|| this.page.getInt(0) != checksum(this.page.array(), number)) {
				throw new StorageDamagedException("The file " + this.segment.indexName()
						+ " is damaged between the bytes " + at + " and " + (at + PAGE)
						+ ": delete this file while the server is stopped, and it is made again from the segment");
			}
			this.pageNumber = number;
		}
		return PAGE_HEADER + entry % ENTRIES * ENTRY;
	}

	private int checksum(byte[] bytes, int number) {
		return Checksum.salted(this.segment.salt() + number, bytes, Integer.BYTES, PAGE - Integer.BYTES);
	}

	/**
	 * Writes an index.
	 */
	static final class Writer {

		private final FileAppender target;

		private final Segment segment;

		private final ByteBuffer page = ByteBuffer.allocate(PAGE);

		private int count;

		Writer(FileAppender target, Segment segment) {
			this.target = target;
			this.segment = segment;
			this.page.position(PAGE_HEADER);
		}

		/**
		 * Adds an append.
		 * @return its place in the index
		 */
		int add(int start, int offset) throws IOException {
			if (!this.page.hasRemaining()) {
				writePage();
			}
			this.page.putInt(start).putInt(offset);
			return this.count++;
		}

		int count() {
			return this.count;
		}

		void finish() throws IOException {
			if (this.page.position() > PAGE_HEADER) {
				writePage();
			}
			this.target.flush();
			this.segment.indexPages(pages(this.count));
		}

		private void writePage() throws IOException {
			byte[] bytes = this.page.array();
			Arrays.fill(bytes, this.page.position(), PAGE, (byte) 0);
			int number = (this.count - 1) / ENTRIES;
			this.page.putInt(0,
					Checksum.salted(this.segment.salt() + number, bytes, Integer.BYTES, PAGE - Integer.BYTES));
			this.target.write(bytes, PAGE);
			this.page.clear().position(PAGE_HEADER);
		}

	}

}
