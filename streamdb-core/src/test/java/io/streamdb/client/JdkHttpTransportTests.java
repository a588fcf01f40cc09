package io.streamdb.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link JdkHttpTransport}.
 */
@Timeout(60)
class JdkHttpTransportTests {

	private final FaultServer server = new FaultServer();

	private final JdkHttpTransport transport = new JdkHttpTransport();

	@AfterEach
	void close() {
		this.server.close();
	}

	@Test
	void sendsMethodHeadersAndBody() throws Exception {
		this.server.then((request, reply) -> reply.send(200, "answer", "Some-Header", "value"));
		try (TransportResponse response = send("POST", Map.of("X-One", "1"), "body")) {
			assertThat(response.status()).isEqualTo(200);
			assertThat(response.header("some-header")).isEqualTo("value");
			assertThat(response.header("absent")).isNull();
			assertThat(response.body().readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("answer");
		}
		assertThat(this.server.request(0)).hasToString("POST /stream");
		assertThat(this.server.request(0).header("x-one")).isEqualTo("1");
		assertThat(this.server.request(0).text()).isEqualTo("body");
	}

	@Test
	void sendsAnEmptyPostWithItsLength() throws Exception {
		this.server.then((request, reply) -> reply.send(204, ""));
		send("POST", Map.of(), null).close();
		assertThat(this.server.request(0).header("Content-Length")).isEqualTo("0");
	}

	@Test
	void bodyArrivesWhileTheServerIsStillSending() throws Exception {
		CountDownLatch read = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			reply.chunked(200).chunk("first");
			read.await();
			reply.chunk("second").finish();
		});
		try (TransportResponse response = get()) {
			InputStream body = response.body();
			assertThat(body.readNBytes(5)).asString(StandardCharsets.UTF_8).isEqualTo("first");
			read.countDown();
			assertThat(body.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("second");
		}
	}

	@Test
	void bodyShorterThanItsLengthIsAnIoException() {
		this.server.then((request, reply) -> reply.head(200, "Content-Length", "10").raw("12345").cut());
		assertBodyBreaks();
	}

	@Test
	void chunkedBodyWithoutItsEndIsAnIoException() {
		this.server.then((request, reply) -> reply.chunked(200).chunk("12345").cut());
		assertBodyBreaks();
	}

	@Test
	void bodyCutWithinAChunkIsAnIoException() {
		this.server.then((request, reply) -> reply.chunked(200).raw("a\r\n123").cut());
		assertBodyBreaks();
	}

	@Test
	void wrongChunkSizeIsAnIoException() {
		this.server.then((request, reply) -> reply.chunked(200).chunk("12345").raw("nonsense\r\n123").cut());
		assertBodyBreaks();
	}

