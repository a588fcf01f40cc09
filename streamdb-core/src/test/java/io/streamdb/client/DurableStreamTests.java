package io.streamdb.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.streamdb.Spec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for the requests of {@link DurableStream} that are no reads.
 */
@Timeout(60)
class DurableStreamTests {

	private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

	private final FaultServer server = new FaultServer();

	private final RecordingPause pause = new RecordingPause();

	private final DurableStream stream = builder().build();

	@AfterEach
	void close() {
		this.server.close();
	}

	private DurableStreamBuilder builder() {
		return this.pause.on(DurableStream.builder(this.server.url()).clock(CLOCK).random(new Random(1)));
	}

	@Test
	@Spec({ "P1.1", "P1.2", "P1.3", "P1.4" })
	void createSendsTheConfiguration() throws Exception {
		this.server.then((request, reply) -> reply.send(201, "", "Stream-Next-Offset", "0_1"));
		StreamMetadata metadata = this.stream
			.create(new CreateOptions("text/plain", Duration.ofHours(1), null, true, "a".getBytes()))
			.get();
		assertThat(metadata).isEqualTo(new StreamMetadata("text/plain", "0_1", true, true, Duration.ofHours(1), null));
		FaultServer.Request request = this.server.request(0);
		assertThat(request).hasToString("PUT /stream");
		assertThat(request.text()).isEqualTo("a");
		assertThat(request.headers()).containsEntry("Content-Type", "text/plain")
			.containsEntry("Stream-TTL", "3600")
			.containsEntry("Stream-Closed", "true")
			.doesNotContainKey("Stream-Expires-At");
	}

	@Test
	@Spec("P1.2")
	void createTellsWhetherTheStreamWasThere() throws Exception {
		this.server.then((request, reply) -> reply.send(200, "", "Stream-Next-Offset", "0_7", "Content-Type",
				"application/json; charset=utf-8", "Stream-Expires-At", "2027-01-01T01:00:00+01:00"));
		Instant expiry = Instant.parse("2027-01-01T00:00:00Z");
		StreamMetadata metadata = this.stream.create(new CreateOptions("application/json", null, expiry, false, null))
			.get();
		assertThat(metadata)
			.isEqualTo(new StreamMetadata("application/json; charset=utf-8", "0_7", false, false, null, expiry));
		assertThat(this.server.request(0).header("Stream-Expires-At")).isEqualTo("2027-01-01T00:00:00Z");
	}

