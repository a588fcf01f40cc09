package io.streamdb.server.store.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A disk in memory that knows what was forced. It can lose its power at any change: what
 * was not forced is then there in part, in any order, or not at all, sector by sector, as
 * the worst disk would have it. Names are files only when the directory was forced.
 */
final class SimulatedDisk implements Disk {

	private static final int SECTOR = 512;

	private final ReentrantLock lock = new ReentrantLock();

	/** What a process sees. */
	private final Map<String, Content> files = new TreeMap<>();

	/** What is there after a power cut. */
	private final Map<String, Content> forcedFiles = new TreeMap<>();

	private final List<NameChange> changes = new ArrayList<>();

	private int openFiles;

	private int mostOpenFiles;

	private long bytesRead;

	private int operations;

	private int powerOffAt = Integer.MAX_VALUE;

	private volatile boolean off;

	private boolean lying;

	private int forces;

	private int failForceAt = Integer.MAX_VALUE;

	private long room = Long.MAX_VALUE / 2;

	private boolean writesFail;

	private boolean locked;

	/**
	 * Cuts the power at a change: a write, a force, or a change of a name. A write may
	 * still get through in part.
	 */
	SimulatedDisk powerOffAt(int operation) {
		this.powerOffAt = operation;
		return this;
	}

	/** Lets forces do nothing and succeed, as some disks do. */
	SimulatedDisk lying() {
		this.lying = true;
		return this;
	}

	SimulatedDisk failForceAt(int force) {
		this.failForceAt = force;
		return this;
	}

	void room(long bytes) {
		this.room = bytes;
	}

	void failWrites() {
		this.writesFail = true;
	}

	int operations() {
		return this.operations;
	}

	int forces() {
		return this.forces;
	}

	boolean isOff() {
		return this.off;
	}

	int openFiles() {
		return this.openFiles;
	}

	int mostOpenFiles() {
		return this.mostOpenFiles;
	}

	long bytesRead() {
		return this.bytesRead;
	}

	long bytesStored() {
		return this.files.values().stream().mapToLong((content) -> content.now.length).sum();
	}

	Map<String, byte[]> contents() {
		Map<String, byte[]> contents = new TreeMap<>();
		this.files.forEach((name, content) -> contents.put(name, content.now.copy()));
		return contents;
	}

	static SimulatedDisk of(Map<String, byte[]> contents) {
		SimulatedDisk disk = new SimulatedDisk();
		contents.forEach((name, bytes) -> disk.put(name, bytes.clone()));
		return disk;
	}

	private void put(String name, byte[] bytes) {
		Content content = new Content(bytes);
		this.files.put(name, content);
		this.forcedFiles.put(name, content);
	}

	/**
	 * Returns what the next process finds when this one is killed: all that was written.
	 */
	SimulatedDisk afterKill() {
		SimulatedDisk next = new SimulatedDisk();
		Map<Content, Content> copies = new IdentityHashMap<>();
		this.forcedFiles
			.forEach((name, content) -> next.forcedFiles.put(name, copies.computeIfAbsent(content, Content::copy)));
		this.files.forEach((name, content) -> next.files.put(name, copies.computeIfAbsent(content, Content::copy)));
		for (NameChange change : this.changes) {
			Content content = (change.content() != null) ? copies.computeIfAbsent(change.content(), Content::copy)
					: null;
			next.changes.add(new NameChange(change.from(), change.to(), content));
		}
		return next;
	}

	/**
	 * Returns what is there when the power comes back.
	 */
	SimulatedDisk afterPowerCut(Random random) {
		Map<String, Content> names = new TreeMap<>(this.forcedFiles);
		for (NameChange change : this.changes) {
			if (random.nextBoolean()) {
				change.applyTo(names);
			}
		}
		Map<Content, byte[]> remains = new IdentityHashMap<>();
		SimulatedDisk next = new SimulatedDisk();
		names
			.forEach((name, content) -> next.put(name, remains.computeIfAbsent(content, (one) -> one.remains(random))));
		return next;
	}

	@Override
	public void lock() throws IOException {
		if (this.locked) {
			throw new DirectoryInUseException(name(), "this very test");
		}
		this.locked = true;
	}

	@Override
	public List<String> list() {
		return new ArrayList<>(this.files.keySet());
	}