	@Test
	void connectionThatIsResetIsAnIoException() {
		// A reset throws away what has arrived and was not read, so it waits for a byte.
		CountDownLatch read = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			reply.chunked(200).chunk("12345");
			read.await();
			reply.reset();
		});
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (TransportResponse response = get()) {
				assertThat(response.body().read()).isEqualTo('1');
				read.countDown();
				response.body().readAllBytes();
			}
		});
	}

	/**
	 * Reads a body that breaks. When that happens fast enough, the client does not even
	 * hand out the head.
	 */
	private void assertBodyBreaks() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (TransportResponse response = get()) {
				response.body().readAllBytes();
			}
			catch (ExecutionException ex) {
				throw ex.getCause();
			}
		});
	}

	@Test
	void connectionCutBeforeTheHeadIsAnIoException() {
		this.server.otherwise((request, reply) -> reply.cut());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> send("POST", Map.of(), "x"))
			.withCauseInstanceOf(IOException.class);
	}

	@Test
	void refusedConnectionIsAConnectException() throws Exception {
		try (RefusingPort port = new RefusingPort()) {
			TransportRequest request = new TransportRequest("GET", port.url(), Map.of(), null, Duration.ofSeconds(30));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> this.transport.send(request).get())
				.withCauseInstanceOf(ConnectException.class);
		}
	}

	@Test
	void headThatDoesNotComeIsATimeout() {
		this.server.then((request, reply) -> reply.silence());
		TransportRequest request = new TransportRequest("GET", this.server.url(), Map.of(), null,
				Duration.ofMillis(50));
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> this.transport.send(request).get())
			.withCauseInstanceOf(HttpTimeoutException.class);
	}

	@Test
	void timeoutDoesNotCoverTheBody() throws Exception {
		CountDownLatch late = new CountDownLatch(1);
		this.server.otherwise((request, reply) -> {
			reply.chunked(200).chunk("a");
			late.await();
			reply.chunk("b").finish();
		});
		Duration timeout = Duration.ofMillis(500);
		TransportResponse head = null;
		while (head == null) {
			try {
				head = this.transport.send(new TransportRequest("GET", this.server.url(), Map.of(), null, timeout))
					.get();
			}
			catch (ExecutionException ex) {
				// The head itself was late: a slow machine needs more time for it.
				assertThat(ex).hasCauseInstanceOf(HttpTimeoutException.class);
				timeout = timeout.multipliedBy(2);
			}
		}
		try (TransportResponse response = head) {
			CompletableFuture.delayedExecutor(timeout.toMillis() + 300, TimeUnit.MILLISECONDS).execute(late::countDown);
			assertThat(response.body().readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("ab");
		}
	}

	@Test
	void closeEndsAReadThatIsBlocked() throws Exception {
		CountDownLatch gone = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			reply.chunked(200).chunk("a");
			reply.silence();
			gone.countDown();
		});
		TransportResponse response = get();
		InputStream body = response.body();
		assertThat(body.read()).isEqualTo('a');
		CompletableFuture<Integer> read = new CompletableFuture<>();
		Thread reader = new Thread(() -> {
			try {
				read.complete(body.read());
			}
			catch (IOException ex) {
				read.completeExceptionally(ex);
			}
		});
		reader.start();
		Awaitility.await().until(() -> reader.getState() == Thread.State.WAITING);
		response.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> read.get(10, TimeUnit.SECONDS))
			.withCauseInstanceOf(IOException.class);
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the connection was given up").isTrue();
	}

	@Test
	void cancellingTheFutureGivesTheExchangeUp() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch gone = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			reply.silence();
			gone.countDown();
		});
		CompletableFuture<TransportResponse> response = this.transport
			.send(new TransportRequest("GET", this.server.url(), Map.of(), null, null));
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		response.cancel(true);
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the connection was given up").isTrue();
	}

	@Test
	void redirectsAreNotFollowed() throws Exception {
		this.server.otherwise((request, reply) -> reply.send(307, "", "Location", "/elsewhere"));
		try (TransportResponse response = get()) {
			assertThat(response.status()).isEqualTo(307);
		}
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void clientThatFollowsRedirectsIsRefused() {
		HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
		assertThatIllegalArgumentException().isThrownBy(() -> new JdkHttpTransport(client))
			.withMessageContaining("Redirect.NEVER");
	}

	@Test
	void connectionIsUsedAgainAfterAWholeResponse() throws Exception {
		this.server.otherwise((request, reply) -> reply.send(200, "all of it"));
		for (int i = 0; i < 3; i++) {
			try (TransportResponse response = get()) {
				response.body().readAllBytes();
			}
		}
		assertThat(this.server.connectionCount()).isEqualTo(1);
	}

	private TransportResponse get() throws Exception {
		return send("GET", Map.of(), null);
	}

	private TransportResponse send(String method, Map<String, String> headers, String body) throws Exception {
		byte[] bytes = (body != null) ? body.getBytes(StandardCharsets.UTF_8) : null;
		return this.transport
			.send(new TransportRequest(method, this.server.url(), headers, bytes, Duration.ofSeconds(30)))
			.get();
	}

}
