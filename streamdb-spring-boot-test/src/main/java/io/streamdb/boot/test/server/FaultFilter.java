package io.streamdb.boot.test.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Gives requests the faults that they are to have. Stands between the web server and the
 * stream server, neither of which knows of it. A request that is held up holds its
 * thread: there are enough for tests.
 */
final class FaultFilter extends HttpFilter {

	private static final long serialVersionUID = 1L;

	private final transient FaultInjector faults;

	private final transient FaultEndpoint endpoint;

	private final transient CountDownLatch closed = new CountDownLatch(1);

	FaultFilter(FaultInjector faults) {
		this.faults = faults;
		this.endpoint = new FaultEndpoint(faults);
	}

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse target, FilterChain chain)
			throws IOException, ServletException {
		HttpServletResponse response = new ExactContentType(request, target);
		String path = request.getPathInfo();
		if (FaultEndpoint.PATH.equals(path)) {
			this.endpoint.answer(request, response);
			return;
		}
		// Preflights are not of the protocol: the reference answers them before all else.
		Fault fault = (path == null || request.getMethod().equals("OPTIONS")) ? null
				: this.faults.meet(path, request.getMethod());
		if (fault == null) {
			chain.doFilter(request, response);
			return;
		}
		if ((fault.isLate() && !holdUp(fault)) || fault.dropsConnection()) {
			ConnectionValve.dropConnection(request);
		}
		else if (fault.status() != 0) {
			refuse(response, fault.status(), fault.retryAfter());
		}
		else if (fault.changesResponse()) {
			chain.doFilter(request, new FaultyResponse(request, response, fault, new Random(this.faults.nextSeed())));
		}
		else {
			chain.doFilter(request, response);
		}
	}

	/**
	 * Holds a request up.
	 * @return whether the server is still there afterwards
	 */
	private boolean holdUp(Fault fault) {
		long nanos = fault.delay().toNanos() + (long) (this.faults.chance() * fault.jitter().toNanos());
		try {
			return !this.closed.await(nanos, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private static void refuse(HttpServletResponse response, int status, @Nullable Duration retryAfter)
			throws IOException {
		response.setStatus(status);
		if (retryAfter != null) {
			response.setHeader("Retry-After", Long.toString(retryAfter.plusNanos(999_999_999).toSeconds()));
		}
		response.setContentType("text/plain");
		response.getOutputStream().write("The test wants this to fail\n".getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Lets requests go that are held up.
	 */
	void close() {
		this.closed.countDown();
	}

}
