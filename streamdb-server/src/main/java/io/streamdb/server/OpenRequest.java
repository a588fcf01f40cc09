package io.streamdb.server;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One request over HTTP, from its begin to the end of its answer; and what its body takes
 * of the memory for all bodies, until it is in its stream.
 */
final class OpenRequest {

	private final OpenRequests all;

	private final AtomicBoolean ended = new AtomicBoolean();

	private final AtomicLong bodyBytes = new AtomicLong();

	OpenRequest(OpenRequests all) {
		this.all = all;
	}

	/**
	 * Makes room for a further piece of the body.
	 * @throws ServerBusyException when there is none
	 */
	void take(int bytes) throws ServerBusyException {
		this.all.take(bytes);
		this.bodyBytes.addAndGet(bytes);
	}

	/**
	 * Gives back what the body takes.
	 */
	void releaseBody() {
		this.all.release(this.bodyBytes.getAndSet(0));
	}

	/**
	 * Ends the request. May be called more than once.
	 */
	void end() {
		releaseBody();
		if (this.ended.compareAndSet(false, true)) {
			this.all.end();
		}
	}

	/**
	 * Ends the request with its response.
	 */
	void endWith(ProtocolResponse response) {
		response.body(new OpenBody(response.body(), this));
	}

}
