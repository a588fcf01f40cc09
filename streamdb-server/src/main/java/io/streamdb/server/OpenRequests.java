package io.streamdb.server;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The requests over HTTP that are not wholly answered, live reads apart, and the bodies
 * that they brought: bounds both (SPEC S6).
 */
final class OpenRequests {

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicLong bodyBytes = new AtomicLong();

	private final int maxOpen;

	private final long maxBodyBytes;

	OpenRequests(int maxOpen, long maxBodyBytes) {
		this.maxOpen = maxOpen;
		this.maxBodyBytes = maxBodyBytes;
	}

	int open() {
		return this.open.get();
	}

	long bodyBytes() {
		return this.bodyBytes.get();
	}

	/**
	 * Begins a request.
	 * @throws ServerBusyException when there are too many
	 */
	OpenRequest begin() throws ServerBusyException {
		if (this.open.incrementAndGet() > this.maxOpen) {
			this.open.decrementAndGet();
			throw new ServerBusyException("The server has its limit of " + this.maxOpen + " open requests");
		}
		return new OpenRequest(this);
	}

	/**
	 * Goes on with a request that was counted with the live reads. It is not refused: the
	 * next ones are.
	 */
	OpenRequest resume() {
		this.open.incrementAndGet();
		return new OpenRequest(this);
	}

	void end() {
		this.open.decrementAndGet();
	}

	void take(int bytes) throws ServerBusyException {
		if (this.bodyBytes.addAndGet(bytes) > this.maxBodyBytes) {
			this.bodyBytes.addAndGet(-bytes);
			throw new ServerBusyException(
					"The server has its limit of " + this.maxBodyBytes + " bytes in the bodies of open requests");
		}
	}

	void release(long bytes) {
		this.bodyBytes.addAndGet(-bytes);
	}

}
