package io.streamdb.server.store;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * What a stream holds at one moment, as far as it is durable. Immutable, and replaced as
 * a whole by every change, so that a reader sees the tail and the closure of the same
 * moment without a lock.
 */
public final class LogHead {

	private final StreamLog log;

	private final long tail;

	private final boolean closed;

	private final Presence presence;

	LogHead(StreamLog log, long tail, boolean closed, Presence presence) {
		this.log = log;
		this.tail = tail;
		this.closed = closed;
		this.presence = presence;
	}

	/**
	 * Returns the position after the last append.
	 * @return the position
	 */
	public long tail() {
		return this.tail;
	}

	/**
	 * Returns whether the stream is closed: nothing will be appended any more.
	 * @return whether it is closed
	 */
	public boolean closed() {
		return this.closed;
	}

	/**
	 * Returns whether the stream is no longer there for its clients.
	 * @return whether it was deleted or has expired
	 */
	public boolean gone() {
		return this.presence != Presence.SERVED;
	}

	/**
	 * Returns whether the stream is gone and its data are kept for its forks (PROTOCOL
	 * 4.2).
	 * @return whether it is kept
	 */
	public boolean keptForForks() {
		return this.presence == Presence.KEPT_FOR_FORKS;
	}

	/**
	 * Returns whether an append begins at a position, or the stream ends there. May wait
	 * for the disk.
	 * @param position the position
	 * @return whether a read may begin there
	 * @throws IOException when that cannot be told
	 */
	public boolean isBoundary(long position) throws IOException {
		if (position < 0 || position > this.tail) {
			return false;
		}
		StreamLog owner = this.log;
		long limit = this.tail;
		while (position < owner.firstPosition()) {
			limit = owner.firstPosition();
			owner = owner.origin();
		}
		return owner.data().isBoundary(position, limit);
	}

	/**
	 * Reads whole appends: as many as fit the limit, but at least one if there is one. A
	 * fork's own follow those that it has from its source. May wait for the disk.
	 * @param position where to begin: a boundary
	 * @param maxBytes how many bytes to read at most, the first append apart
	 * @return the appends, none at the tail, to be closed; or {@code null} when the
	 * stream is gone by now
	 * @throws IOException when the bytes cannot be read or are not those that were
	 * written
	 */
	public @Nullable AppendRange read(long position, long maxBytes) throws IOException {
		AppendRange range = piece(position, maxBytes);
		if (range == null || range.end() == this.tail || position >= this.log.firstPosition()) {
			return range;
		}
		return continued(range, maxBytes);
	}

	private @Nullable AppendRange continued(AppendRange first, long maxBytes) throws IOException {
		StitchedRange whole = new StitchedRange(first);
		while (whole.end() < this.tail && whole.byteCount() < maxBytes) {
			AppendRange next;
			try {
				next = piece(whole.end(), maxBytes - whole.byteCount());
			}
			catch (IOException | RuntimeException ex) {
				whole.close();
				throw ex;
			}
			if (next == null) {
				whole.close();
				return null;
			}
			if (next.byteCount() > maxBytes - whole.byteCount()) {
				next.close();
				break;
			}
			whole.add(next);
		}
		return whole;
	}

	private @Nullable AppendRange piece(long position, long maxBytes) throws IOException {
		StreamLog owner = this.log;
		long limit = this.tail;
		while (position < owner.firstPosition()) {
			limit = Math.min(limit, owner.firstPosition());
			owner = owner.origin();
		}
		return owner.data().read(position, limit, maxBytes);
	}

	LogHead advance(long newTail, boolean nowClosed) {
		return new LogHead(this.log, newTail, this.closed || nowClosed, this.presence);
	}

	LogHead leave(Presence now) {
		return new LogHead(this.log, this.tail, this.closed, now);
	}

	/** For whom a stream is there. */
	enum Presence {

		/** For its clients. */
		SERVED,

		/** For its forks only. */
		KEPT_FOR_FORKS,

		/** For nobody. */
		GONE

	}

}
