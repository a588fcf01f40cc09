package io.streamdb.boot.test.server;

import java.io.IOException;
import java.util.random.RandomGenerator;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A response that a fault changes on its way from the stream server to the web server.
 */
final class FaultyResponse extends HttpServletResponseWrapper {

	private final HttpServletRequest request;

	private final Fault fault;

	private final RandomGenerator random;

	private @Nullable FaultyOutput output;

	FaultyResponse(HttpServletRequest request, HttpServletResponse response, Fault fault, RandomGenerator random) {
		super(response);
		this.request = request;
		this.fault = fault;
		this.random = random;
	}

	/**
	 * The first that is heard of the answer: what was asked for is done by then.
	 */
	@Override
	public void setStatus(int status) {
		super.setStatus(status);
		if (this.fault.dropsResponse()) {
			if (this.output != null) {
				this.output.end();
			}
			ConnectionValve.dropConnection(this.request);
		}
	}

	@Override
	public void setContentLength(int length) {
		setContentLengthLong(length);
	}

	@Override
	public void setContentLengthLong(long length) {
		boolean truncated = this.fault.endsBody() && !this.fault.cutsBody() && hasBody();
		super.setContentLengthLong(truncated ? Math.min(length, this.fault.bodyLimit()) : length);
	}

	private boolean hasBody() {
		return !this.request.getMethod().equals("HEAD");
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		if (this.output == null) {
			this.output = new FaultyOutput(super.getOutputStream(), this.request, this, this.fault, this.random);
		}
		return this.output;
	}

}
