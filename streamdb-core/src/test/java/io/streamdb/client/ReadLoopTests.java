package io.streamdb.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Spec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link ReadLoop}: what a reader does with what a server does.
 */
@Timeout(60)
class ReadLoopTests {

	private static final String JSON = "application/json";

	private final FaultServer server = new FaultServer();

	private final RecordingPause pause = new RecordingPause();

	private final RecordingHandler handler = new RecordingHandler();

	private StreamReader reader;

	@AfterEach
	void close() throws Exception {
		if (this.reader != null) {
			this.reader.close();
			this.reader.completion().handle((done, failure) -> null).get(10, TimeUnit.SECONDS);
		}
		this.server.close();
	}

	private DurableStreamBuilder builder() {
		return this.pause.on(DurableStream.builder(this.server.url()).random(new Random(1)));
	}

	private StreamReader read(LiveMode live) {
		return read(builder(), "-1", live, this.handler);
	}

	private StreamReader read(DurableStreamBuilder builder, String offset, LiveMode live, BatchHandler handler) {
		this.reader = builder.build().read(new ReadOptions(offset, live), handler);
		return this.reader;
	}

	private void awaitEnd() throws Exception {
		this.reader.completion().get(20, TimeUnit.SECONDS);
	}

	private Throwable awaitFailure() {
		ExecutionException failure = catchThrowableOfType(ExecutionException.class, this::awaitEnd);
		assertThat(failure).as("a read that fails").isNotNull();
		return failure.getCause();
	}

	private static FaultServer.Answer batch(String next, String body, String... headers) {
		return (request, reply) -> {
			String[] all = new String[headers.length + 4];
			System.arraycopy(headers, 0, all, 4, headers.length);
			all[0] = "Stream-Next-Offset";
			all[1] = next;
			all[2] = "Content-Type";
			all[3] = JSON;
			reply.send(200, body, all);
		};
	}

	private static FaultServer.Answer tail(String next, String body) {
		return batch(next, body, "Stream-Up-To-Date", "true");
	}

	private static FaultServer.Answer closed(String next, String body) {
		return batch(next, body, "Stream-Closed", "true");
	}

	/**
	 * Sends the start of a body and cuts it when the handler has begun to read it: a
	 * client that is slow may otherwise never hand out the head.
	 */
	private static FaultServer.Answer cutBody(RecordingHandler handler, String next, String body) {
		return (request, reply) -> {
			int begun = handler.begun();
			reply.head(200, "Stream-Next-Offset", next, "Content-Length", "1000").raw(body);
			Awaitility.await().until(() -> handler.begun() > begun);
			reply.cut();
		};
	}

	private static FaultServer.Answer events(String text) {
		return (request, reply) -> reply.events().chunk(text).finish();
	}

	private static String data(String json) {
		return "event: data\ndata: " + json + "\n\n";
	}

	private static String control(String next, String more) {
		return "event: control\ndata: {\"streamNextOffset\":\"" + next + "\"" + more + "}\n\n";
	}

	// Catch-up

