package io.streamdb.server.store;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

import org.jspecify.annotations.Nullable;

/**
 * A storage in memory that holds back whatever is to become durable until it is told to
 * go on, or to fail.
 */
public final class HeldStorage implements StreamStorage {

	private final MemoryStorage memory = new MemoryStorage();

	private final Queue<Runnable> held = new ArrayDeque<>();

	private @Nullable Throwable failure;

	private boolean full;

	/** Makes one more record durable. */
	public void forceOne() {
		take().run();
	}

	/** Makes durable what was handed over until now. */
	public void force() {
		for (int count = size(); count > 0; count--) {
			forceOne();
		}
	}

	/** Fails for ever. */
	public void fail(Throwable cause) {
		synchronized (this) {
			this.failure = cause;
		}
		force();
	}

	/** Has no more room, or has it again. */
	public synchronized void setFull(boolean value) {
		this.full = value;
	}

	/** Returns how many records wait. */
	public synchronized int size() {
		return this.held.size();
	}

	private synchronized Runnable take() {
		return this.held.remove();
	}

	private synchronized void hold(WriteCallback done) {
		this.held.add(() -> done.done(failure()));
	}

	@Override
	public synchronized @Nullable Throwable failure() {
		return this.failure;
	}

	private synchronized void checkRoom() throws StorageFullException {
		if (this.full) {
			throw new StorageFullException("The disk is full, on purpose");
		}
	}

	@Override
	public List<RecoveredStream> recover() {
		return this.memory.recover();
	}

	@Override
	public long highestIncarnation() {
		return 0;
	}

	@Override
	public boolean durable() {
		return true;
	}

	@Override
	public StreamData create(StreamDescription description, @Nullable LogRecord first, WriteCallback done)
			throws StorageFullException {
		checkRoom();
		StreamData data = this.memory.create(description, first, (none) -> {
		});
		hold(done);
		return new HeldData(data);
	}

	@Override
	public long storedBytes() {
		return this.memory.storedBytes();
	}

	@Override
	public void close() {
		this.memory.close();
	}

	/** The data of a stream. What is held is there already, but nobody may look. */
	private final class HeldData implements StreamData {

		private final StreamData data;

		HeldData(StreamData data) {
			this.data = data;
		}

		@Override
		public void append(LogRecord record, WriteCallback done) throws StorageFullException {
			checkRoom();
			this.data.append(record, (none) -> {
			});
			hold(done);
		}

		@Override
		public void softDelete(WriteCallback done) {
			hold(done);
		}

		@Override
		public void delete(WriteCallback done) {
			hold((failure) -> {
				if (failure == null) {
					this.data.delete(done);
				}
				else {
					done.done(failure);
				}
			});
		}

		@Override
		public void touch(Instant lastAccess) {
			this.data.touch(lastAccess);
		}

		@Override
		public boolean isBoundary(long position, long limit) throws IOException {
			return this.data.isBoundary(position, limit);
		}

		@Override
		public @Nullable AppendRange read(long position, long limit, long maxBytes) throws IOException {
			return this.data.read(position, limit, maxBytes);
		}

	}

}