	@Override
	public DiskFile create(String name) throws IOException {
		this.lock.lock();
		try {
			change();
			if (this.files.containsKey(name)) {
				throw new FileAlreadyExistsException(name);
			}
			Content content = new Content(new byte[0]);
			this.files.put(name, content);
			this.changes.add(new NameChange(null, name, content));
			return opened(content);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public DiskFile open(String name) throws IOException {
		this.lock.lock();
		try {
			Content content = this.files.get(name);
			if (content == null) {
				throw new NoSuchFileException(name);
			}
			return opened(content);
		}
		finally {
			this.lock.unlock();
		}
	}

	private DiskFile opened(Content content) {
		this.openFiles++;
		this.mostOpenFiles = Math.max(this.mostOpenFiles, this.openFiles);
		return new SimulatedFile(content);
	}

	@Override
	public void rename(String from, String to) throws IOException {
		this.lock.lock();
		try {
			change();
			Content content = this.files.remove(from);
			if (content == null) {
				throw new FileNotFoundException(from);
			}
			this.files.put(to, content);
			this.changes.add(new NameChange(from, to, content));
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void delete(String name) throws IOException {
		this.lock.lock();
		try {
			if (this.files.containsKey(name)) {
				change();
				this.files.remove(name);
				this.changes.add(new NameChange(name, null, null));
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void force() throws IOException {
		this.lock.lock();
		try {
			forcing();
			if (!this.lying) {
				this.forcedFiles.clear();
				this.forcedFiles.putAll(this.files);
				this.changes.clear();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public long room() {
		return this.room;
	}

	@Override
	public String name() {
		return "simulated disk";
	}

	@Override
	public void close() {
		this.locked = false;
	}

	private void forcing() throws IOException {
		change();
		this.forces++;
		if (this.forces == this.failForceAt) {
			throw new IOException("Input/output error");
		}
	}

	private void change() throws IOException {
		this.operations++;
		if (this.off || this.operations >= this.powerOffAt) {
			this.off = true;
			throw new IOException("The power is off");
		}
	}

	/** A name that was given, changed or taken away. */
	private record NameChange(String from, String to, Content content) {

		void applyTo(Map<String, Content> names) {
			if (this.from != null) {
				names.remove(this.from);
			}
			if (this.to != null) {
				names.put(this.to, this.content);
			}
		}

	}

	/** A write that was not forced. */
	private record Write(long position, byte[] bytes) {
	}

	/** Bytes that grow. */
	private static final class Bytes {

		private byte[] array;

		private int length;

		Bytes(byte[] array) {
			this.array = array;
			this.length = array.length;
		}

		void write(int position, byte[] source, int from, int count) {
			int end = position + count;
			if (end > this.array.length) {
				this.array = Arrays.copyOf(this.array, Math.max(end, this.array.length * 2));
			}
			System.arraycopy(source, from, this.array, position, count);
			this.length = Math.max(this.length, end);
		}

		void truncate(int size) {
			Arrays.fill(this.array, size, this.length, (byte) 0);
			this.length = size;
		}

		byte[] copy() {
			return Arrays.copyOf(this.array, this.length);
		}

	}

	private static final class Content {

		private final Bytes now;

		private final Bytes forced;

		private final List<Write> writes = new ArrayList<>();

		Content(byte[] bytes) {
			this(bytes, bytes.clone());
		}

		private Content(byte[] now, byte[] forced) {
			this.now = new Bytes(now);
			this.forced = new Bytes(forced);
		}

		Content copy() {
			Content copy = new Content(this.now.copy(), this.forced.copy());
			copy.writes.addAll(this.writes);
			return copy;
		}

		void write(long position, byte[] source) {
			this.now.write((int) position, source, 0, source.length);
			this.writes.add(new Write(position, source));
		}

		void force() {
			for (Write write : this.writes) {
				this.forced.write((int) write.position(), write.bytes(), 0, write.bytes().length);
			}
			this.writes.clear();
		}

		void truncate(int size) {
			force();
			this.now.truncate(size);
			this.forced.truncate(size);
		}

		byte[] remains(Random random) {
			Bytes remains = new Bytes(this.forced.copy());
			for (Write write : this.writes) {
				for (int from = 0; from < write.bytes().length;) {
					int at = (int) write.position() + from;
					int length = Math.min(SECTOR - at % SECTOR, write.bytes().length - from);
					if (random.nextInt(3) > 0) {
						remains.write(at, write.bytes(), from, length);
					}
					from += length;
				}
			}
			return remains.copy();
		}

	}

	private final class SimulatedFile implements DiskFile {

		private final Content content;

		private boolean closed;

		SimulatedFile(Content content) {
			this.content = content;
		}

		@Override
		public long size() {
			return this.content.now.length;
		}

		@Override
		public int read(ByteBuffer target, long position) {
			SimulatedDisk.this.lock.lock();
			try {
				if (position >= this.content.now.length) {
					return -1;
				}
				int count = (int) Math.min(target.remaining(), this.content.now.length - position);
				target.put(this.content.now.array, (int) position, count);
				SimulatedDisk.this.bytesRead += count;
				return count;
			}
			finally {
				SimulatedDisk.this.lock.unlock();
			}
		}

		@Override
		public void write(ByteBuffer source, long position) throws IOException {
			SimulatedDisk.this.lock.lock();
			try {
				byte[] bytes = new byte[source.remaining()];
				source.get(bytes);
				if (SimulatedDisk.this.writesFail) {
					this.content.write(position, Arrays.copyOf(bytes, bytes.length / 2));
					throw new IOException("No space left on device");
				}
				boolean before = SimulatedDisk.this.off;
				try {
					change();
				}
				catch (IOException ex) {
					if (!before) {
						this.content.write(position, Arrays.copyOf(bytes, bytes.length * 2 / 3));
					}
					throw ex;
				}
				this.content.write(position, bytes);
			}
			finally {
				SimulatedDisk.this.lock.unlock();
			}
		}

		@Override
		public void truncate(long size) throws IOException {
			SimulatedDisk.this.lock.lock();
			try {
				change();
				this.content.truncate((int) size);
			}
			finally {
				SimulatedDisk.this.lock.unlock();
			}
		}

		@Override
		public void force() throws IOException {
			SimulatedDisk.this.lock.lock();
			try {
				forcing();
				if (!SimulatedDisk.this.lying) {
					this.content.force();
				}
			}
			finally {
				SimulatedDisk.this.lock.unlock();
			}
		}

		@Override
		public void close() {
			SimulatedDisk.this.lock.lock();
			try {
				if (!this.closed) {
					this.closed = true;
					SimulatedDisk.this.openFiles--;
				}
			}
			finally {
				SimulatedDisk.this.lock.unlock();
			}
		}

	}

}
