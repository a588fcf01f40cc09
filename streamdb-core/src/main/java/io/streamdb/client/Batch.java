package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;

/**
 * A batch on its way to a {@link BatchHandler}: sees to it that the handler gets begin,
 * data and then end or abort, and that only what arrived whole is ended.
 */
final class Batch {

	private final BatchHandler handler;

	private final ErrorResponses errors;

	private final StreamRequest request;

	private final int status;

	private final String offset;

	private final boolean json;

	private boolean open;

	private boolean messages;

	Batch(BatchHandler handler, ErrorResponses errors, StreamRequest request, int status, String offset, boolean json) {
		this.handler = handler;
		this.errors = errors;
		this.request = request;
		this.status = status;
		this.offset = offset;
		this.json = json;
	}

	boolean isOpen() {
		return this.open;
	}

	private void begin() throws HandlerFailure {
		if (this.open) {
			return;
		}
		try {
			this.handler.begin(this.offset);
			this.open = true;
		}
		catch (Throwable ex) {
			throw new HandlerFailure(ex);
		}
	}

	/**
	 * Gives the handler a part, unless it is empty.
	 * @param source the part as it arrives
	 * @throws RequestFailure when the source broke, or the handler cannot read it
	 * @throws HandlerFailure when the handler failed
	 */
	void deliver(InputStream source) throws RequestFailure, HandlerFailure {
		begin();
		BatchPart part = new BatchPart(source, this.json);
		try {
			if (!part.isEmpty()) {
				this.handler.data(part);
				part.drain();
			}
		}
		catch (Throwable ex) {
			// What the source threw counts, however the handler has wrapped it.
			throw failure((part.failure() != null) ? part.failure() : ex);
		}
		if (part.failure() != null) {
			throw failure(part.failure());
		}
		this.messages |= part.hasMessages();
	}

	private RequestFailure failure(Throwable thrown) throws HandlerFailure {
		if (thrown instanceof StreamParseException parse) {
			return new RequestFailure(parse);
		}
		if (thrown instanceof IOException) {
			return this.errors.ofCause(this.request, thrown);
		}
		throw new HandlerFailure(thrown);
	}

	/**
	 * Refuses an offset that lies before the batch: offsets only grow (protocol, 8), so
	 * this is another stream at the same URL.
	 * @param next the offset that the server gave
	 * @throws RequestFailure when it lies before the batch
	 */
	void checkOrder(String next) throws RequestFailure {
		boolean known = !this.offset.equals(ReadOptions.START) && !this.offset.equals(ReadOptions.NOW);
		if (known && next.compareTo(this.offset) < 0) {
			throw this.errors.recreated(this.request, this.status,
					"the tail is " + next + ", before the offset " + this.offset + " that was read already");
		}
	}

	void end(BatchEnd end) throws RequestFailure, HandlerFailure {
		checkOrder(end.offset());
		if (this.messages && end.offset().equals(this.offset)) {
			throw this.errors.unreadable(this.request, this.status,
					"with messages and an offset that is not after them", null);
		}
		begin();
		this.open = false;
		try {
			this.handler.end(end);
		}
		catch (Throwable ex) {
			throw new HandlerFailure(ex);
		}
	}

	/**
	 * Tells the handler that nothing of the batch counts, if it has seen its begin.
	 * @param cause why
	 * @throws HandlerFailure when the handler failed
	 */
	void abort(Throwable cause) throws HandlerFailure {
		if (!this.open) {
			return;
		}
		this.open = false;
		try {
			this.handler.abort(cause);
		}
		catch (Throwable ex) {
			throw new HandlerFailure(ex);
		}
	}

}
