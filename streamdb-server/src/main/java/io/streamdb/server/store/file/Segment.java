package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A file of records. One of the log holds the records of all streams in the order in
 * which they were written; a rewritten one holds what was left of others, and only the
 * runs of the streams tell its order.
 */
final class Segment {

	static final int HEADER = 64;

	private static final long MAGIC = 0x53444C4F47303031L;

	private static final Pattern NAME = Pattern.compile("(\\d{16})\\.(log|data)");

	private final long id;

	private final boolean log;

	private final long salt;

	private final long firstNumber;

	/** The runs in it, while records are still added. */
	private final List<OpenRun> openRuns = new ArrayList<>();

	/** How many bytes belong to streams that are there. */
	private final AtomicLong live = new AtomicLong();

	private volatile long size;

	private volatile int indexPages;

	private volatile boolean damaged;

	Segment(long id, boolean log, long salt, long firstNumber, long size) {
		this.id = id;
		this.log = log;
		this.salt = salt;
		this.firstNumber = firstNumber;
		this.size = size;
	}

	static boolean isName(String file) {
		return NAME.matcher(file).matches();
	}

	/**
	 * Returns the number in the name of a file of the log.
	 * @return the number, or -1 when it is no such file
	 */
	static long logIdOf(String file) {
		Matcher matcher = NAME.matcher(file);
		return (matcher.matches() && matcher.group(2).equals("log")) ? Long.parseLong(matcher.group(1)) : -1;
	}

	/**
	 * Returns the number in the name of any segment's file.
	 * @return the number, or -1 when it is no such file
	 */
	static long idOf(String file) {
		Matcher matcher = NAME.matcher(file);
		return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
	}

	static String logName(long id) {
		return String.format("%016d.log", id);
	}

	String fileName() {
		return this.log ? logName(this.id) : String.format("%016d.data", this.id);
	}

	String indexName() {
		return indexName(fileName());
	}

	static String indexName(String fileName) {
		return fileName + ".index";
	}

	/**
	 * Returns the bytes that a segment's file begins with.
	 */
	byte[] header() {
		ByteBuffer header = ByteBuffer.allocate(HEADER);
		header.putLong(MAGIC).putLong(this.id).putLong(this.salt).putLong(this.firstNumber);
		header.putInt(HEADER - Integer.BYTES, Checksum.of(header.array(), 0, HEADER - Integer.BYTES));
		return header.array();
	}

	/**
	 * Reads a segment of the log by its header.
	 * @return the segment, or {@code null} when the header is none
	 */
	static @Nullable Segment readLog(long id, DiskFile file) throws IOException {
		ByteBuffer header = ByteBuffer.allocate(HEADER);
		if (!file.readFully(header, 0)
				|| header.getInt(HEADER - Integer.BYTES) != Checksum.of(header.array(), 0, HEADER - Integer.BYTES)
				|| header.getLong(0) != MAGIC || header.getLong(8) != id) {
			return null;
		}
		return new Segment(id, true, header.getLong(16), header.getLong(24), file.size());
	}

	long id() {
		return this.id;
	}

	boolean log() {
		return this.log;
	}

	long salt() {
		return this.salt;
	}

	/**
	 * Returns the number of the first record of a segment of the log.
	 */
	long firstNumber() {
		return this.firstNumber;
	}

	long size() {
		return this.size;
	}

	void size(long bytes) {
		this.size = bytes;
	}

	int indexPages() {
		return this.indexPages;
	}

	void indexPages(int pages) {
		this.indexPages = pages;
	}

	/**
	 * Returns how many bytes its files take.
	 */
	long storedBytes() {
		return this.size + (long) this.indexPages * IndexPages.PAGE;
	}

	long live() {
		return this.live.get();
	}

	void addLive(long bytes) {
		this.live.addAndGet(bytes);
	}

	/**
	 * Returns how many bytes would come back if it were rewritten: 0 when that is not
	 * worth while.
	 */
	long reclaimable() {
		long used = this.live.get();
		return (!this.damaged && used <= this.size / 2) ? this.size - used : 0;
	}

	/**
	 * Notes that it cannot be rewritten.
	 */
	void damaged() {
		this.damaged = true;
	}

	/** Only for the thread that commits, and after it for the upkeep. */
	List<OpenRun> openRuns() {
		return this.openRuns;
	}

	@Override
	public String toString() {
		return fileName();
	}

}
