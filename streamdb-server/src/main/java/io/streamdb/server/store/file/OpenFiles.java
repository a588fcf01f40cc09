package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that are open for readers: no more than a limit, and those that are being
 * read at this moment. The one that was not used for longest is closed first.
 */
final class OpenFiles implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(OpenFiles.class);

	private final ReentrantLock lock = new ReentrantLock();

	private final Disk disk;

	private final int limit;

	private final Map<String, Handle> handles = new LinkedHashMap<>(16, 0.75f, true);

	private boolean closed;

	OpenFiles(Disk disk, int limit) {
		this.disk = disk;
		this.limit = limit;
	}

	/**
	 * Reads some bytes of a file.
	 * @return how many, or -1 at the end of the file
	 * @throws java.nio.file.NoSuchFileException when the file was deleted
	 */
	int read(String name, ByteBuffer target, long position) throws IOException {
		while (true) {
			Handle handle = acquire(name);
			try {
				return handle.file.read(target, position);
			}
			catch (ClosedByInterruptException ex) {
				// Closes the file for everybody, who then open it again.
				drop(name, handle);
				throw ex;
			}
			catch (ClosedChannelException ex) {
				drop(name, handle);
			}
			finally {
				release(handle);
			}
		}
	}

	/**
	 * Reads until the target is full.
	 * @return whether it is: not when the file ends before
	 */
	boolean readFully(String name, ByteBuffer target, long position) throws IOException {
		long from = position;
		while (target.hasRemaining()) {
			int count = read(name, target, from);
			if (count < 0) {
				return false;
			}
			from += count;
		}
		return true;
	}

	private Handle acquire(String name) throws IOException {
		this.lock.lock();
		try {
			if (this.closed) {
				throw new IOException("The file store in " + this.disk.name() + " is closed");
			}
			Handle handle = this.handles.get(name);
			if (handle == null) {
				handle = new Handle(this.disk.open(name));
				this.handles.put(name, handle);
				evict();
			}
			handle.readers++;
			return handle;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void evict() {
		Iterator<Handle> leastRecentFirst = this.handles.values().iterator();
		while (this.handles.size() > this.limit) {
			Handle eldest = leastRecentFirst.next();
			leastRecentFirst.remove();
			retire(eldest);
		}
	}

	private void release(Handle handle) {
		this.lock.lock();
		try {
			handle.readers--;
			if (handle.retired && handle.readers == 0) {
				close(handle);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void drop(String name, Handle handle) {
		this.lock.lock();
		try {
			if (this.handles.remove(name, handle)) {
				retire(handle);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes a file that will be deleted.
	 */
	void forget(String name) {
		this.lock.lock();
		try {
			Handle handle = this.handles.remove(name);
			if (handle != null) {
				retire(handle);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private static void retire(Handle handle) {
		handle.retired = true;
		if (handle.readers == 0) {
			close(handle);
		}
	}

	private static void close(Handle handle) {
		try {
			handle.file.close();
		}
		catch (IOException ex) {
			logger.debug("A file that was only read could not be closed", ex);
		}
	}

	int size() {
		this.lock.lock();
		try {
			return this.handles.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
			List<Handle> open = new ArrayList<>(this.handles.values());
			this.handles.clear();
			open.forEach(OpenFiles::retire);
		}
		finally {
			this.lock.unlock();
		}
	}

	private static final class Handle {

		private final DiskFile file;

		private int readers;

		private boolean retired;

		Handle(DiskFile file) {
			this.file = file;
		}

	}

}
