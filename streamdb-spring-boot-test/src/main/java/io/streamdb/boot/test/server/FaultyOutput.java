package io.streamdb.boot.test.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;

/**
 * A body that a fault changes while it is written. Once it has ended, its writer is told
 * to wait for the connection, and then by the web server that the response is over.
 */
final class FaultyOutput extends ServletOutputStream {

	private static final byte[] BEGIN = { 'X', 'Y' };

	private static final double CORRUPTED = 0.1;

	private final ServletOutputStream target;

	private final HttpServletRequest request;

	private final ServletResponse response;

	private final Fault fault;

	private final RandomGenerator random;

	private long position;

	private boolean begun;

	private boolean nonBlocking;

	private volatile boolean ended;

	FaultyOutput(ServletOutputStream target, HttpServletRequest request, ServletResponse response, Fault fault,
			RandomGenerator random) {
		this.target = target;
		this.request = request;
		this.response = response;
		this.fault = fault;
		this.random = random;
	}

	@Override
	public void write(int octet) throws IOException {
		write(new byte[] { (byte) octet }, 0, 1);
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		if (this.ended) {
			return;
		}
		byte[] changed = withEvent(Arrays.copyOfRange(bytes, offset, offset + length));
		if (this.fault.corruptsBody()) {
			corrupt(changed);
		}
		int count = changed.length;
		if (this.fault.endsBody()) {
			count = (int) Math.min(count, this.fault.bodyLimit() - this.position);
		}
		this.target.write(changed, 0, count);
		this.position += count;
		if (this.fault.endsBody() && this.position == this.fault.bodyLimit()) {
			endBody();
		}
	}

	/**
	 * In one piece with what follows: after it the connection may take nothing for a
	 * while.
	 */
	private byte[] withEvent(byte[] bytes) {
		if (this.begun) {
			return bytes;
		}
		this.begun = true;
		String contentType = this.response.getContentType();
		if (this.fault.sseEvent() == null || contentType == null || !contentType.startsWith("text/event-stream")) {
			return bytes;
		}
		byte[] event = this.fault.sseEvent().getBytes(StandardCharsets.UTF_8);
		byte[] both = Arrays.copyOf(event, event.length + bytes.length);
		System.arraycopy(bytes, 0, both, event.length, bytes.length);
		return both;
	}

	private void corrupt(byte[] bytes) {
		for (int i = 0; i < bytes.length; i++) {
			long at = this.position + i;
			if (at < BEGIN.length) {
				bytes[i] = BEGIN[(int) at];
			}
			else if (this.random.nextDouble() < CORRUPTED) {
				bytes[i] = 'Z';
			}
		}
	}

	private void endBody() throws IOException {
		if (this.fault.cutsBody()) {
			flush();
			end();
			ConnectionValve.dropConnection(this.request);
		}
		else {
			end();
			if (this.request.isAsyncStarted()) {
				this.request.getAsyncContext().complete();
			}
		}
	}

	void end() {
		this.ended = true;
	}

	@Override
	public void flush() throws IOException {
		if (!this.ended && (!this.nonBlocking || this.target.isReady())) {
			this.target.flush();
		}
	}

	@Override
	public boolean isReady() {
		return !this.ended && this.target.isReady();
	}

	@Override
	public void setWriteListener(WriteListener listener) {
		this.nonBlocking = true;
		this.target.setWriteListener(listener);
	}

	@Override
	public void close() throws IOException {
		this.target.close();
	}

}
