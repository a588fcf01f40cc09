package io.streamdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import io.streamdb.client.TransportResponse;

/**
 * A response in the same process. Its body is pulled by the thread that reads it, which
 * waits while there is nothing.
 */
final class InProcessResponse implements TransportResponse {

	private final ProtocolResponse response;

	private final Body body;

	InProcessResponse(ProtocolResponse response) {
		this.response = response;
		this.body = new Body(response.body());
	}

	@Override
	public int status() {
		return this.response.status();
	}

	@Override
	public @Nullable String header(String name) {
		return this.response.header(name);
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	public void close() {
		this.body.close();
	}

	private static final class Body extends InputStream {

		private final ReentrantLock lock = new ReentrantLock();

		private final Condition changed = this.lock.newCondition();

		private final ResponseBody source;

		private boolean ready;

		private volatile boolean closed;

		Body(ResponseBody source) {
			this.source = source;
		}

		@Override
		public int read() throws IOException {
			byte[] single = new byte[1];
			return (read(single, 0, 1) < 0) ? -1 : single[0] & 0xFF;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			if (length == 0) {
				return 0;
			}
			while (true) {
				if (this.closed) {
					throw new IOException("The response was closed");
				}
				int count = this.source.read(target, offset, length);
				if (count == ResponseBody.END) {
					this.source.close();
				}
				if (count != 0) {
					return count;
				}
				await();
			}
		}

		private void await() throws IOException {
			this.ready = false;
			this.source.whenReady(this::wake);
			this.lock.lock();
			try {
				while (!this.ready && !this.closed) {
					this.changed.await();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new InterruptedIOException("Interrupted while waiting for more of the stream");
			}
			finally {
				this.lock.unlock();
			}
		}

		private void wake() {
			this.lock.lock();
			try {
				this.ready = true;
				this.changed.signalAll();
			}
			finally {
				this.lock.unlock();
			}
		}

		@Override
		public void close() {
			this.closed = true;
			this.source.close();
			wake();
		}

	}

}
