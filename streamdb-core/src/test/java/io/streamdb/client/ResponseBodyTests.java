package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ResponseBody}, whose time is the test's.
 */
@Timeout(60)
class ResponseBodyTests {

	private static final Duration LIMIT = Duration.ofMillis(20);

	private final AtomicLong now = new AtomicLong();

	private final AtomicInteger checks = new AtomicInteger();

	private final SlowBody source = new SlowBody();

	private final ResponseBody body = new ResponseBody(new Response(), LIMIT, () -> {
		this.checks.incrementAndGet();
		return this.now.get();
	}, Scheduling.real());

	@Test
	void silenceEndsARead() {
		CompletableFuture<Integer> read = read();
		awaitCheck();
		this.now.addAndGet(LIMIT.toNanos());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> read.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(HttpTimeoutException.class)
			.withMessageContaining("nothing arrived for PT0.02S");
	}

	@Test
	void everyByteIsAHeartbeat() throws Exception {
		for (int i = 0; i < 10; i++) {
			CompletableFuture<Integer> read = read();
			awaitCheck();
			this.now.addAndGet(LIMIT.toNanos() - 1);
			awaitCheck();
			this.source.bytes.add(i);
			assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(i);
		}
	}

	@Test
	void slowConsumerIsNoSilence() throws Exception {
		this.source.bytes.add(1);
		this.source.bytes.add(2);
		assertThat(this.body.read()).isEqualTo(1);
		this.now.addAndGet(LIMIT.toNanos() * 100);
		awaitCheck(2);
		assertThat(this.body.read()).isEqualTo(2);
	}

	@Test
	void closedBodyIsAnErrorAndNoEnd() {
		CompletableFuture<Integer> read = read();
		awaitCheck();
		this.body.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> read.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(IOException.class);
	}

	@Test
	void endIsTheEnd() throws Exception {
		this.source.bytes.add(-1);
		assertThat(this.body.read()).isEqualTo(-1);
	}

	private CompletableFuture<Integer> read() {
		CompletableFuture<Integer> read = new CompletableFuture<>();
		new Thread(() -> {
			try {
				read.complete(this.body.read());
			}
			catch (Throwable ex) {
				read.completeExceptionally(ex);
			}
		}).start();
		Awaitility.await().until(() -> this.source.waiting);
		return read;
	}

	private void awaitCheck() {
		int before = this.checks.get();
		Awaitility.await().until(() -> this.checks.get() > before);
	}

	/** Lets some limits pass in which nobody reads and so no time is asked for. */
	private void awaitCheck(int limits) {
		CompletableFuture<Void> passed = new CompletableFuture<>();
		passed.completeOnTimeout(null, LIMIT.toMillis() * limits, TimeUnit.MILLISECONDS);
		passed.join();
	}

	private final class Response implements TransportResponse {

		private final TransportResponse head = new MemoryResponse(200, Map.of(), "");

		@Override
		public int status() {
			return this.head.status();
		}

		@Override
		public String header(String name) {
			return this.head.header(name);
		}

		@Override
		public InputStream body() {
			return ResponseBodyTests.this.source;
		}

		@Override
		public void close() {
			// Some transports can only end a blocked read as if the body had ended.
			ResponseBodyTests.this.source.bytes.add(-1);
		}

	}

	/**
	 * Gives what the test puts into it.
	 */
	private static final class SlowBody extends InputStream {

		private final BlockingQueue<Integer> bytes = new LinkedBlockingQueue<>();

		private volatile boolean waiting;

		@Override
		public int read() throws IOException {
			this.waiting = true;
			try {
				return this.bytes.take();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			finally {
				this.waiting = false;
			}
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			int next = read();
			if (next < 0) {
				return -1;
			}
			target[offset] = (byte) next;
			return 1;
		}

	}

}