	@Test
	void createOptionsAreChecked() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new CreateOptions("a/b", Duration.ofSeconds(1), Instant.EPOCH, false, null))
			.withMessageContaining("not both");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new CreateOptions("a/b", Duration.ofMillis(1500), null, false, null))
			.withMessageContaining("PT1.5S");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new CreateOptions("a/b", Duration.ofSeconds(-1), null, false, null));
		assertThatIllegalArgumentException().isThrownBy(() -> new CreateOptions(" ", null, null, false, null));
	}

	@Test
	@Spec("P1.9")
	void headReadsTheMetadata() throws Exception {
		this.server.then((request, reply) -> reply.head(200, "Content-Type", "application/json", "stream-next-offset",
				"0_9", "Stream-Closed", "TRUE", "Stream-TTL", "60"));
		assertThat(this.stream.head().get())
			.isEqualTo(new StreamMetadata("application/json", "0_9", true, false, Duration.ofMinutes(1), null));
		assertThat(this.server.request(0)).hasToString("HEAD /stream");
	}

	@ParameterizedTest
	@Spec("P7.10")
	@CsvSource({ "Other, x", "Stream-TTL, soon", "Stream-Expires-At, tomorrow" })
	void headThatCannotBeReadIsAParseError(String name, String value) {
		this.server.then((request, reply) -> reply.head(200, name, value,
				name.equals("Other") ? "Another" : "Stream-Next-Offset", "0_1"));
		StreamParseException error = failure(this.stream.head(), StreamParseException.class);
		assertThat(error).hasMessageContaining(name.equals("Other") ? "Stream-Next-Offset" : "'" + value + "'");
		assertThat(error.status()).isEqualTo(200);
	}

	@Test
	@Spec("P1.5")
	void appendSendsTheBodyAsItIs() throws Exception {
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_2"));
		AppendResult result = this.stream.append(AppendOptions.of("{\"a\":1}".getBytes())).get();
		assertThat(result).isEqualTo(new AppendResult("0_2", false, false));
		FaultServer.Request request = this.server.request(0);
		assertThat(request).hasToString("POST /stream");
		assertThat(request.text()).isEqualTo("{\"a\":1}");
		assertThat(request.headers()).containsEntry("Content-Type", "application/json")
			.doesNotContainKeys("Stream-Seq", "Stream-Closed");
	}

	@Test
	@Spec({ "P1.6", "P1.15" })
	void appendSendsSequenceTypeAndClose() throws Exception {
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_2", "Stream-Closed", "true"));
		AppendResult result = this.stream.append(new AppendOptions("x".getBytes(), "text/plain", "7", true)).get();
		assertThat(result.closed()).isTrue();
		assertThat(this.server.request(0).headers()).containsEntry("Content-Type", "text/plain")
			.containsEntry("Stream-Seq", "7")
			.containsEntry("Stream-Closed", "true");
	}

	@Test
	void emptyAppendIsRefusedAtOnce() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.stream.append(AppendOptions.of(new byte[0])))
			.withMessageContaining(this.server.url().toString());
	}

	@Test
	@Spec("P1.7")
	void closeSendsNoBodyAndNoContentType() throws Exception {
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_2", "Stream-Closed", "true"));
		assertThat(this.stream.closeStream().get()).isEqualTo(new AppendResult("0_2", false, true));
		assertThat(this.server.request(0).headers()).containsEntry("Stream-Closed", "true")
			.containsEntry("Content-Length", "0")
			.doesNotContainKey("Content-Type");
	}

	@Test
	void offsetThatAnAppendDoesNotTellIsAskedFor() throws Exception {
		this.server.then((request, reply) -> reply.send(204, ""))
			.then((request, reply) -> reply.head(200, "Stream-Next-Offset", "0_8"));
		assertThat(this.stream.append(AppendOptions.of("1".getBytes())).get().offset()).isEqualTo("0_8");
		assertThat(this.server.requests()).extracting(FaultServer.Request::method).containsExactly("POST", "HEAD");
	}

	@Test
	void pageOfAProxyIsNoAcknowledgement() {
		this.server.then((request, reply) -> reply.send(200, "<h1>Back soon</h1>", "Content-Type", "text/html"));
		assertThat(failure(this.stream.append(AppendOptions.of("1".getBytes())), StreamForeignResponseException.class))
			.hasMessageContaining("no proxy answers in place of its server");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void offsetThatCannotBeHadIsNoFailedAppend() {
		this.server.then((request, reply) -> reply.send(204, "")).then((request, reply) -> reply.head(404));
		assertThat(failure(this.stream.append(AppendOptions.of("1".getBytes())), AppendOutcomeUnknownException.class))
			.hasMessageContaining("was taken")
			.hasCauseInstanceOf(StreamNotFoundException.class);
	}

	@Test
	@Spec("P1.8")
	void deleteDeletes() throws Exception {
		this.server.then((request, reply) -> reply.send(204, ""));
		this.stream.delete().get();
		assertThat(this.server.request(0)).hasToString("DELETE /stream");
	}

	@ParameterizedTest
	@Spec({ "P4.9", "P7.1", "P7.2", "P7.3", "P7.7", "P7.9" })
	@CsvSource({ "400, StreamBadRequestException", "401, StreamUnauthorizedException",
			"403, StreamUnauthorizedException", "404, StreamNotFoundException", "405, DurableStreamException",
			"409, StreamConflictException", "410, StreamGoneException", "413, StreamPayloadTooLargeException",
			"418, DurableStreamException", "301, DurableStreamException", "202, DurableStreamException",
			"501, StreamServerException", "502, StreamServerException", "504, StreamServerException",
			"507, StreamServerException" })
	void statusThatIsNotRepeatedBecomesItsException(int status, String type) {
		this.server.then((request, reply) -> reply.send(status, "the server's\n own   words", "Stream-Next-Offset",
				"0_5", "Location", "https://user:pw@other/x?token=1"));
		DurableStreamException error = failure(this.stream.append(AppendOptions.of("1".getBytes())),
				DurableStreamException.class);
		assertThat(error.getClass().getSimpleName()).isEqualTo(type);
		assertThat(error.status()).isEqualTo(status);
		assertThat(error.offset()).isEqualTo("0_5");
		assertThat(error.url()).isEqualTo(this.server.url());
		assertThat(error).hasMessageContaining("POST " + this.server.url())
			.hasMessageContaining(Integer.toString(status))
			.hasMessageContaining("the server's own words")
			.hasMessageNotContaining("token")
			.hasMessageNotContaining("pw");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void redirectNamesItsTarget() {
		this.server.then((request, reply) -> reply.send(308, "", "Location", "https://other/x?token=1"));
		assertThat(failure(this.stream.delete(), DurableStreamException.class)).hasMessageContaining("https://other/x")
			.hasMessageContaining("not followed");
	}

	@Test
	void longErrorTextIsCut() {
		this.server.then((request, reply) -> reply.send(400, "x".repeat(100_000)));
		DurableStreamException error = failure(this.stream.append(AppendOptions.of("1".getBytes())),
				StreamBadRequestException.class);
		assertThat(error.getMessage()).contains("x".repeat(1000)).hasSizeLessThan(1500);
	}

	@Test
	void errorTextThatNeverComesIsLeftOut() {
		// A connection that ends before the client has handed out the head has no answer.
		CountDownLatch head = new CountDownLatch(1);
		JdkHttpTransport transport = new JdkHttpTransport();
		DurableStream stream = builder()
			.transport((request) -> transport.send(request).whenComplete((response, failure) -> head.countDown()))
			.build();
		this.server.then((request, reply) -> {
			reply.head(400, "Content-Length", "100").raw("half");
			head.await();
			reply.cut();
		});
		assertThat(failure(stream.append(AppendOptions.of("1".getBytes())), StreamBadRequestException.class))
			.hasMessageNotContaining("half");
	}

	@Test
	@Spec({ "P7.4", "P7.5", "P7.6" })
	void conflictsAreToldApart() {
		this.server.then((request, reply) -> reply.send(409, "", "Stream-Closed", "true", "Stream-Next-Offset", "0_4"))
			.then((request, reply) -> reply.send(409, ""))
			.then((request, reply) -> reply.send(409, "", "Stream-Closed", "true"));
		assertThat(failure(this.stream.append(AppendOptions.of("1".getBytes())), StreamClosedException.class).offset())
			.isEqualTo("0_4");
		assertThat(failure(this.stream.append(new AppendOptions("1".getBytes(), null, "6", false)),
				StreamSequenceException.class))
			.hasMessageContaining("'6'");
		assertThat(failure(this.stream.create(CreateOptions.json()), StreamExistsException.class))
			.hasMessageContaining("another configuration");
	}

	@ParameterizedTest
	@Spec("P4.2")
	@ValueSource(ints = { 429, 500, 503 })
	void everyMethodIsRepeatedAfterCertainStatuses(int status) throws Exception {
		for (int i = 0; i < 4; i++) {
			this.server.then((request, reply) -> reply.send(status, ""))
				.then((request, reply) -> reply.send(status, ""))
				.then((request, reply) -> reply.send(request.method().equals("PUT") ? 201 : 200, "",
						"Stream-Next-Offset", "0_1"));
		}
		this.stream.create(CreateOptions.json()).get();
		this.stream.append(AppendOptions.of("1".getBytes())).get();
		this.stream.head().get();
		this.stream.delete().get();
		assertThat(this.server.requests()).hasSize(12);
		assertThat(this.pause.delays).hasSize(8)
			.allSatisfy((delay) -> assertThat(delay).isLessThanOrEqualTo(Duration.ofMillis(200)));
		assertThat(this.server.request(5).text()).as("the body of the repeat").isEqualTo("1");
	}

	@ParameterizedTest
	@Spec({ "P4.7", "P7.8" })
	@CsvSource({ "429, StreamRateLimitedException", "500, StreamServerException", "503, StreamServerException" })
	void retriesAreBounded(int status, String type) {
		this.server.otherwise((request, reply) -> reply.send(status, "busy"));
		DurableStreamException error = failure(this.stream.append(AppendOptions.of("1".getBytes())),
				DurableStreamException.class);
		assertThat(error.getClass().getSimpleName()).isEqualTo(type);
		assertThat(this.server.requests()).hasSize(1 + RetryPolicy.defaults().maxRetries());
	}

	@Test
	@Spec("P4.5")
	void gatewayErrorsAreRepeatedOnlyForReads() throws Exception {
		this.server.then((request, reply) -> reply.head(502))
			.then((request, reply) -> reply.head(504))
			.then((request, reply) -> reply.cut())
			.then((request, reply) -> reply.head(200, "Stream-Next-Offset", "0_1"));
		assertThat(this.stream.head().get().offset()).isEqualTo("0_1");
	}

	@Test
	@Spec({ "P4.6", "P7.11" })
	void brokenConnectionIsNotRepeatedForAPlainAppend() {
		this.server.otherwise((request, reply) -> reply.cut());
		StreamConnectionException error = failure(this.stream.append(AppendOptions.of("1".getBytes())),
				StreamConnectionException.class);
		assertThat(error.status()).isZero();
		assertThat(this.server.requests()).hasSize(1);
	}

	@ParameterizedTest
	@CsvSource({ "502, create", "502, append", "502, close", "502, delete", "504, create", "504, append", "504, close",
			"504, delete", "0, create", "0, append", "0, close", "0, delete" })
	@Spec("P4.6")
	void whatChangesTheStreamIsNotRepeatedWhenItMayHaveArrived(int status, String what) {
		this.server.otherwise((request, reply) -> {
			if (status == 0) {
				reply.cut();
			}
			else {
				reply.send(status, "");
			}
		});
		CompletableFuture<?> result = switch (what) {
			case "create" -> this.stream.create(CreateOptions.json());
			case "append" -> this.stream.append(AppendOptions.of("1".getBytes()));
			case "close" -> this.stream.closeStream();
			default -> this.stream.delete();
		};
		assertThat(failure(result, DurableStreamException.class).status()).isEqualTo(status);
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.pause.delays).isEmpty();
	}

	@Test
	@Spec("P4.4")
	void plainAppendThatWasTakenAndAnsweredWithAnErrorIsTakenTwice() throws Exception {
		List<String> taken = new CopyOnWriteArrayList<>();
		this.server.then((request, reply) -> {
			taken.add(request.text());
			reply.send(500, "the answer was lost");
		}).then((request, reply) -> {
			taken.add(request.text());
			reply.send(204, "", "Stream-Next-Offset", "0_2");
		});
		this.stream.append(AppendOptions.of("1".getBytes())).get();
		assertThat(taken).containsExactly("1", "1");
	}

	@Test
	@Spec("P7.12")
	void answerThatDoesNotComeIsATimeout() {
		this.server.otherwise((request, reply) -> reply.silence());
		DurableStream impatient = builder().requestTimeout(Duration.ofMillis(50)).build();
		assertThat(failure(impatient.append(AppendOptions.of("1".getBytes())), StreamTimeoutException.class))
			.hasMessageContaining("PT0.05S");
	}

	@Test
	@Spec("P7.11")
	void unreachableServerIsNamed() throws Exception {
		try (RefusingPort port = new RefusingPort()) {
			DurableStream unreachable = this.pause.on(DurableStream.builder(port.url())).build();
			assertThat(failure(unreachable.head(), StreamConnectionException.class))
				.hasMessageContaining(port.url().toString())
				.hasMessageContaining("check that the server runs");
		}
	}

	@Test
	@Spec("P4.3")
	void serverSaysHowLongToWait() throws Exception {
		this.server.then((request, reply) -> reply.send(429, "", "Retry-After", "7"))
			.then((request, reply) -> reply.send(503, "", "Retry-After", "Mon, 23 Nov 2026 12:00:09 GMT"))
			.then((request, reply) -> reply.send(429, "", "Retry-After", "86400"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"));
		this.stream.append(AppendOptions.of("1".getBytes())).get();
		assertThat(this.pause.delays).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(9),
				Duration.ofMinutes(1));
	}

	@Test
	@Spec({ "P6.1", "P6.2" })
	void suppliersAreAskedForEveryRequest() throws Exception {
		AtomicInteger number = new AtomicInteger();
		DurableStream stream = builder().header("X-Token", () -> "h" + number.incrementAndGet())
			.parameter("token", () -> "p" + number.get())
			.build();
		this.server.then((request, reply) -> reply.send(503, ""))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"))
			.then((request, reply) -> reply.head(200, "Stream-Next-Offset", "0_1"));
		stream.append(AppendOptions.of("1".getBytes())).get();
		stream.head().get();
		assertThat(this.server.requests()).extracting((request) -> request.header("X-Token"))
			.containsExactly("h1", "h2", "h3");
		assertThat(this.server.requests()).extracting((request) -> request.parameter("token"))
			.containsExactly("p1", "p2", "p3");
	}

	@Test
	@Spec("P6.3")
	void unauthorizedRefreshesOnce() throws Exception {
		AtomicInteger number = new AtomicInteger();
		DurableStream stream = builder().header("Authorization", () -> "Bearer " + number.incrementAndGet()).build();
		this.server.then((request, reply) -> reply.send(401, "expired"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"));
		stream.append(AppendOptions.of("1".getBytes())).get();
		assertThat(this.server.requests()).extracting((request) -> request.header("Authorization"))
			.containsExactly("Bearer 1", "Bearer 2");
		assertThat(this.pause.delays).isEmpty();
	}

	@Test
	@Spec("P6.3")
	void unauthorizedTwiceFails() {
		DurableStream stream = builder().header("Authorization", () -> "Bearer x").build();
		this.server.then((request, reply) -> reply.send(401, ""))
			.then((request, reply) -> reply.send(503, ""))
			.otherwise((request, reply) -> reply.send(401, "go away"));
		assertThat(failure(stream.append(AppendOptions.of("1".getBytes())), StreamUnauthorizedException.class))
			.hasMessageContaining("go away")
			.hasMessageNotContaining("Bearer");
		assertThat(this.server.requests()).as("one refresh for all attempts of a request").hasSize(3);
	}

	@Test
	void unauthorizedWithNothingToRefreshFailsAtOnce() {
		this.server.otherwise((request, reply) -> reply.send(401, ""));
		failure(this.stream.head(), StreamUnauthorizedException.class);
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void supplierThatFailsForAWhileIsAskedAgain() throws Exception {
		AtomicInteger number = new AtomicInteger();
		DurableStream stream = builder().header("Authorization", () -> {
			if (number.incrementAndGet() < 3) {
				throw new IllegalStateException("the token service is away");
			}
			return "Bearer x";
		}).build();
		this.server.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0_1"));
		stream.append(AppendOptions.of("1".getBytes())).get();
		assertThat(this.server.requests()).hasSize(1);
		assertThat(number).hasValue(3);
	}

	@Test
	void supplierThatKeepsFailingIsTheCause() {
		DurableStream stream = builder().header("Authorization", () -> {
			throw new IllegalStateException("the token service is away");
		}).build();
		assertThat(failure(stream.delete(), DurableStreamException.class)).hasMessageContaining("'Authorization'")
			.hasMessageContaining("the token service is away")
			.hasRootCauseInstanceOf(IllegalStateException.class);
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	void cancellingTheResultGivesTheRequestUp() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch gone = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			reply.silence();
			gone.countDown();
		});
		CompletableFuture<StreamMetadata> head = this.stream.head();
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		head.cancel(true);
		assertThat(gone.await(10, TimeUnit.SECONDS)).as("the connection was given up").isTrue();
	}

	@Test
	void connectionIsUsedAgainAfterErrorsAndAnswers() throws Exception {
		this.server.then((request, reply) -> reply.send(503, "busy"))
			.then((request, reply) -> reply.send(200, "", "Stream-Next-Offset", "0_1"))
			.then((request, reply) -> reply.send(404, "no such stream"))
			.then((request, reply) -> reply.send(200, "some text", "Stream-Next-Offset", "0_1"))
			.then((request, reply) -> reply.head(200, "Stream-Next-Offset", "0_1"));
		this.stream.append(AppendOptions.of("1".getBytes())).get();
		failure(this.stream.delete(), StreamNotFoundException.class);
		this.stream.append(AppendOptions.of("1".getBytes())).get();
		this.stream.head().get();
		assertThat(this.server.connectionCount()).isEqualTo(1);
	}

	@Test
	void brokenTransportIsNoIoFailure() {
		DurableStream stream = DurableStream.builder(URI.create("http://embedded/stream")).transport((request) -> {
			throw new IllegalArgumentException("restricted header");
		}).build();
		assertThat(failure(stream.head(), DurableStreamException.class)).hasMessageContaining("restricted header");
	}

	@Test
	void threadsAreDaemonsWithAName() throws Exception {
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		DurableStream stream = DurableStream.builder(URI.create("http://embedded/stream")).transport((request) -> {
			thread.complete(Thread.currentThread());
			return CompletableFuture.failedFuture(new IllegalStateException());
		}).build();
		stream.delete();
		assertThat(thread.get().getName()).startsWith("streamdb-client-");
		assertThat(thread.get().isDaemon()).isTrue();
		Awaitility.await().until(() -> !thread.get().isAlive());
	}

	@Test
	void inProcessTransportGetsTheSameRequests() throws Exception {
		TransportRequest[] sent = new TransportRequest[1];
		DurableStream stream = DurableStream.builder(URI.create("http://embedded/streams/main"))
			.transport((request) -> {
				sent[0] = request;
				return CompletableFuture
					.completedFuture(new MemoryResponse(204, Map.of("stream-next-offset", "0_3"), ""));
			})
			.build();
		assertThat(stream.append(AppendOptions.of("1".getBytes(StandardCharsets.UTF_8))).get().offset())
			.isEqualTo("0_3");
		assertThat(sent[0].uri()).hasToString("http://embedded/streams/main");
		assertThat(sent[0].timeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(List.of(sent[0].method(), new String(sent[0].body(), StandardCharsets.UTF_8)))
			.containsExactly("POST", "1");
	}

	private static <T extends Throwable> T failure(CompletableFuture<?> future, Class<T> type) {
		ExecutionException failure = catchThrowableOfType(ExecutionException.class,
				() -> future.get(20, TimeUnit.SECONDS));
		assertThat(failure).as("a failed future").isNotNull();
		assertThat(failure.getCause()).isInstanceOf(type);
		return type.cast(failure.getCause());
	}

}
