package io.streamdb.server;

import java.io.IOException;

/**
 * A body at whose end a request ends.
 *
 * @param body the body
 * @param request the request
 */
record OpenBody(ResponseBody body, OpenRequest request) implements ResponseBody {

	@Override
	public long length() {
		return this.body.length();
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		return this.body.read(target, offset, length);
	}

	@Override
	public void whenReady(Runnable action) {
		this.body.whenReady(action);
	}

	@Override
	public boolean isTimed() {
		return this.body.isTimed();
	}

	@Override
	public void whenOverdue(Runnable action) {
		this.body.whenOverdue(action);
	}

	@Override
	public void close() {
		this.body.close();
		this.request.end();
	}

}