	@Test
	@Spec({ "P1.10", "P2.2", "P3.12" })
	void offReadsToTheTailAndEnds() throws Exception {
		this.server.then(batch("0_1", "[1]")).then(batch("0_2", "[2]")).then(tail("0_3", "[3]"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.handler.calls).containsExactly("begin -1", "data [1]", "end 0_1", "begin 0_1", "data [2]",
				"end 0_2", "begin 0_2", "data [3]", "end 0_3");
		assertThat(this.handler.ends).extracting(BatchEnd::upToDate).containsExactly(false, false, true);
		assertThat(this.server.requests()).extracting(FaultServer.Request::target)
			.containsExactly("/stream?offset=-1", "/stream?offset=0_1", "/stream?offset=0_2");
	}

	@Test
	@Spec("P1.13")
	void readStartsAtTheGivenOffset() throws Exception {
		this.server.then(tail("now+/1", "[1]"));
		read(builder(), "a b&c", LiveMode.OFF, this.handler);
		awaitEnd();
		assertThat(this.server.request(0).query()).isEqualTo("offset=a%20b%26c");
	}

	@Test
	@Spec("P1.14")
	void nowBeginsAtTheTail() throws Exception {
		this.server.then(tail("0_7", "[]")).then(events(control("0_7", ",\"streamClosed\":true")));
		read(builder(), ReadOptions.NOW, LiveMode.AUTO, this.handler);
		awaitEnd();
		assertThat(this.server.requests()).extracting(FaultServer.Request::query)
			.containsExactly("offset=now", "live=sse&offset=0_7");
		assertThat(this.handler.calls).containsExactly("begin now", "data []", "end 0_7", "begin 0_7", "end 0_7");
	}

	@Test
	void emptyOffsetIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new ReadOptions("", LiveMode.OFF));
	}

	@ParameterizedTest
	@Spec("P3.8")
	@EnumSource(LiveMode.class)
	void closedStreamEndsTheReadInEveryMode(LiveMode live) throws Exception {
		this.server.then(batch("0_1", "[1]")).then(closed("0_2", "[2]"));
		read(live);
		awaitEnd();
		assertThat(this.handler.committed).containsExactly("[1]", "[2]");
		assertThat(this.handler.awaitEnd("0_2")).isEqualTo(new BatchEnd("0_2", true, true, null));
	}

	@Test
	void emptyBodyIsABatchWithoutData() throws Exception {
		this.server.then(tail("0_1", ""));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.handler.calls).containsExactly("begin -1", "end 0_1");
	}

	@Test
	@Spec("P2.1")
	void handlerReadsWhileTheServerIsStillSending() throws Exception {
		BlockingQueue<String> seen = new SynchronousQueue<>();
		this.server.then((request, reply) -> {
			reply.chunked(200, "Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true", "Content-Type", JSON);
			reply.chunk("[0");
			for (int i = 1; i < 50; i++) {
				assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(Integer.toString(i - 1));
				reply.chunk("," + i);
			}
			assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("49");
			reply.chunk("]").finish();
		});
		read(builder(), "-1", LiveMode.OFF, new ElementHandler(seen));
		awaitEnd();
	}

	@Test
	@Spec("P2.1")
	void handlerReadsEventsWhileTheServerIsStillSending() throws Exception {
		BlockingQueue<String> seen = new SynchronousQueue<>();
		this.server.then(tail("0_0", "")).then((request, reply) -> {
			reply.events().chunk("event: data\ndata: [0");
			for (int i = 1; i < 50; i++) {
				assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(Integer.toString(i - 1));
				reply.chunk("\ndata: ," + i);
			}
			assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("49");
			reply.chunk("\ndata: ]\n\n" + control("0_1", ",\"streamClosed\":true")).finish();
		});
		read(builder(), "-1", LiveMode.SSE, new ElementHandler(seen));
		awaitEnd();
	}

	@Test
	void bodyLargerThanAnyArrayIsRead() throws Exception {
		// The transport makes the bytes up as they are read; they can only pass through.
		long size = 3L << 30;
		DurableStream stream = DurableStream.builder(this.server.url())
			.transport((request) -> CompletableFuture.completedFuture(new MemoryResponse(200,
					Map.of("Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true"), new Zeros(size))))
			.build();
		AtomicReference<Long> read = new AtomicReference<>();
		this.reader = stream.read(new ReadOptions("-1", LiveMode.OFF), new BatchHandler() {

			@Override
			public void data(InputStream body) throws IOException {
				byte[] buffer = new byte[64 * 1024];
				long total = 0;
				for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
					total += count;
				}
				read.set(total);
			}

			@Override
			public void end(BatchEnd end) {
			}

		});
		awaitEnd();
		assertThat(read).hasValue(size);
	}

	// Cuts and retries

	@Test
	@Spec({ "P2.2", "P2.4" })
	void cutBodyIsAbortedAndReadAgainFromTheLastEnd() throws Exception {
		this.server.then(batch("0_1", "[1]")).then(cutBody(this.handler, "0_2", "[2")).then(tail("0_2", "[2]"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.handler.calls).containsExactly("begin -1", "data [1]", "end 0_1", "begin 0_1", "abort",
				"retrying 1", "connected", "begin 0_1", "data [2]", "end 0_2");
		assertThat(this.handler.causes).singleElement()
			.isInstanceOf(StreamConnectionException.class)
			.asString()
			.contains("at offset 0_1");
		assertThat(this.server.requests()).extracting((request) -> request.parameter("offset"))
			.containsExactly("-1", "0_1", "0_1");
	}

	@Test
	void handlerThatSwallowsABrokenBodyDoesNotCommitIt() throws Exception {
		RecordingHandler swallowing = new RecordingHandler() {

			@Override
			public void data(InputStream body) {
				try {
					super.data(body);
				}
				catch (IOException ex) {
					this.calls.add("swallowed");
				}
			}

		};
		this.server.then(cutBody(swallowing, "0_2", "[2")).then(tail("0_2", "[2]"));
		read(builder(), "-1", LiveMode.OFF, swallowing);
		awaitEnd();
		assertThat(swallowing.calls).containsSubsequence("swallowed", "abort", "retrying 1", "end 0_2");
		assertThat(swallowing.committed).containsExactly("[2]");
	}

	@Test
	void bodyThatEndsAfterItBrokeIsNotCommitted() throws Exception {
		InputStream breaksOnce = new InputStream() {

			private int calls;

			@Override
			public int read() throws IOException {
				this.calls++;
				if (this.calls == 2) {
					throw new IOException("broken once");
				}
				return (this.calls == 1) ? '[' : -1;
			}

		};
		Map<String, String> headers = Map.of("Stream-Next-Offset", "0_2", "Stream-Up-To-Date", "true");
		Queue<TransportResponse> responses = new ConcurrentLinkedQueue<>(
				List.of(new MemoryResponse(200, headers, breaksOnce), new MemoryResponse(200, headers, "[2]")));
		RecordingHandler swallowing = new RecordingHandler() {

			@Override
			public void data(InputStream body) {
				try {
					super.data(body);
				}
				catch (IOException ex) {
					this.calls.add("swallowed");
				}
			}

		};
		read(builder().transport((request) -> CompletableFuture.completedFuture(responses.remove())), "-1",
				LiveMode.OFF, swallowing);
		awaitEnd();
		assertThat(swallowing.calls).contains("swallowed", "abort");
		assertThat(swallowing.committed).containsExactly("[2]");
	}

	@Test
	void handlerThatWrapsABrokenBodyIsNoFailedHandler() throws Exception {
		RecordingHandler wrapping = new RecordingHandler() {

			@Override
			public void data(InputStream body) {
				try {
					super.data(body);
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}

		};
		this.server.then(cutBody(wrapping, "0_2", "[2")).then(tail("0_2", "[2]"));
		read(builder(), "-1", LiveMode.OFF, wrapping);
		awaitEnd();
		assertThat(wrapping.committed).containsExactly("[2]");
	}

	@Test
	@Spec("P2.5")
	void handlerThatLeavesABrokenRestDoesNotCommitIt() throws Exception {
		RecordingHandler lazy = new RecordingHandler() {

			@Override
			public void data(InputStream body) throws IOException {
				this.calls.add("first " + (char) body.read());
				body.close();
			}

		};
		this.server.then(cutBody(lazy, "0_2", "[2")).then(tail("0_2", "[2]"));
		read(builder(), "-1", LiveMode.OFF, lazy);
		awaitEnd();
		assertThat(lazy.calls).containsExactly("begin -1", "first [", "abort", "retrying 1", "connected", "begin -1",
				"first [", "end 0_2");
	}

	@ParameterizedTest
	@Spec({ "P4.5", "P4.8" })
	@ValueSource(ints = { 429, 500, 502, 503, 504 })
	void readIsRepeatedWithoutBoundByDefault(int status) throws Exception {
		for (int i = 0; i < 40; i++) {
			this.server.then((request, reply) -> reply.send(status, ""));
		}
		this.server.then(tail("0_1", "[1]"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.handler.calls).startsWith("retrying 1", "retrying 2")
			.endsWith("retrying 40", "connected", "begin -1", "data [1]", "end 0_1");
		assertThat(this.pause.delays).hasSize(40)
			.allSatisfy((delay) -> assertThat(delay).isLessThanOrEqualTo(Duration.ofSeconds(10)));
	}

	@Test
	void boundedReadPolicyEndsTheRead() {
		this.server.otherwise((request, reply) -> reply.send(503, "down for today"));
		read(builder().readRetryPolicy(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1))), "-1",
				LiveMode.AUTO, this.handler);
		assertThat(awaitFailure()).isInstanceOf(StreamServerException.class).hasMessageContaining("down for today");
		assertThat(this.handler.calls).containsExactly("retrying 1", "retrying 2");
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void boundedReadPolicyCountsFromTheLastTimeThatTheTailWasReached() throws Exception {
		this.server.then(tail("0_1", "[1]"));
		for (int i = 0; i < 12; i++) {
			this.server.then((request, reply) -> reply.send(504, "")).then(tail("0_1", "[]"));
		}
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true"));
		read(builder().readRetryPolicy(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofSeconds(10))), "-1",
				LiveMode.LONG_POLL, this.handler);
		awaitEnd();
		assertThat(this.handler.calls).as("live requests that failed in a row").contains("retrying 12");
		assertThat(this.pause.delays).as("the wait grows although catching up works")
			.anySatisfy((delay) -> assertThat(delay).isGreaterThan(Duration.ofMillis(500)));
	}

	@Test
	@Spec("P4.3")
	void readHonoursRetryAfter() throws Exception {
		this.server.then((request, reply) -> reply.send(429, "", "Retry-After", "20")).then(tail("0_1", "[1]"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.pause.delays).containsExactly(Duration.ofSeconds(20));
	}

	@ParameterizedTest
	@Spec({ "P4.9", "P7.1" })
	@CsvSource({ "400, StreamBadRequestException", "403, StreamUnauthorizedException", "404, StreamNotFoundException",
			"410, StreamGoneException", "302, DurableStreamException", "501, StreamServerException" })
	void definitiveStatusEndsTheRead(int status, String type) {
		this.server.then(batch("0_1", "[1]")).then((request, reply) -> reply.send(status, "no"));
		read(LiveMode.AUTO);
		DurableStreamException failure = (DurableStreamException) awaitFailure();
		assertThat(failure.getClass().getSimpleName()).isEqualTo(type);
		assertThat(failure.offset()).isEqualTo("0_1");
		assertThat(failure).hasMessageContaining("GET " + this.server.url() + " at offset 0_1");
		assertThat(this.handler.calls).doesNotContain("retrying 1");
	}

	@Test
	@Spec("P6.1")
	void tokenIsRefreshedForEveryRequest() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.server.then(tail("0_1", "[1]"))
			.then(events(control("0_1", "")))
			.then((request, reply) -> reply.send(401, "expired"))
			.then(events(control("0_1", ",\"streamClosed\":true")));
		read(builder().header("Authorization", () -> "Bearer " + number.incrementAndGet()), "-1", LiveMode.AUTO,
				this.handler);
		awaitEnd();
		assertThat(this.server.requests()).extracting((request) -> request.header("Authorization"))
			.containsExactly("Bearer 1", "Bearer 2", "Bearer 3", "Bearer 4");
	}

	@Test
	@Spec("P6.3")
	void unauthorizedTwiceEndsTheRead() {
		this.server.otherwise((request, reply) -> reply.send(401, ""));
		read(builder().header("Authorization", () -> "Bearer x"), "-1", LiveMode.AUTO, this.handler);
		assertThat(awaitFailure()).isInstanceOf(StreamUnauthorizedException.class);
		assertThat(this.server.requests()).hasSize(2);
	}

	@Test
	void supplierThatFailsIsRetried() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.server.then(tail("0_1", "[1]"));
		read(builder().header("Authorization", () -> {
			if (number.incrementAndGet() < 8) {
				throw new IllegalStateException("the token service is away");
			}
			return "x";
		}), "-1", LiveMode.OFF, this.handler);
		awaitEnd();
		assertThat(this.handler.calls).contains("retrying 7");
	}

	// Responses that are not what the protocol says

	@Test
	void missingOffsetIsRetriedAndThenAParseError() {
		this.server.otherwise((request, reply) -> reply.send(200, "<html>Log in</html>"));
		read(LiveMode.AUTO);
		assertThat(awaitFailure()).isInstanceOf(StreamForeignResponseException.class)
			.hasMessageContaining("Stream-Next-Offset")
			.hasMessageContaining(this.server.url().toString());
		assertThat(this.handler.calls).containsExactly("retrying 1", "retrying 2", "retrying 3");
	}

	@ParameterizedTest
	@EnumSource(value = LiveMode.class, names = { "LONG_POLL", "SSE" })
	void pageOfAProxyIsWaitedOutOnceTheStreamHasAnswered(LiveMode live) throws Exception {
		this.server.then(tail("0_1", "[1]"));
		for (int i = 0; i < 20; i++) {
			this.server
				.then((request, reply) -> reply.send(200, "<html>Back soon</html>", "Content-Type", "text/html"));
		}
		this.server.then(closed("0_2", "[2]"));
		read(live);
		awaitEnd();
		assertThat(this.handler.committed).containsExactly("[1]", "[2]");
		assertThat(this.handler.calls).contains("retrying 20").doesNotContain("abort");
		assertThat(this.handler.causes).hasOnlyElementsOfType(StreamForeignResponseException.class);
	}

	@Test
	void pageOfAProxyCountsForABoundedReadPolicy() {
		this.server.then(tail("0_1", "[1]")).otherwise((request, reply) -> reply.send(200, "<html>Back soon</html>"));
		read(builder().readRetryPolicy(new RetryPolicy(7, Duration.ofMillis(1), Duration.ofMillis(1))), "-1",
				LiveMode.LONG_POLL, this.handler);
		assertThat(awaitFailure()).isInstanceOf(StreamForeignResponseException.class);
		assertThat(this.handler.calls).endsWith("retrying 7");
	}

	@Test
	void dataWithoutProgressIsAnError() {
		this.server.then(batch("0_1", "[1]")).otherwise(batch("0_1", "[2]"));
		read(LiveMode.AUTO);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessageContaining("not after them");
		assertThat(this.handler.committed).containsExactly("[1]");
		assertThat(this.handler.calls).contains("data [2]", "retrying 3").doesNotContain("retrying 4");
	}

	@Test
	void emptyArrayWithoutProgressIsFine() throws Exception {
		this.server.then(batch("0_1", "[1]")).then(tail("0_1", " [ ]\n"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.handler.committed).containsExactly("[1]", " [ ]\n");
	}

	@Test
	void tailBehindTheOffsetIsAnotherStream() {
		this.server.then(tail("0_5", "[1]")).then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_2"));
		read(LiveMode.LONG_POLL);
		StreamGoneException failure = (StreamGoneException) awaitFailure();
		assertThat(failure).hasMessageContaining("0_2")
			.hasMessageContaining("0_5")
			.hasMessageContaining("created again");
		assertThat(this.handler.calls).containsExactly("begin -1", "data [1]", "end 0_5");
	}

	@Test
	void controlEventBehindTheOffsetIsAnotherStream() {
		this.server.then(tail("0_5", "[1]")).then(events(data("[2]") + control("0_2", "")));
		read(LiveMode.SSE);
		assertThat(awaitFailure()).isInstanceOf(StreamGoneException.class);
		assertThat(this.handler.calls).endsWith("begin 0_5", "data [2]", "abort");
	}

	// What handlers throw

	@Test
	@Spec("M9.16")
	void unreadableBodyIsRetriedThreeTimes() {
		RecordingHandler parsing = new ThrowingHandler(() -> {
			throw new StreamParseException("not JSON", this.server.url(), 200, null, null);
		});
		this.server.otherwise(batch("0_1", "[1"));
		read(builder(), "-1", LiveMode.AUTO, parsing);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessage("not JSON");
		assertThat(parsing.calls).containsExactly("begin -1", "data [1", "abort", "retrying 1", "connected", "begin -1",
				"data [1", "abort", "retrying 2", "connected", "begin -1", "data [1", "abort", "retrying 3",
				"connected", "begin -1", "data [1", "abort");
	}

	@Test
	void unreadableBodyThatIsGoodTheNextTimeIsForgotten() throws Exception {
		AtomicInteger number = new AtomicInteger();
		RecordingHandler parsing = new ThrowingHandler(() -> {
			if (number.incrementAndGet() % 4 != 0) {
				throw new StreamParseException("not JSON", this.server.url(), 200, null, null);
			}
		});
		this.server.otherwise((request, reply) -> {
			int offset = request.parameter("offset").equals("-1") ? 1
					: Integer.parseInt(request.parameter("offset")) + 1;
			(offset == 3 ? tail("3", "[3]") : batch(Integer.toString(offset), "[" + offset + "]")).write(request,
					reply);
		});
		read(builder(), "-1", LiveMode.OFF, parsing);
		awaitEnd();
		assertThat(parsing.committed).containsExactly("[1]", "[2]", "[3]");
	}

	@Test
	void unreadableBodiesWithGoodAnswersBetweenThemDoNotAddUp() throws Exception {
		RecordingHandler parsing = new ParsingHandler();
		this.server.then(tail("0_1", "[1]"));
		for (int i = 0; i < 10; i++) {
			this.server.then(tail("0_1", "<"))
				.then(tail("0_1", "[]"))
				.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"));
		}
		this.server.then(closed("0_2", "[2]"));
		read(builder(), "-1", LiveMode.LONG_POLL, parsing);
		awaitEnd();
		assertThat(parsing.committed).startsWith("[1]", "[]").endsWith("[2]");
		assertThat(parsing.calls).contains("retrying 1").doesNotContain("retrying 2");
	}

	@Test
	void unreadableAnswersToLiveRequestsEndTheReadAlthoughCatchingUpWorks() {
		RecordingHandler parsing = new ParsingHandler();
		this.server.otherwise((request, reply) -> tail("0_1", (request.parameter("live") == null) ? "[]" : "<")
			.write(request, reply));
		read(builder(), "-1", LiveMode.LONG_POLL, parsing);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessage("not JSON");
		assertThat(parsing.calls).contains("retrying 3").doesNotContain("retrying 4");
	}

	@Test
	void unreadableEventsOnConnectionsThatWorkedForAWhileDoNotAddUp() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.server.otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				tail("0_1", "[]").write(request, reply);
			}
			else if (number.incrementAndGet() <= 10) {
				int ends = this.handler.ends.size();
				reply.events().chunk(control("0_1", ",\"upToDate\":true"));
				Awaitility.await().until(() -> this.handler.ends.size() > ends);
				this.pause.advance(Duration.ofMinutes(1));
				reply.chunk("event: control\ndata: nonsense\n\n").finish();
			}
			else {
				events(control("0_1", ",\"streamClosed\":true")).write(request, reply);
			}
		});
		read(LiveMode.SSE);
		awaitEnd();
		assertThat(this.handler.calls).contains("retrying 1").doesNotContain("retrying 2");
	}

	@Test
	void failedHandlerEndsTheReadWithItsException() {
		IllegalStateException broken = new IllegalStateException("the handler is broken");
		RecordingHandler throwing = new ThrowingHandler(() -> {
			throw broken;
		});
		this.server.then(batch("0_1", "[1]"));
		read(builder(), "-1", LiveMode.AUTO, throwing);
		assertThat(awaitFailure()).isSameAs(broken);
		assertThat(throwing.calls).containsExactly("begin -1", "data [1]", "abort");
		assertThat(this.server.requests()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "begin", "end", "retrying", "connected", "abort" })
	void exceptionFromAnyCallEndsTheRead(String call) {
		Error broken = new AssertionError("broken " + call);
		RecordingHandler throwing = new RecordingHandler() {

			private void call(String name) {
				if (name.equals(call)) {
					throw broken;
				}
			}

			@Override
			public void begin(String offset) {
				call("begin");
				super.begin(offset);
			}

			@Override
			public void end(BatchEnd end) {
				call("end");
				super.end(end);
			}

			@Override
			public void abort(Throwable cause) {
				super.abort(cause);
				call("abort");
			}

			@Override
			public void retrying(Throwable cause, int attempt) {
				super.retrying(cause, attempt);
				call("retrying");
			}

			@Override
			public void connected() {
				super.connected();
				call("connected");
			}

		};
		this.server.then((request, reply) -> {
			reply.head(200, "Stream-Next-Offset", "0_1", "Content-Length", "1000").raw("[1");
			if (!call.equals("begin")) {
				Awaitility.await().until(() -> throwing.begun() > 0);
			}
			reply.cut();
		}).otherwise(tail("0_1", "[1]"));
		read(builder(), "-1", LiveMode.OFF, throwing);
		assertThat(awaitFailure()).isSameAs(broken);
		assertThat(throwing.committed).isEmpty();
	}

	// Long-poll

	@Test
	@Spec({ "P1.11", "P3.6" })
	void longPollEchoesTheCursorAndGoesOnAtOnce() throws Exception {
		this.server.then(tail("0_1", "[1]")).then((request, reply) -> {
			this.pause.advance(Duration.ofSeconds(20));
			reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Cursor", "c 1", "Stream-Up-To-Date", "true");
		})
			.then(batch("0_2", "[2]", "Stream-Cursor", "c2", "Stream-Up-To-Date", "true"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_2", "Stream-Closed", "true"));
		read(LiveMode.LONG_POLL);
		awaitEnd();
		assertThat(this.server.requests()).extracting(FaultServer.Request::query)
			.containsExactly("offset=-1", "live=long-poll&offset=0_1", "cursor=c%201&live=long-poll&offset=0_1",
					"cursor=c2&live=long-poll&offset=0_2");
		assertThat(this.handler.calls).containsExactly("begin -1", "data [1]", "end 0_1", "begin 0_1", "end 0_1",
				"begin 0_1", "data [2]", "end 0_2", "begin 0_2", "end 0_2");
		assertThat(this.handler.ends).extracting(BatchEnd::upToDate).containsOnly(true);
		assertThat(this.pause.delays).isEmpty();
	}

	@Test
	@Spec("P3.7")
	void longPollThatAnswersAtOnceIsNotHammered() throws Exception {
		for (int i = 0; i < 20; i++) {
			this.server.then((i == 0) ? tail("0_1", "[1]")
					: (request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"));
		}
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true"));
		read(LiveMode.LONG_POLL);
		awaitEnd();
		assertThat(this.pause.delays).hasSize(19);
		assertThat(this.pause.delays.get(0)).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
		assertThat(this.pause.delays.get(18)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
		assertThat(this.handler.calls).doesNotContain("retrying 1");
	}

	@Test
	@Spec("P3.7")
	void catchUpThatBringsNothingIsNotHammered() throws Exception {
		for (int i = 0; i < 10; i++) {
			this.server.then(batch("0_1", "[]"));
		}
		this.server.then(tail("0_1", "[]"));
		read(LiveMode.OFF);
		awaitEnd();
		assertThat(this.pause.delays).hasSize(9)
			.allSatisfy((delay) -> assertThat(delay).isGreaterThanOrEqualTo(Duration.ofMillis(25)));
	}

	@Test
	@Spec("P3.3")
	void autoFollowsBinaryStreamsByLongPoll() throws Exception {
		this.server
			.then((request, reply) -> reply.send(200, "\u0001", "Stream-Next-Offset", "0_1", "Stream-Up-To-Date",
					"true", "Content-Type", "application/octet-stream"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true"));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.request(1).parameter("live")).isEqualTo("long-poll");
	}

	@ParameterizedTest
	@Spec("P3.2")
	@ValueSource(strings = { "application/json", "Application/JSON; charset=utf-8", "text/plain", "text/csv;x=y" })
	void autoFollowsJsonAndTextByEvents(String contentType) throws Exception {
		this.server
			.then((request, reply) -> reply.send(200, "x", "Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true",
					"Content-Type", contentType))
			.then(events(control("0_1", ",\"streamClosed\":true")));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.request(1).parameter("live")).isEqualTo("sse");
	}

	@Test
	@Spec("P3.1")
	void autoFollowsOnlyWhenItIsUpToDate() throws Exception {
		this.server.then(batch("0_1", "[1]"))
			.then(batch("0_2", "[2]"))
			.then(tail("0_3", "[3]"))
			.then(events(control("0_3", ",\"streamClosed\":true")));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting(FaultServer.Request::query)
			.containsExactly("offset=-1", "offset=0_1", "offset=0_2", "live=sse&offset=0_3");
	}

	/** As numbers these would go back, and end the read. */
	@Test
	@Spec("P1.13")
	void offsetsAreComparedByTheirCharacters() {
		this.server.then(batch("10", "[1]"))
			.then(batch("9", "[2]"))
			.then(batch("B", "[3]"))
			.then(tail("a", "[4]"))
			.otherwise((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "C"));
		read(LiveMode.LONG_POLL);
		assertThat(awaitFailure()).isInstanceOf(StreamGoneException.class);
		assertThat(this.handler.committed).containsExactly("[1]", "[2]", "[3]", "[4]");
	}

	@ParameterizedTest
	@EnumSource(names = { "SSE", "LONG_POLL" })
	@Spec("P4.10")
	void onlyPlainReadsHaveATimeout(LiveMode live) throws Exception {
		List<Duration> timeouts = new CopyOnWriteArrayList<>();
		JdkHttpTransport transport = new JdkHttpTransport();
		this.server.then(tail("0_1", "[1]"))
			.then((live == LiveMode.SSE) ? events(control("0_1", ",\"streamClosed\":true")) : closed("0_2", "[2]"));
		read(builder().requestTimeout(Duration.ofSeconds(30)).transport((request) -> {
			timeouts.add((request.timeout() != null) ? request.timeout() : Duration.ZERO);
			return transport.send(request);
		}), "-1", live, this.handler);
		awaitEnd();
		assertThat(timeouts).containsExactly(Duration.ofSeconds(30), Duration.ZERO);
	}

	// Server-sent events

	@Test
	@Spec({ "P1.12", "P2.2" })
	void eventsUpToAControlEventAreOneBatch() throws Exception {
		this.server.then(tail("0_0", "[]"))
			.then(events(": hello\n\n" + data("[1]") + data("[2]") + control("0_2", ",\"streamCursor\":\"c\"")
					+ control("0_2", ",\"upToDate\":true") + "event: other\ndata: x\n\n" + data("[3]")
					+ control("0_3", ",\"streamClosed\":true")));
		read(LiveMode.SSE);
		awaitEnd();
		assertThat(this.handler.calls).containsExactly("begin -1", "data []", "end 0_0", "begin 0_0", "data [1]",
				"data [2]", "end 0_2", "begin 0_2", "end 0_2", "begin 0_2", "data [3]", "end 0_3");
		assertThat(this.handler.ends).endsWith(new BatchEnd("0_2", false, false, "c"),
				new BatchEnd("0_2", true, false, null), new BatchEnd("0_3", true, true, null));
	}

	@Test
	@Spec({ "P3.5", "P3.6" })
	void eventsReconnectFromTheLastControlEventWithItsCursor() throws Exception {
		this.server.then(tail("0_1", "[1]"))
			.then(events(data("[2]") + control("0_2", ",\"streamCursor\":\"7\"")))
			.then(events(control("0_2", ",\"streamClosed\":true")));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting(FaultServer.Request::query)
			.containsExactly("offset=-1", "live=sse&offset=0_1", "cursor=7&live=sse&offset=0_2");
		assertThat(this.handler.calls).doesNotContain("retrying 1");
	}

	@Test
	@Spec({ "P2.4", "P2.5" })
	void eventsCutWithinABatchAreAbortedAndCaughtUp() throws Exception {
		this.server.then(tail("0_1", "[1]"))
			.then((request, reply) -> reply.events()
				.chunk(data("[2]") + control("0_2", ",\"streamCursor\":\"7\"") + data("[3]"))
				.finish())
			.then(tail("0_3", "[3]"))
			.then(events(control("0_3", ",\"streamClosed\":true")));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.handler.calls).containsSubsequence("end 0_2", "begin 0_2", "data [3]", "abort", "retrying 1",
				"connected", "begin 0_2", "data [3]", "end 0_3");
		assertThat(this.handler.committed).containsExactly("[1]", "[2]", "[3]");
		assertThat(this.server.requests()).extracting(FaultServer.Request::query)
			.containsExactly("offset=-1", "live=sse&offset=0_1", "offset=0_2", "cursor=7&live=sse&offset=0_3");
	}

	@Test
	void eventsCutWithinAnEventAreAborted() throws Exception {
		this.server.then(tail("0_1", "[1]"))
			.then((request, reply) -> reply.events().chunk("event: data\ndata: [2").finish())
			.then(closed("0_2", "[2]"));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.handler.committed).containsExactly("[1]", "[2]");
		assertThat(this.handler.calls).contains("abort");
	}

	@Test
	void dataOfAnEventIsJoinedWithLineFeeds() throws Exception {
		this.server.then(tail("0_1", "[]"))
			.then(events("event: data\r\ndata: [\r\ndata: 1,\r\ndata:2\r\ndata: ]\r\n\r\n"
					+ control("0_2", ",\"streamClosed\":true")));
		read(LiveMode.SSE);
		awaitEnd();
		assertThat(this.handler.committed).contains("[\n1,\n2\n]");
	}

	@Test
	void base64IsDecoded() throws Exception {
		this.server
			.then((request, reply) -> reply.send(200, "", "Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true",
					"Content-Type", "application/octet-stream"))
			.then((request, reply) -> reply.events("Stream-SSE-Data-Encoding", "BASE64")
				.chunk("event: data\ndata: aGVs\ndata: bG8=\n\nevent: data\ndata:\n\n"
						+ control("0_2", ",\"streamClosed\":true"))
				.finish());
		read(LiveMode.SSE);
		awaitEnd();
		assertThat(this.handler.committed).containsExactly("hello");
	}

	@Test
	void brokenBase64IsAParseErrorEvenIfTheHandlerWrapsIt() {
		this.server.otherwise((request, reply) -> reply.send(200, "", "Stream-Next-Offset", "0_1", "Stream-Up-To-Date",
				"true", "Content-Type", "application/octet-stream"));
		this.server.otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				reply.send(200, "", "Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true");
			}
			else {
				reply.events("Stream-SSE-Data-Encoding", "base64").chunk(data("aGV$") + control("0_2", "")).finish();
			}
		});
		RecordingHandler wrapping = new RecordingHandler() {

			@Override
			public void data(InputStream body) throws IOException {
				try {
					super.data(body);
				}
				catch (StreamParseException ex) {
					throw new IllegalStateException("wrapped", ex);
				}
			}

		};
		read(builder(), "-1", LiveMode.SSE, wrapping);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessageContaining("not base64");
	}

	@ParameterizedTest
	@ValueSource(strings = { "nonsense", "{}", "[]", "{\"streamNextOffset\":7}", "{\"streamNextOffset\":\"\"}", "",
			"{\"streamNextOffset\":\"0_2\"} trailing" })
	void malformedControlEventIsRetriedAndThenAParseError(String control) {
		this.server.otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				tail("0_1", "[]").write(request, reply);
			}
			else {
				events(data("[2]") + "event: control\ndata: " + control + "\n\n").write(request, reply);
			}
		});
		read(LiveMode.SSE);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessageContaining("control event");
		assertThat(this.handler.calls).contains("data [2]", "retrying 3").doesNotContain("retrying 4", "end 0_2");
	}

	@Test
	void eventsOfAnotherContentTypeAreAParseError() {
		this.server.otherwise(tail("0_1", "[]"));
		read(LiveMode.SSE);
		assertThat(awaitFailure()).isInstanceOf(StreamParseException.class).hasMessageContaining("text/event-stream");
	}

	@ParameterizedTest
	@Spec("P3.4")
	@ValueSource(strings = { "", ": nothing\n\n", "control" })
	void autoFallsBackToLongPollWhenEventsEndAtOnce(String text) throws Exception {
		String events = text.equals("control") ? control("0_1", ",\"upToDate\":true") : text;
		this.server.otherwise((request, reply) -> {
			switch (String.valueOf(request.parameter("live"))) {
				case "sse" -> events(events).write(request, reply);
				case "long-poll" -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true");
				default -> tail("0_1", "[]").write(request, reply);
			}
		});
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting((request) -> request.parameter("live"))
			.containsExactly(null, "sse", "sse", "sse", "long-poll");
		assertThat(this.pause.delays).hasSize(3).allSatisfy((delay) -> assertThat(delay).isPositive());
	}

	@Test
	@Spec("P3.4")
	void autoFallsBackWhenEventsAreCutAtOnce() throws Exception {
		this.server.otherwise((request, reply) -> {
			switch (String.valueOf(request.parameter("live"))) {
				case "sse" -> reply.events().cut();
				case "long-poll" -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true");
				default -> tail("0_1", "[]").write(request, reply);
			}
		});
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting((request) -> request.parameter("live"))
			.startsWith(null, "sse", null, "sse", null, "sse", null)
			.endsWith("long-poll")
			.containsOnlyOnce("long-poll");
		assertThat(this.handler.calls).contains("retrying 1", "retrying 2", "retrying 3");
	}

	@Test
	@Spec("P3.4")
	void autoFallsBackWhenEventsAreHeldBackByAProxy() throws Exception {
		AtomicInteger offset = new AtomicInteger(1);
		this.server.otherwise((request, reply) -> {
			switch (String.valueOf(request.parameter("live"))) {
				case "sse" -> {
					this.pause.advance(Duration.ofSeconds(60));
					events(data("[1]") + control("0_" + offset.incrementAndGet(), "")).write(request, reply);
				}
				case "long-poll" -> reply.send(204, "", "Stream-Next-Offset", "0_4", "Stream-Closed", "true");
				default -> tail("0_1", "[]").write(request, reply);
			}
		});
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting((request) -> request.parameter("live"))
			.containsExactly(null, "sse", "sse", "sse", "long-poll");
	}

	@Test
	@Spec("P3.4")
	void autoKeepsEventsThatBringSomethingOrLast() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.server.otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				tail("0_00", "[]").write(request, reply);
				return;
			}
			int count = number.incrementAndGet();
			if (count == 20) {
				events(control("0_99", ",\"streamClosed\":true")).write(request, reply);
			}
			else if (count % 3 == 0) {
				events(data("[1]") + control("0_" + (10 + count), "")).write(request, reply);
			}
			else {
				events(control(request.parameter("offset"), "")).write(request, reply);
			}
		});
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.requests()).extracting((request) -> request.parameter("live"))
			.doesNotContain("long-poll");
	}

	@Test
	void sseModeNeverFallsBackAndNeverHammers() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.server.otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				tail("0_1", "[]").write(request, reply);
			}
			else if (number.incrementAndGet() < 15) {
				reply.events().chunk(control("0_1", "")).cut();
			}
			else {
				events(control("0_1", ",\"streamClosed\":true")).write(request, reply);
			}
		});
		read(LiveMode.SSE);
		awaitEnd();
		assertThat(this.handler.calls).as("failures in a row are counted although catching up works")
			.contains("retrying 14");
		assertThat(this.server.requests()).extracting((request) -> request.parameter("live"))
			.doesNotContain("long-poll");
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 405, 406, 415, 501 })
	void autoFallsBackWhenTheServerHasNoEvents(int status) throws Exception {
		this.server.then(tail("0_1", "[]"))
			.then((request, reply) -> reply.send(status, "no events here"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true"));
		read(LiveMode.AUTO);
		awaitEnd();
		assertThat(this.server.request(2).parameter("live")).isEqualTo("long-poll");
	}

	// Time limits, in real time

	@Test
	@Spec("P4.11")
	void silentEventsAreMadeAnew() throws Exception {
		CountDownLatch gone = new CountDownLatch(1);
		// On a slow machine heads are late as well, so it is silent until that is
		// noticed.
		this.server.otherwise((request, reply) -> {
			String offset = request.parameter("offset");
			if (request.parameter("live") == null) {
				(offset.equals("-1") ? tail("0_1", "[1]") : tail(offset, "[]")).write(request, reply);
			}
			else if (this.handler.causes.stream().anyMatch(ReadLoopTests::isSilence)) {
				events(control(offset, ",\"streamClosed\":true")).write(request, reply);
			}
			else {
				reply.events().chunk((offset.equals("0_1") ? data("[2]") : "") + control("0_2", ""));
				reply.silence();
				gone.countDown();
			}
		});
		read(DurableStream.builder(this.server.url()).heartbeatLimit(Duration.ofMillis(500)), "-1", LiveMode.SSE,
				this.handler);
		awaitEnd();
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the silent connection was given up").isTrue();
		assertThat(this.handler.causes).anyMatch(ReadLoopTests::isSilence)
			.allMatch(StreamTimeoutException.class::isInstance);
		assertThat(this.handler.committed).startsWith("[1]");
	}

	private static boolean isSilence(Throwable cause) {
		return cause instanceof StreamTimeoutException && cause.getMessage().contains("nothing arrived for PT0.5S");
	}

	@Test
	@Spec("P4.11")
	void silentLongPollIsMadeAnew() throws Exception {
		CountDownLatch gone = new CountDownLatch(1);
		this.server.then(tail("0_1", "[1]")).then((request, reply) -> {
			reply.silence();
			gone.countDown();
		}).otherwise((request, reply) -> {
			if (request.parameter("live") == null) {
				tail("0_1", "[]").write(request, reply);
			}
			else {
				reply.send(204, "", "Stream-Next-Offset", "0_1", "Stream-Closed", "true");
			}
		});
		read(DurableStream.builder(this.server.url()).heartbeatLimit(Duration.ofMillis(500)), "-1", LiveMode.LONG_POLL,
				this.handler);
		awaitEnd();
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the silent connection was given up").isTrue();
		assertThat(this.handler.causes).first().isInstanceOf(StreamTimeoutException.class);
	}

	@Test
	void headOfACatchUpReadThatDoesNotComeIsRetried() throws Exception {
		this.server.then((request, reply) -> reply.silence()).otherwise(tail("0_1", "[1]"));
		read(DurableStream.builder(this.server.url()).requestTimeout(Duration.ofMillis(500)), "-1", LiveMode.OFF,
				this.handler);
		awaitEnd();
		assertThat(this.handler.causes).first().isInstanceOf(StreamTimeoutException.class);
	}

	// Closing

	@ParameterizedTest
	@EnumSource(names = { "SSE", "LONG_POLL" })
	void closeEndsALiveReadThatWaits(LiveMode live) throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch gone = new CountDownLatch(1);
		this.server.then(tail("0_1", "[1]")).then((request, reply) -> {
			if (live == LiveMode.SSE) {
				reply.events().chunk(data("[2]"));
			}
			arrived.countDown();
			reply.silence();
			gone.countDown();
		});
		read(live);
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		if (live == LiveMode.SSE) {
			Awaitility.await().until(() -> this.handler.calls.contains("data [2]"));
		}
		this.reader.close();
		awaitEnd();
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the connection was given up").isTrue();
		assertThat(this.handler.calls).last().isEqualTo((live == LiveMode.SSE) ? "abort" : "end 0_1");
		this.reader.close();
	}

	@Test
	void closeEndsAReadThatWaitsToRetry() throws Exception {
		this.server.otherwise((request, reply) -> reply.send(503, "", "Retry-After", "3600"));
		read(DurableStream.builder(this.server.url()), "-1", LiveMode.AUTO, this.handler);
		Awaitility.await().until(() -> this.handler.calls.contains("retrying 1"));
		this.reader.close();
		awaitEnd();
	}

	@ParameterizedTest
	@ValueSource(strings = { "begin", "data", "end" })
	void handlerMayCloseTheReader(String call) throws Exception {
		CompletableFuture<StreamReader> self = new CompletableFuture<>();
		RecordingHandler closing = new RecordingHandler() {

			private void call(String name) {
				if (name.equals(call)) {
					self.join().close();
				}
			}

			@Override
			public void begin(String offset) {
				super.begin(offset);
				call("begin");
			}

			@Override
			public void data(InputStream body) throws IOException {
				call("data");
				super.data(body);
			}

			@Override
			public void end(BatchEnd end) {
				super.end(end);
				call("end");
			}

		};
		this.server.otherwise((request, reply) -> {
			reply.chunked(200, "Stream-Next-Offset", "0_1", "Stream-Up-To-Date", "true", "Content-Type", JSON)
				.chunk("[1]");
			if (call.equals("end")) {
				reply.finish();
			}
			else {
				reply.silence();
			}
		});
		self.complete(read(builder(), "-1", LiveMode.AUTO, closing));
		awaitEnd();
		assertThat(closing.calls).last().isEqualTo(call.equals("end") ? "end 0_1" : "abort");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void readerThatWasClosedBeforeItRanNeverRuns() throws Exception {
		BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
		read(builder().executor(tasks::add), "-1", LiveMode.AUTO, this.handler);
		this.reader.close();
		tasks.take().run();
		awaitEnd();
		assertThat(this.server.requests()).isEmpty();
		assertThat(this.handler.calls).isEmpty();
	}

	@Test
	void interruptedThreadEndsTheReadAndSaysSo() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		this.server.then(tail("0_1", "[1]")).then((request, reply) -> {
			arrived.countDown();
			reply.silence();
		});
		var executor = Executors.newSingleThreadExecutor();
		read(builder().executor(executor), "-1", LiveMode.LONG_POLL, this.handler);
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		executor.shutdownNow();
		assertThat(awaitFailure()).isInstanceOf(DurableStreamException.class).hasMessageContaining("interrupted");
	}

	@Test
	void nothingRunsAfterTheCompletion() throws Exception {
		for (int i = 0; i < 200; i++) {
			RecordingHandler own = new RecordingHandler();
			this.server.otherwise((request, reply) -> {
				if (request.parameter("live") == null) {
					tail("0_1", "[1]").write(request, reply);
				}
				else {
					reply.events().chunk(data("[2]") + control("0_2", "") + data("[3]"));
					reply.silence();
				}
			});
			StreamReader reader = builder().build().read(new ReadOptions("-1", LiveMode.AUTO), own);
			if (i % 2 == 0) {
				own.awaitEnd("0_1");
			}
			reader.close();
			reader.completion().get(10, TimeUnit.SECONDS);
			List<String> calls = List.copyOf(own.calls);
			assertThat(calls).filteredOn((call) -> call.startsWith("begin"))
				.hasSameSizeAs(
						calls.stream().filter((call) -> call.startsWith("end") || call.equals("abort")).toList());
			assertThat(own.calls).isEqualTo(calls);
		}
	}

	@Test
	void serverThatGoesAwayAndComesBackIsFoundAgain() throws Exception {
		AtomicReference<Boolean> away = new AtomicReference<>(false);
		this.server.otherwise((request, reply) -> {
			if (away.get()) {
				reply.cut();
			}
			else if (request.parameter("live") == null) {
				tail(request.parameter("offset").equals("-1") ? "0_1" : "0_2", "[1]").write(request, reply);
			}
			else if (request.parameter("offset").equals("0_1")) {
				away.set(true);
				reply.events().chunk(control("0_1", "")).cut();
			}
			else {
				events(control("0_2", ",\"streamClosed\":true")).write(request, reply);
			}
		});
		CountDownLatch back = new CountDownLatch(1);
		RecordingHandler handler = new RecordingHandler() {

			@Override
			public void retrying(Throwable cause, int attempt) {
				super.retrying(cause, attempt);
				if (attempt == 30) {
					away.set(false);
					back.countDown();
				}
			}

		};
		read(builder(), "-1", LiveMode.AUTO, handler);
		assertThat(back.await(20, TimeUnit.SECONDS)).isTrue();
		awaitEnd();
		assertThat(handler.calls).containsSubsequence("retrying 30", "connected", "begin 0_1", "end 0_2");
	}

	/**
	 * Throws after it has read the data.
	 */
	/**
	 * Takes only what looks like an array.
	 */
	private static final class ParsingHandler extends RecordingHandler {

		@Override
		public void data(InputStream body) throws IOException {
			String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
			super.data(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
			if (!text.startsWith("[")) {
				throw new StreamParseException("not JSON", URI.create("http://localhost/s"), 200, null, null);
			}
		}

	}

	private static final class ThrowingHandler extends RecordingHandler {

		private final Runnable afterData;

		ThrowingHandler(Runnable afterData) {
			this.afterData = afterData;
		}

		@Override
		public void data(InputStream body) throws IOException {
			super.data(body);
			this.afterData.run();
		}

	}

	/**
	 * Tells of each number as soon as the byte after it has been asked for.
	 */
	private record ElementHandler(BlockingQueue<String> seen) implements BatchHandler {

		@Override
		public void data(InputStream body) throws IOException {
			StringBuilder number = new StringBuilder();
			byte[] buffer = new byte[1000];
			for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
				number.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
				String digits = number.toString().replaceAll("\\D", "");
				if (!digits.isEmpty() && !number.toString().contains("]")) {
					number.setLength(0);
					offer(digits);
				}
			}
		}

		private void offer(String digits) {
			try {
				this.seen.offer(digits, 10, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public void end(BatchEnd end) {
		}

	}

	/**
	 * A long row of zeros.
	 */
	private static final class Zeros extends InputStream {

		private long left;

		Zeros(long size) {
			this.left = size;
		}

		@Override
		public int read() {
			return (this.left-- > 0) ? 0 : -1;
		}

		@Override
		public int read(byte[] target, int offset, int length) {
			if (this.left <= 0) {
				return -1;
			}
			int count = (int) Math.min(length, this.left);
			this.left -= count;
			return count;
		}

	}

}
