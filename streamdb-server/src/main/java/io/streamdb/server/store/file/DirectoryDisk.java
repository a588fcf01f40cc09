package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of the file system.
 */
final class DirectoryDisk implements Disk {

	private static final Logger logger = LoggerFactory.getLogger(DirectoryDisk.class);

	private static final String LOCK = "lock";

	/**
	 * What this process has locked. To open and close a lock file again would lose the
	 * lock, since to POSIX it belongs to the process.
	 */
	private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

	private final Path directory;

	private @Nullable FileChannel lockChannel;

	private @Nullable FileLock lock;

	private @Nullable Path locked;

	private boolean directoryCannotBeForced;

	DirectoryDisk(Path directory) {
		this.directory = directory.toAbsolutePath().normalize();
	}

	@Override
	public void lock() throws IOException {
		try {
			lockDirectory();
		}
		catch (FileSystemException ex) {
			throw new IOException("The directory " + this.directory
					+ " of the stream store cannot be used: make sure that it is a directory that this process may "
					+ "write to (" + ex + ")", ex);
		}
	}

	private void lockDirectory() throws IOException {
		createDirectories(this.directory);
		Path path = this.directory.toRealPath();
		if (!LOCKED.add(path)) {
			throw new DirectoryInUseException(this.directory.toString(), self());
		}
		this.locked = path;
		FileChannel channel = FileChannel.open(this.directory.resolve(LOCK), StandardOpenOption.CREATE,
				StandardOpenOption.READ, StandardOpenOption.WRITE);
		try {
			FileLock taken = tryLock(channel);
			if (taken == null) {
				throw new DirectoryInUseException(this.directory.toString(), holder(channel));
			}
			channel.truncate(0);
			channel.write(ByteBuffer.wrap((self() + "\n").getBytes(StandardCharsets.US_ASCII)));
			this.lock = taken;
			this.lockChannel = channel;
		}
		finally {
			if (this.lock == null) {
				channel.close();
			}
		}
	}

	private static String self() {
		return "process " + ProcessHandle.current().pid();
	}

	private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
		try {
			return channel.tryLock();
		}
		catch (OverlappingFileLockException ex) {
			return null;
		}
	}

	/**
	 * Reads who has the lock. Where locks keep others from reading, nobody can tell.
	 */
	private static String holder(FileChannel channel) {
		try {
			ByteBuffer text = ByteBuffer.allocate(64);
			channel.read(text, 0);
			String holder = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
			return holder.isEmpty() ? "another process" : holder;
		}
		catch (IOException ex) {
			logger.debug("The lock cannot be read", ex);
			return "another process";
		}
	}

	private void createDirectories(Path path) throws IOException {
		if (Files.isDirectory(path)) {
			return;
		}
		Path parent = path.getParent();
		if (parent != null) {
			createDirectories(parent);
		}
		Files.createDirectory(path);
		if (parent != null) {
			force(parent);
		}
	}

	@Override
	public List<String> list() throws IOException {
		List<String> names = new ArrayList<>();
		try (Stream<Path> files = Files.list(this.directory)) {
			files.filter(Files::isRegularFile).map((file) -> file.getFileName().toString()).forEach(names::add);
		}
		names.remove(LOCK);
		return names;
	}

	@Override
	public DiskFile create(String name) throws IOException {
		return new ChannelFile(FileChannel.open(this.directory.resolve(name), StandardOpenOption.CREATE_NEW,
				StandardOpenOption.READ, StandardOpenOption.WRITE));
	}

	@Override
	public DiskFile open(String name) throws IOException {
		return new ChannelFile(
				FileChannel.open(this.directory.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE));
	}

	@Override
	public void rename(String from, String to) throws IOException {
		Files.move(this.directory.resolve(from), this.directory.resolve(to), StandardCopyOption.ATOMIC_MOVE,
				StandardCopyOption.REPLACE_EXISTING);
	}

	@Override
	public void delete(String name) throws IOException {
		Files.deleteIfExists(this.directory.resolve(name));
	}

	@Override
	public void force() throws IOException {
		force(this.directory);
	}

	private void force(Path path) throws IOException {
		if (this.directoryCannotBeForced) {
			return;
		}
		FileChannel channel;
		try {
			channel = FileChannel.open(path, StandardOpenOption.READ);
		}
		catch (NoSuchFileException ex) {
			throw ex;
		}
		catch (IOException ex) {
			// Windows opens no directories; NTFS keeps names in a journal of its own.
			logger.info("Directories cannot be forced here: file names are as durable as the file system makes them");
			this.directoryCannotBeForced = true;
			return;
		}
		try (channel) {
			channel.force(true);
		}
	}

	@Override
	public long room() {
		return this.directory.toFile().getUsableSpace();
	}

	@Override
	public String name() {
		return this.directory.toString();
	}

	@Override
	public void close() {
		try {
			if (this.lock != null) {
				this.lock.release();
				this.lock = null;
			}
			if (this.lockChannel != null) {
				this.lockChannel.close();
				this.lockChannel = null;
			}
		}
		catch (IOException ex) {
			logger.warn("The lock of {} was not released: it goes with this process", this.directory, ex);
		}
		finally {
			if (this.locked != null) {
				LOCKED.remove(this.locked);
				this.locked = null;
			}
		}
	}

	private record ChannelFile(FileChannel channel) implements DiskFile {

		@Override
		public long size() throws IOException {
			return this.channel.size();
		}

		@Override
		public int read(ByteBuffer target, long position) throws IOException {
			return this.channel.read(target, position);
		}

		@Override
		public void write(ByteBuffer source, long position) throws IOException {
			long to = position;
			while (source.hasRemaining()) {
				to += this.channel.write(source, to);
			}
		}

		@Override
		public void truncate(long size) throws IOException {
			this.channel.truncate(size);
			this.channel.force(true);
		}

		@Override
		public void force() throws IOException {
			// fdatasync forces a changed size, too.
			this.channel.force(false);
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
		}

	}

}
