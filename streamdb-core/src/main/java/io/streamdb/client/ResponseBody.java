package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The body of a response that may not be silent for too long (the heartbeat limit of SPEC
 * P4). Only the time that a read waits counts: a slow consumer is not a silent server.
 */
final class ResponseBody extends InputStream {

	private static final long NOT_WAITING = Long.MIN_VALUE;

	private final TransportResponse response;

	private final InputStream body;

	private final Duration limit;

	private final LongSupplier nanoTime;

	private final Scheduling scheduling;

	private volatile long waitingSince = NOT_WAITING;

	private volatile boolean silent;

	private volatile boolean closed;

	private volatile @Nullable CompletableFuture<@Nullable Void> watch;

	ResponseBody(TransportResponse response, Duration limit, LongSupplier nanoTime, Scheduling scheduling) {
		this.response = response;
		this.body = response.body();
		this.limit = limit;
		this.nanoTime = nanoTime;
		this.scheduling = scheduling;
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		int count = read(one, 0, 1);
		return (count < 0) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (length == 0) {
			return 0;
		}
		startWatch();
		this.waitingSince = this.nanoTime.getAsLong();
		int count;
		try {
			count = this.body.read(target, offset, length);
		}
		catch (IOException ex) {
			throw this.silent ? silence(ex) : ex;
		}
		finally {
			this.waitingSince = NOT_WAITING;
		}
		if (count < 0 && this.silent) {
			throw silence(null);
		}
		if (count < 0 && this.closed) {
			throw new IOException("The response was closed while it was being read");
		}
		return count;
	}

	private IOException silence(@Nullable IOException cause) {
		HttpTimeoutException silence = new HttpTimeoutException("nothing arrived for " + this.limit);
		if (cause != null) {
			silence.initCause(cause);
		}
		return silence;
	}

	/**
	 * Releases the exchange; may be called from any thread.
	 */
	@Override
	public void close() {
		this.closed = true;
		CompletableFuture<@Nullable Void> watch = this.watch;
		if (watch != null) {
			// Not cancelled, which would make an exception for each response.
			watch.complete(null);
		}
		this.response.close();
	}

	private void startWatch() {
		if (this.watch == null) {
			checkAfter(this.limit.toNanos());
		}
	}

	private void checkAfter(long nanos) {
		CompletableFuture<@Nullable Void> next = new CompletableFuture<>();
		this.watch = next;
		next.thenRun(this::check);
		this.scheduling.completeLater(next, Duration.ofNanos(nanos));
		if (this.closed) {
			next.cancel(false);
		}
	}

	private void check() {
		long since = this.waitingSince;
		long waited = (since == NOT_WAITING) ? 0 : this.nanoTime.getAsLong() - since;
		long left = this.limit.toNanos() - waited;
		if (left <= 0) {
			this.silent = true;
			this.response.close();
		}
		else if (!this.closed) {
			checkAfter(left);
		}
	}

}
