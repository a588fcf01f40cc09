package io.streamdb.client;

import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.streamdb.Spec;
import io.streamdb.testsupport.Latches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link IdempotentProducer}.
 */
@Timeout(60)
class IdempotentProducerTests {

	private static final ProducerOptions OPTIONS = new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 1000,
			Duration.ofSeconds(30));

	private final FaultServer server = new FaultServer();

	private final RecordingPause pause = new RecordingPause();

	private final AtomicLong tail = new AtomicLong();

	/** Keeps the producer's thread, and so the first batch, until it is counted down. */
	private final CountDownLatch gate = new CountDownLatch(1);

	private IdempotentProducer producer;

	@AfterEach
	void close() throws Exception {
		this.gate.countDown();
		if (this.producer != null) {
			this.producer.close();
			this.producer.completion().get(10, TimeUnit.SECONDS);
		}
		this.server.close();
	}

	/**
	 * Time passes only in pauses, so what is left of a timeout limits no real request: a
	 * slow machine may need more than that.
	 */
	private DurableStreamBuilder builder() {
		JdkHttpTransport transport = new JdkHttpTransport();
		return this.pause.on(DurableStream.builder(this.server.url())
			.random(new Random(1))
			.transport((request) -> transport
				.send(new TransportRequest(request.method(), request.uri(), request.headers(), request.body(), null))));
	}

	private IdempotentProducer producer() {
		return producer(OPTIONS);
	}

	private IdempotentProducer producer(ProducerOptions options) {
		this.producer = builder().build().producer(options);
		return this.producer;
	}

	private static ProducerOptions batches(int bytes, int messages) {
		return new ProducerOptions("p-1", 0, false, Duration.ZERO, bytes, messages, Duration.ofSeconds(30))
			.withMaxInFlight(1);
	}

	private static ProducerOptions several() {
		return new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 1, Duration.ofSeconds(30))
			.withMaxInFlight(3);
	}

	private static ProducerOptions claiming() {
		return new ProducerOptions("p-1", 0, true, Duration.ZERO, 1 << 20, 1000, Duration.ofSeconds(30));
	}

	private CompletableFuture<AppendResult> append(String message) {
		return this.producer.append(() -> message.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Appends a message whose bytes come only when the gate is opened, so that others
	 * queue up behind it.
	 */
	private CompletableFuture<AppendResult> appendGated(String message) {
		return this.producer.append(() -> {
			try {
				this.gate.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return message.getBytes(StandardCharsets.UTF_8);
		});
	}

	private FaultServer.Answer ok() {
		return (request, reply) -> reply.send(200, "", "Stream-Next-Offset",
				String.format("%04d", this.tail.incrementAndGet()));
	}

	private static FaultServer.Answer status(int status, String... headers) {
		return (request, reply) -> reply.send(status, "", headers);
	}

	private static FaultServer.Answer cut() {
		return (request, reply) -> reply.cut();
	}

	private List<String> sent() {
		return this.server.requests()
			.stream()
			.map((request) -> request.header("Producer-Epoch") + "/" + request.header("Producer-Seq") + " "
					+ request.text())
			.toList();
	}

	private static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(20, TimeUnit.SECONDS);
	}

	private static <T extends Throwable> T failure(CompletableFuture<?> future, Class<T> type) {
		ExecutionException failure = catchThrowableOfType(ExecutionException.class, () -> get(future));
		assertThat(failure).as("a failed append").isNotNull();
		assertThat(failure.getCause()).isInstanceOf(type);
		return type.cast(failure.getCause());
	}

	// Batches

	@Test
	@Spec("P5.1")
	void messagesGoOutInOrderWithIdEpochAndSequence() throws Exception {
		this.server.otherwise(ok());
		producer(new ProducerOptions("p-1", 7, false, Duration.ZERO, 1 << 20, 1, Duration.ofSeconds(30))
			.withMaxInFlight(1));
		List<CompletableFuture<AppendResult>> results = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			results.add(append("{\"n\":" + i + "}"));
		}
		assertThat(get(results.get(0))).isEqualTo(new AppendResult("0001", false, false));
		assertThat(get(results.get(2)).offset()).isEqualTo("0003");
		assertThat(sent()).containsExactly("7/0 [{\"n\":0}]", "7/1 [{\"n\":1}]", "7/2 [{\"n\":2}]");
		assertThat(this.server.request(0).headers()).containsEntry("Producer-Id", "p-1")
			.containsEntry("Content-Type", "application/json");
	}

	@Test
	void messagesGatherWhileABatchIsOnItsWay() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch answer = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			answer.await();
			ok().write(request, reply);
		}).otherwise(ok());
		producer();
		CompletableFuture<AppendResult> first = append("1");
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3,4");
		answer.countDown();
		assertThat(get(first).offset()).isEqualTo("0001");
		assertThat(get(second)).isEqualTo(get(third)).isEqualTo(new AppendResult("0002", false, false));
		assertThat(sent()).containsExactly("0/0 [1]", "0/1 [2,3,4]");
	}

	@Test
	void otherContentTypesAreConcatenated() throws Exception {
		this.server.otherwise(ok());
		this.producer = builder().contentType("text/plain").build().producer(OPTIONS);
		appendGated("a\n");
		append("b\n");
		this.gate.countDown();
		get(this.producer.flush());
		assertThat(sent()).containsExactly("0/0 a\nb\n");
		assertThat(this.server.request(0).header("Content-Type")).isEqualTo("text/plain");
	}

	@Test
	@Spec({ "P5.3", "P5.4" })
	void batchesAreBoundedByCountAndBytes() throws Exception {
		this.server.otherwise(ok());
		producer(batches(20, 3));
		AtomicInteger calls = new AtomicInteger();
		appendGated("1");
		for (String message : List.of("2", "3", "4", "\"0123456789\"", "\"012345678901234567890123456789\"", "5")) {
			this.producer.append(() -> {
				calls.incrementAndGet();
				return message.getBytes(StandardCharsets.UTF_8);
			});
		}
		this.gate.countDown();
		get(this.producer.flush());
		assertThat(sent()).containsExactly("0/0 [1,2,3]", "0/1 [4,\"0123456789\"]",
				"0/2 [\"012345678901234567890123456789\"]", "0/3 [5]");
		assertThat(calls).as("what did not fit is asked again").hasValue(8);
	}

	@Test
	@Spec({ "P5.2", "P5.4" })
	void lingerWaitsForCompanyUntilTheBatchIsFull() throws Exception {
		this.server.otherwise(ok());
		producer(new ProducerOptions("p-1", 0, false, Duration.ofHours(1), 1 << 20, 3, Duration.ofSeconds(30)));
		append("1");
		append("2");
		assertThat(get(append("3")).offset()).isEqualTo("0001");
		assertThat(sent()).containsExactly("0/0 [1,2,3]");
	}

	@Test
	@Spec("P5.2")
	void lingerEndsWithItsTime() throws Exception {
		this.server.otherwise(ok());
		this.producer = DurableStream.builder(this.server.url())
			.build()
			.producer(new ProducerOptions("p-1", 0, false, Duration.ofMillis(30), 1 << 20, 3, Duration.ofSeconds(30)));
		assertThat(get(append("1")).offset()).isEqualTo("0001");
	}

	@Test
	void flushDoesNotLinger() throws Exception {
		this.server.otherwise(ok());
		producer(new ProducerOptions("p-1", 0, false, Duration.ofHours(1), 1 << 20, 3, Duration.ofSeconds(30)));
		CompletableFuture<AppendResult> result = append("1");
		get(this.producer.flush());
		assertThat(result).isCompleted();
		CompletableFuture<AppendResult> next = append("2");
		assertThat(next).as("a later message lingers again").isNotDone();
		get(this.producer.flush());
		assertThat(sent()).containsExactly("0/0 [1]", "0/1 [2]");
	}

	@Test
	void flushOfNothingIsDone() {
		assertThat(producer().flush()).isCompleted();
	}

	@Test
	void soManyFlushesMayWaitAndNoMore() throws Exception {
		this.server.otherwise(ok());
		producer();
		assertThat(this.producer.pendingCount()).isZero();
		appendGated("1");
		List<CompletableFuture<Void>> flushes = new ArrayList<>();
		for (int i = 0; i < IdempotentProducer.MAX_WAITING; i++) {
			flushes.add(this.producer.flush());
		}
		assertThat(this.producer.pendingCount()).isOne();
		assertThat(this.producer.flush()).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withCauseInstanceOf(RejectedExecutionException.class)
			.withMessageContaining("100000 flushes");
		this.gate.countDown();
		get(flushes.get(0));
		get(flushes.get(IdempotentProducer.MAX_WAITING - 1));
		assertThat(this.producer.pendingCount()).isZero();
		get(this.producer.flush());
	}

	@Test
	@Spec("P5.9")
	void flushWaitsForAllAndOnlyForWhatWasQueued() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		this.server.then(status(400)).then((request, reply) -> {
			answer.await();
			ok().write(request, reply);
		});
		producer(batches(1 << 20, 1));
		appendGated("1");
		CompletableFuture<Void> flush = this.producer.flush();
		append("2");
		CompletableFuture<Void> second = this.producer.flush();
		this.gate.countDown();
		get(flush);
		assertThat(second).isNotDone();
		answer.countDown();
		get(second);
	}

	@Test
	void supplierThatThrowsFailsOnlyItsMessage() throws Exception {
		this.server.otherwise(ok());
		producer();
		IllegalStateException broken = new IllegalStateException("cannot encode");
		CompletableFuture<AppendResult> first = appendGated("1");
		CompletableFuture<AppendResult> second = this.producer.append(() -> {
			throw broken;
		});
		CompletableFuture<AppendResult> third = this.producer.append(() -> new byte[0]);
		CompletableFuture<AppendResult> fourth = this.producer.append(() -> null);
		CompletableFuture<AppendResult> fifth = append("5");
		this.gate.countDown();
		assertThat(get(first)).isEqualTo(get(fifth));
		assertThat(failure(second, IllegalStateException.class)).isSameAs(broken);
		assertThat(failure(third, IllegalArgumentException.class)).hasMessageContaining("no bytes");
		failure(fourth, IllegalArgumentException.class);
		assertThat(sent()).containsExactly("0/0 [1,5]");
	}

	@Test
	void flushIsDoneWhenAllSuppliersThrew() throws Exception {
		producer();
		appendGated("");
		CompletableFuture<Void> flush = this.producer.flush();
		this.gate.countDown();
		get(flush);
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	void supplierMayAppendAndRunsOnTheProducersThread() throws Exception {
		this.server.otherwise(ok());
		producer();
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		CompletableFuture<CompletableFuture<AppendResult>> inner = new CompletableFuture<>();
		this.producer.append(() -> {
			thread.complete(Thread.currentThread());
			inner.complete(append("2"));
			return new byte[] { '1' };
		});
		get(get(inner));
		assertThat(get(thread).getName()).startsWith("streamdb-client-");
		assertThat(sent().toString()).contains("1", "2");
	}

	@Test
	void waitingMessagesAreBounded() throws Exception {
		this.server.otherwise(ok());
		producer();
		CountDownLatch encoding = new CountDownLatch(1);
		this.producer.append(() -> {
			encoding.countDown();
			try {
				this.gate.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return new byte[] { '0' };
		});
		assertThat(encoding.await(10, TimeUnit.SECONDS)).isTrue();
		MessageSource one = () -> new byte[] { '1' };
		CompletableFuture<AppendResult> last = null;
		for (int i = 0; i < IdempotentProducer.MAX_WAITING; i++) {
			last = this.producer.append(one);
		}
		failure(this.producer.append(one), RejectedExecutionException.class);
		this.gate.countDown();
		get(last);
		get(this.producer.append(one));
	}

	// Repeats

	@Test
	@Spec({ "P4.5", "P5.11", "T5.6" })
	void sameSequenceIsRepeatedUntilThereIsAnAnswer() throws Exception {
		this.server.then(cut())
			.then(status(500))
			.then(status(502))
			.then(status(503))
			.then(status(504))
			.then(status(429, "Retry-After", "7"))
			.then((request, reply) -> reply.send(204, "", "Stream-Next-Offset", "0001", "Producer-Seq", "0"))
			.then(ok());
		producer();
		assertThat(get(append("1"))).isEqualTo(new AppendResult("0001", true, false));
		get(append("2"));
		assertThat(sent()).hasSize(8).startsWith("0/0 [1]").endsWith("0/0 [1]", "0/1 [2]");
		assertThat(this.pause.delays).hasSize(6).last().isEqualTo(Duration.ofSeconds(7));
	}

	@Test
	void offsetOfADuplicateIsAskedForWhenItIsNotTold() throws Exception {
		this.server.then(cut())
			.then(status(204))
			.then((request, reply) -> reply.head(200, "Stream-Next-Offset", "0009"))
			.then(ok());
		producer();
		assertThat(get(append("1"))).isEqualTo(new AppendResult("0009", true, false));
		get(append("2"));
		assertThat(this.server.requests()).extracting(FaultServer.Request::method)
			.containsExactly("POST", "POST", "HEAD", "POST");
		assertThat(sent()).last().isEqualTo("0/1 [2]");
	}

	@Test
	void pageOfAProxyIsNoAcknowledgement() throws Exception {
		this.server.then((request, reply) -> reply.send(200, "<h1>Back soon</h1>", "Content-Type", "text/html"))
			.then(ok())
			.then(ok());
		producer();
		assertThat(get(append("1"))).isEqualTo(new AppendResult("0001", false, false));
		get(append("2"));
		assertThat(sent()).containsExactly("0/0 [1]", "0/0 [1]", "0/1 [2]");
	}

	@Test
	void outcomeBehindAProxyThatKeepsAnsweringIsUnknown() throws Exception {
		this.server.otherwise((request, reply) -> reply.send(200, "<h1>Back soon</h1>", "Content-Type", "text/html"));
		producer();
		assertThat(failure(append("1"), AppendOutcomeUnknownException.class)).hasMessageContaining("PT30S")
			.hasCauseInstanceOf(StreamForeignResponseException.class);
	}

	@Test
	@Spec("T4.12")
	void ofADuplicateWhoseOffsetCannotBeHadOnlyThatIsUnknown() throws Exception {
		this.server.then(status(204)).then((request, reply) -> reply.head(404)).then(ok());
		producer();
		assertThat(failure(append("1"), AppendOffsetUnknownException.class)).hasMessageContaining("was taken")
			.hasMessageContaining("do not repeat it")
			.hasCauseInstanceOf(StreamNotFoundException.class);
		get(append("2"));
		assertThat(sent()).last().isEqualTo("0/1 [2]");
	}

	@Test
	@Spec("T5.6")
	void outcomeIsUnknownAfterTheDeliveryTimeout() throws Exception {
		this.server.otherwise(status(503));
		producer();
		AppendOutcomeUnknownException failure = failure(append("1"), AppendOutcomeUnknownException.class);
		assertThat(failure).hasMessageContaining("PT30S")
			.hasMessageContaining(this.server.url().toString())
			.hasCauseInstanceOf(StreamServerException.class);
		assertThat(failure.status()).isEqualTo(503);
		assertThat(this.pause.nanoTime()).as("tried to the last")
			.isBetween(Duration.ofMillis(29_800).toNanos(), Duration.ofSeconds(30).toNanos());
		this.server.otherwise(ok());
		get(append("2"));
		get(append("3"));
		assertThat(sent()).endsWith("0/0 [1]", "1/0 [2]", "1/1 [3]");
		assertThat(this.pause.delays).allSatisfy((delay) -> assertThat(delay).isLessThan(Duration.ofSeconds(11)));
	}

	@Test
	void serverThatAsksForMoreTimeThanThereIsIsNotAskedAgain() {
		this.server.otherwise(status(429, "Retry-After", "31"));
		producer();
		failure(append("1"), StreamRateLimitedException.class);
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.pause.delays).isEmpty();
	}

	@Test
	void attemptWaitsNoLongerThanTheDeliveryTimeout() throws Exception {
		this.server.then((request, reply) -> reply.silence()).then(ok());
		this.producer = DurableStream.builder(this.server.url())
			.build()
			.producer(new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 3, Duration.ofSeconds(3)));
		failure(append("1"), AppendOutcomeUnknownException.class);
		get(append("2"));
		assertThat(sent()).containsExactly("0/0 [1]", "1/0 [2]");
	}

	@Test
	void refusedConnectionsAreADefinitiveFailure() throws Exception {
		try (RefusingPort port = new RefusingPort()) {
			this.producer = this.pause.on(DurableStream.builder(port.url())).build().producer(OPTIONS);
			assertThat(failure(append("1"), StreamConnectionException.class))
				.hasMessageContaining(port.url().toString());
			assertThat(this.pause.delays).hasSizeGreaterThan(2);
		}
	}

	@Test
	void refusalsByRateAreADefinitiveFailure() {
		this.server.otherwise(status(429));
		producer();
		failure(append("1"), StreamRateLimitedException.class);
	}

	@Test
	void supplierOfATokenThatFailsIsADefinitiveFailure() {
		this.producer = builder().header("Authorization", () -> {
			throw new IllegalStateException("no token");
		}).build().producer(OPTIONS);
		assertThat(failure(append("1"), DurableStreamException.class)).hasMessageContaining("no token");
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	@Spec("P6.3")
	void tokenIsRefreshedOnce() throws Exception {
		AtomicInteger number = new AtomicInteger();
		this.producer = builder().header("Authorization", () -> "Bearer " + number.incrementAndGet())
			.build()
			.producer(OPTIONS);
		this.server.then(status(401)).then(ok()).otherwise(status(401));
		get(append("1"));
		failure(append("2"), StreamUnauthorizedException.class);
		assertThat(this.server.requests()).extracting((request) -> request.header("Authorization"))
			.containsExactly("Bearer 1", "Bearer 2", "Bearer 3", "Bearer 4");
	}

	@Test
	void batchThatDidNotArriveIsPutTogetherAgain() throws Exception {
		this.server.then(status(429, "Retry-After", "1")).then(cut()).then(status(503)).then(ok());
		producer();
		List<String> calls = new ArrayList<>();
		CompletableFuture<AppendResult> first = this.producer.append(new MessageSource() {

			private int number;

			@Override
			public byte[] bytes() {
				calls.add("bytes");
				if (this.number == 0) {
					append("2");
				}
				return Integer.toString(10 + this.number++).getBytes(StandardCharsets.UTF_8);
			}

			@Override
			public void withdrawn(DurableStreamException cause) {
				calls.add("withdrawn after " + cause.status());
			}

		});
		get(first);
		assertThat(calls).containsExactly("bytes", "withdrawn after 429", "bytes");
		assertThat(sent()).as("unchanged once it may have arrived")
			.containsExactly("0/0 [10,2]", "1/0 [11,2]", "1/0 [11,2]", "1/0 [11,2]");
	}

	@Test
	void messageThatFailsWhenItIsAskedAgainIsLeftOut() throws Exception {
		this.server.then(status(429)).then(ok());
		producer();
		AtomicInteger calls = new AtomicInteger();
		CompletableFuture<AppendResult> first = this.producer.append(() -> {
			if (calls.getAndIncrement() == 0) {
				return new byte[] { '1' };
			}
			throw new IllegalStateException("not any more");
		});
		CompletableFuture<AppendResult> second = append("2");
		assertThat(failure(first, IllegalStateException.class)).hasMessage("not any more");
		get(second);
		assertThat(sent()).last().isEqualTo("1/0 [2]");
	}

	@Test
	void messagesOfABatchThatDidNotArriveHaveTheirOwnTimes() throws Exception {
		this.server.otherwise(status(429));
		producer();
		CompletableFuture<Long> secondEnd = new CompletableFuture<>();
		AtomicInteger calls = new AtomicInteger();
		CompletableFuture<Long> firstEnd = this.producer.append(() -> {
			Latches.awaitOpen(this.gate);
			if (calls.incrementAndGet() == 3) {
				append("2").whenComplete((result, failure) -> secondEnd.complete(this.pause.nanoTime()));
			}
			return new byte[] { '1' };
		}).handle((result, failure) -> this.pause.nanoTime());
		this.gate.countDown();
		assertThat(get(secondEnd)).isGreaterThan(get(firstEnd));
	}

	@Test
	void resultsCompleteBeforeALaterMessageIsAskedForItsBytes() throws Exception {
		this.server.then(status(400)).then(ok()).then(status(400)).then(ok());
		producer(OPTIONS.withMaxInFlight(1));
		List<String> order = new ArrayList<>();
		List<CompletableFuture<?>> done = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			int number = i;
			CompletableFuture<AppendResult> result = this.producer.append(() -> {
				if (number == 1) {
					Latches.awaitOpen(this.gate);
				}
				order.add("bytes " + number);
				return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
			});
			done.add(result.handle((answer, failure) -> order.add(((failure != null) ? "failed " : "done ") + number)));
		}
		this.gate.countDown();
		for (CompletableFuture<?> one : done) {
			get(one);
		}
		assertThat(order).containsExactly("bytes 1", "bytes 2", "bytes 3", "bytes 1", "done 1", "bytes 2", "failed 2",
				"bytes 3", "done 3");
	}

	// Refusals

	@ParameterizedTest
	@CsvSource({ "400, StreamBadRequestException", "401, StreamUnauthorizedException",
			"403, StreamUnauthorizedException", "404, StreamNotFoundException", "405, DurableStreamException",
			"409, StreamConflictException", "410, StreamGoneException", "413, StreamPayloadTooLargeException",
			"308, DurableStreamException", "501, StreamServerException" })
	void refusalFailsTheBatchAndItsSequence(int status, String type) throws Exception {
		this.server.then(ok()).then(status(status)).then(ok());
		producer();
		get(append("1"));
		assertThat(failure(append("2"), DurableStreamException.class).getClass().getSimpleName()).isEqualTo(type);
		get(append("3"));
		assertThat(sent()).as("a copy of the second that arrives late is not taken for the third")
			.containsExactly("0/0 [1]", "0/1 [2]", "1/0 [3]");
	}

	@Test
	void closedStreamIsADefinitiveFailure() {
		this.server.then(status(409, "Stream-Closed", "true", "Stream-Next-Offset", "0042"));
		producer();
		assertThat(failure(append("1"), StreamClosedException.class).offset()).isEqualTo("0042");
	}

	@ParameterizedTest
	@Spec({ "T5.4", "T5.5" })
	@ValueSource(ints = { 400, 413 })
	void refusedBatchIsRepeatedOneMessageAtATime(int status) throws Exception {
		this.server.then(status(status)).then(ok()).then(status(status)).then(ok()).then(ok());
		producer(OPTIONS.withMaxInFlight(1));
		CompletableFuture<AppendResult> first = appendGated("1");
		CompletableFuture<AppendResult> second = append("bad");
		CompletableFuture<AppendResult> third = append("3");
		this.gate.countDown();
		assertThat(get(first).offset()).isEqualTo("0001");
		assertThat(failure(second, DurableStreamException.class).status()).isEqualTo(status);
		assertThat(get(third).offset()).isEqualTo("0002");
		get(append("4"));
		assertThat(sent()).containsExactly("0/0 [1,bad,3]", "1/0 [1]", "1/1 [bad]", "2/0 [3]", "2/1 [4]");
	}

	@Test
	void refusalAfterAnAttemptWithoutAnswerIsUnknown() throws Exception {
		for (int status : new int[] { 400, 401, 404, 409, 410, 413 }) {
			this.server.then(cut()).then(status(status)).then(ok());
			producer();
			CompletableFuture<AppendResult> first = append("1");
			assertThat(failure(first, AppendOutcomeUnknownException.class).status()).isEqualTo(status);
			get(append("2"));
			assertThat(sent()).as("status %d", status).endsWith("0/0 [1]", "0/0 [1]", "1/0 [2]");
			this.producer.close();
		}
	}

	@Test
	void batchThatMayHaveArrivedIsNotTakenApart() throws Exception {
		this.server.then(cut()).then(status(400)).then(ok());
		producer();
		CompletableFuture<AppendResult> first = appendGated("1");
		CompletableFuture<AppendResult> second = append("2");
		this.gate.countDown();
		failure(first, AppendOutcomeUnknownException.class);
		failure(second, AppendOutcomeUnknownException.class);
		assertThat(this.server.requests()).hasSize(2);
	}

	@Test
	void answerOutsideTheProtocolIsUnknown() throws Exception {
		this.server.then(status(202)).then(status(520)).then(ok());
		producer();
		failure(append("1"), AppendOutcomeUnknownException.class);
		failure(append("2"), AppendOutcomeUnknownException.class);
		get(append("3"));
		assertThat(sent()).containsExactly("0/0 [1]", "1/0 [2]", "2/0 [3]");
	}

	@Test
	void whatAServerThatHasLostItsStateRefusesIsSentInANewEpoch() throws Exception {
		this.server.then(ok())
			.then(status(409, "Producer-Expected-Seq", "0", "Producer-Received-Seq", "1"))
			.then(ok())
			.then(ok());
		producer();
		get(append("1"));
		get(append("2"));
		get(append("3"));
		assertThat(sent()).containsExactly("0/0 [1]", "0/1 [2]", "1/0 [2]", "1/1 [3]");
	}

	@Test
	void aSequenceThatIsRefusedAgainAndAgainIsADefinitiveFailure() throws Exception {
		for (int i = 0; i < 200; i++) {
			this.server.then(status(409, "Producer-Expected-Seq", "7", "Producer-Received-Seq", "0"));
		}
		producer();
		assertThat(failure(append("1"), StreamSequenceException.class))
			.hasMessageContaining("expects producer sequence 7")
			.hasMessageContaining("got 0");
	}

	// Fencing

	@Test
	@Spec("P5.8")
	void fencedProducerFailsForGood() throws Exception {
		this.server.then(ok()).then(status(403, "Producer-Epoch", "5"));
		producer();
		get(append("1"));
		assertThat(failure(append("2"), ProducerFencedException.class)).hasMessageContaining("epoch 5");
		failure(append("3"), ProducerFencedException.class);
		assertThat(this.server.requests()).hasSize(2);
	}

	@Test
	void fencingFailsWhatWaits() throws Exception {
		this.server.then(status(403, "Producer-Epoch", "5"));
		producer(batches(1 << 20, 1));
		CompletableFuture<AppendResult> first = appendGated("1");
		CompletableFuture<AppendResult> second = append("2");
		this.gate.countDown();
		failure(first, ProducerFencedException.class);
		failure(second, ProducerFencedException.class);
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void fencingAfterAnAttemptWithoutAnswerIsUnknownAndForGood() throws Exception {
		this.server.then(cut()).then(status(403, "Producer-Epoch", "5"));
		producer();
		assertThat(failure(append("1"), AppendOutcomeUnknownException.class))
			.hasCauseInstanceOf(ProducerFencedException.class);
		failure(append("2"), ProducerFencedException.class);
		assertThat(this.server.requests()).as("the epoch is not claimed").hasSize(2);
	}

	@Test
	@Spec("P5.7")
	void epochIsClaimedWhenAllowed() throws Exception {
		this.server.then(status(403, "Producer-Epoch", "5")).then(ok()).then(ok());
		producer(claiming());
		get(append("1"));
		get(append("2"));
		assertThat(sent()).containsExactly("0/0 [1]", "6/0 [1]", "6/1 [2]");
	}

	@Test
	void producersThatClaimFromEachOtherDoNotHammer() {
		AtomicInteger epoch = new AtomicInteger(5);
		this.server
			.otherwise((request, reply) -> reply.send(403, "", "Producer-Epoch", Integer.toString(epoch.addAndGet(2))));
		producer(claiming());
		failure(append("1"), ProducerFencedException.class);
		assertThat(this.pause.delays).hasSizeGreaterThan(2);
		assertThat(this.pause.nanoTime()).as("until the delivery timeout")
			.isGreaterThan(Duration.ofSeconds(15).toNanos());
	}

	@Test
	void claimDoesNotRepeatWhatMayHaveArrived() throws Exception {
		this.server.then(cut()).then(status(403, "Producer-Epoch", "5")).then(ok());
		producer(claiming());
		failure(append("1"), AppendOutcomeUnknownException.class);
		get(append("2"));
		assertThat(sent()).containsExactly("0/0 [1]", "0/0 [1]", "6/0 [2]");
	}

	// Closing

	@Test
	@Spec("P5.10")
	void closeFailsWhatWaitsAndWhatIsOnItsWay() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			reply.silence();
		});
		producer(batches(1 << 20, 1));
		CompletableFuture<AppendResult> first = append("1");
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<Void> flush = this.producer.flush();
		this.producer.close();
		assertThat(first).isDone();
		assertThat(second).isDone();
		assertThat(flush).isDone();
		assertThat(failure(first, AppendOutcomeUnknownException.class)).hasMessageContaining("closed");
		assertThat(failure(second, MessageNotSentException.class)).hasMessageContaining("closed");
		failure(append("3"), MessageNotSentException.class);
		get(this.producer.completion());
		this.producer.close();
		assertThat(this.producer.flush()).isCompleted();
	}

	@Test
	void closeWhileTheSupplierRunsIsNotSent() throws Exception {
		this.server.otherwise(ok());
		producer();
		CountDownLatch encoding = new CountDownLatch(1);
		CompletableFuture<AppendResult> first = this.producer.append(() -> {
			encoding.countDown();
			try {
				this.gate.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return new byte[] { '1' };
		});
		assertThat(encoding.await(10, TimeUnit.SECONDS)).isTrue();
		this.producer.close();
		failure(first, MessageNotSentException.class);
		this.gate.countDown();
		get(this.producer.completion());
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	void closeWhileOnlyRefusedConnectionsWereTriedIsNotSent() throws Exception {
		try (RefusingPort port = new RefusingPort()) {
			closeBetweenAttemptsIsNotSent(DurableStream.builder(port.url()));
		}
	}

	@Test
	void closeWhileNoConnectionWasMadeInTimeIsNotSent() throws Exception {
		closeBetweenAttemptsIsNotSent(builder().transport((request) -> CompletableFuture
			.failedFuture(new HttpConnectTimeoutException("HTTP connect timed out"))));
	}

	private void closeBetweenAttemptsIsNotSent(DurableStreamBuilder builder) throws Exception {
		CountDownLatch waiting = new CountDownLatch(1);
		this.producer = builder.pause((delay, stopped) -> {
			waiting.countDown();
			Pause.real().await(Duration.ofHours(1), stopped);
		}).build().producer(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
		this.producer.close();
		failure(first, MessageNotSentException.class);
		get(this.producer.completion());
	}

	@Test
	void producerThatWasNeverUsedIsClosedAtOnce() throws Exception {
		producer().close();
		assertThat(this.producer.completion()).isCompleted();
	}

	@Test
	void interruptedThreadLeavesNobodyWaiting() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			reply.silence();
		});
		var executor = Executors.newSingleThreadExecutor();
		this.producer = builder().executor(executor).build().producer(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<AppendResult> second = append("2");
		executor.shutdownNow();
		failure(first, AppendOutcomeUnknownException.class);
		failure(second, MessageNotSentException.class);
		get(this.producer.completion());
	}

	@Test
	void errorOfTheTransportLeavesNobodyWaiting() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch queued = new CountDownLatch(1);
		this.producer = builder().transport((request) -> {
			arrived.countDown();
			Latches.awaitOpen(queued);
			throw new OutOfMemoryError("unable to create native thread");
		}).build().producer(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<Boolean> closed = first.handle((answer, failure) -> this.producer.isClosed());
		Latches.awaitOpen(arrived);
		CompletableFuture<AppendResult> second = append("2");
		queued.countDown();
		assertThat(failure(first, AppendOutcomeUnknownException.class))
			.hasMessageContaining("unable to create native thread");
		assertThat(get(closed)).as("closed before anybody hears of it").isTrue();
		assertThat(failure(second, MessageNotSentException.class)).hasCauseInstanceOf(OutOfMemoryError.class);
		get(this.producer.completion());
	}

	@Test
	void messageThatNoThreadTakesIsNotKept() throws Exception {
		AtomicInteger tasks = new AtomicInteger();
		this.server.otherwise(ok());
		this.producer = builder().executor((task) -> {
			if (tasks.incrementAndGet() == 1) {
				throw new RejectedExecutionException("no thread");
			}
			new Thread(task).start();
		}).build().producer(OPTIONS);
		assertThat(failure(append("1"), MessageNotSentException.class))
			.hasCauseInstanceOf(RejectedExecutionException.class);
		assertThat(this.producer.isClosed()).isFalse();
		get(append("2"));
		assertThat(sent()).containsExactly("0/0 [2]");
	}

	// Closing the stream

	private static FaultServer.Answer closed(int status, String offset) {
		return status(status, "Stream-Next-Offset", offset, "Stream-Closed", "true");
	}

	private CompletableFuture<AppendResult> closeStream(String last) {
		return this.producer.closeStream(() -> last.getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void streamIsClosedAfterWhatIsQueuedAndAlone() throws Exception {
		this.server.then(ok()).then(closed(204, "0001"));
		producer();
		appendGated("1");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> closing = this.producer.closeStream(null);
		this.gate.countDown();
		assertThat(get(closing)).isEqualTo(new AppendResult("0001", false, true));
		assertThat(second).isCompleted();
		assertThat(sent()).containsExactly("0/0 [1,2]", "0/1 ");
		assertThat(this.server.request(0).header("Stream-Closed")).isNull();
		assertThat(this.server.request(1).header("Stream-Closed")).isEqualTo("true");
		assertThat(this.server.request(1).header("Content-Type")).isNull();
	}

	@Test
	void lastMessageGoesWithTheClosing() throws Exception {
		this.server.then(closed(200, "0001"));
		producer(new ProducerOptions("p-1", 0, false, Duration.ofHours(1), 1 << 20, 3, Duration.ofSeconds(30)));
		assertThat(get(closeStream("1"))).isEqualTo(new AppendResult("0001", false, true));
		assertThat(sent()).containsExactly("0/0 [1]");
		assertThat(this.server.request(0).header("Stream-Closed")).isEqualTo("true");
	}

	@Test
	void closingTheStreamIsRepeatedWithItsSequence() throws Exception {
		this.server.then(cut()).then(closed(204, "0001"));
		producer();
		assertThat(get(closeStream("1"))).isEqualTo(new AppendResult("0001", true, true));
		assertThat(sent()).containsExactly("0/0 [1]", "0/0 [1]");
	}

	@Test
	void closingTheStreamAgainGivesTheSameAnswerAndAppendsAreRefused() throws Exception {
		this.server.then(closed(200, "0001"));
		producer();
		CompletableFuture<AppendResult> first = closeStream("1");
		failure(append("2"), StreamClosedException.class);
		first.cancel(true);
		assertThat(get(closeStream("3"))).isEqualTo(new AppendResult("0001", false, true));
		failure(append("4"), StreamClosedException.class);
		assertThat(sent()).containsExactly("0/0 [1]");
	}

	@Test
	void streamThatAnotherWriterHasClosedCannotBeClosedWithAMessage() throws Exception {
		this.server.then(closed(409, "0007"));
		producer();
		assertThat(failure(closeStream("1"), StreamClosedException.class).offset()).isEqualTo("0007");
	}

	@Test
	void producerGoesOnWhenTheStreamCouldNotBeClosed() throws Exception {
		this.server.then(status(401)).then(ok()).then(closed(204, "0001"));
		producer();
		failure(this.producer.closeStream(null), StreamUnauthorizedException.class);
		failure(this.producer.closeStream(() -> new byte[0]), IllegalArgumentException.class);
		assertThat(get(append("1")).offset()).isEqualTo("0001");
		assertThat(get(this.producer.closeStream(null)).closed()).isTrue();
		assertThat(sent()).containsExactly("0/0 ", "1/0 [1]", "1/1 ");
	}

	@Test
	void closedProducerCannotCloseTheStream() {
		producer().close();
		failure(this.producer.closeStream(null), MessageNotSentException.class);
	}

	// Successors

	@Test
	void successorTakesMessagesAtOnceAndSendsThemInTheNextEpoch() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		this.server.then((request, reply) -> {
			arrived.countDown();
			reply.silence();
		}).otherwise(ok());
		producer();
		CompletableFuture<AppendResult> unanswered = append("1");
		Latches.awaitOpen(arrived);
		IdempotentProducer first = this.producer;
		first.close();
		this.producer = first.successor("p-2");
		get(append("2"));
		get(append("3"));
		failure(unanswered, AppendOutcomeUnknownException.class);
		assertThat(sent()).containsExactly("0/0 [1]", "1/0 [2]", "1/1 [3]");
		assertThat(this.server.requests()).extracting((request) -> request.header("Producer-Id")).containsOnly("p-1");
	}

	@Test
	void successorOfAFencedProducerHasItsOwnId() throws Exception {
		this.server.then(status(403, "Producer-Epoch", "5")).otherwise(ok());
		producer(new ProducerOptions("p-1", 3, false, Duration.ZERO, 1 << 20, 1000, Duration.ofSeconds(30)));
		failure(append("1"), ProducerFencedException.class);
		this.producer = this.producer.successor("p-2");
		get(append("2"));
		assertThat(sent()).containsExactly("3/0 [1]", "0/0 [2]");
		assertThat(this.server.requests()).extracting((request) -> request.header("Producer-Id"))
			.containsExactly("p-1", "p-2");
	}

	@Test
	void successorThatNeverStartedEndsAfterItsPredecessorAndPassesTheEpochOn() throws Exception {
		this.server.otherwise(ok());
		producer();
		CountDownLatch encoding = new CountDownLatch(1);
		IdempotentProducer first = this.producer;
		first.append(() -> {
			encoding.countDown();
			Latches.awaitOpen(this.gate);
			return new byte[] { '1' };
		});
		Latches.awaitOpen(encoding);
		first.close();
		IdempotentProducer second = first.successor("p-2");
		CompletableFuture<AppendResult> waiting = second.append(() -> new byte[] { '2' });
		CompletableFuture<Void> flush = second.flush();
		second.close();
		failure(waiting, MessageNotSentException.class);
		assertThat(flush).isCompleted();
		this.producer = second.successor("p-3");
		CompletableFuture<AppendResult> last = append("3");
		assertThat(second.completion()).isNotDone();
		this.gate.countDown();
		get(last);
		assertThat(first.completion()).isCompleted();
		assertThat(second.completion()).isCompleted();
		assertThat(sent()).containsExactly("2/0 [3]");
	}

	@Test
	void successorSeesToTheFenceThatIsAwaited() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		this.server.then(cut()).then(status(403, "Producer-Epoch", "5")).then((request, reply) -> {
			answer.await();
			ok().write(request, reply);
		});
		AtomicReference<IdempotentProducer> second = new AtomicReference<>();
		IdempotentProducer first = producer(OPTIONS.withFence("{}"));
		CompletableFuture<AppendResult> unanswered = append("1");
		unanswered.whenComplete((result, failure) -> second.set(first.successor("p-2")));
		AppendOutcomeUnknownException unknown = failure(unanswered, AppendOutcomeUnknownException.class);
		this.producer = second.get();
		await().until(() -> this.server.requests().size() == 3);
		CompletableFuture<Void> flush = this.producer.flush();
		assertThat(flush).as("the fence item is on its way").isNotDone();
		answer.countDown();
		assertThat(get(unknown.fence())).isEqualTo("0001");
		get(flush);
		assertThat(sent()).containsExactly("0/0 [1]", "0/0 [1]", "0/0 [{}]");
		assertThat(this.server.requests()).extracting((request) -> request.header("Producer-Id"))
			.containsExactly("p-1", "p-1", "p-2");
	}

	@Test
	void fenceFailsWithTheLastOfItsProducers() throws Exception {
		this.server.then(cut()).then(status(403, "Producer-Epoch", "5"));
		IdempotentProducer first = producer(OPTIONS.withFence("{}"));
		CompletableFuture<AppendResult> unanswered = append("1");
		unanswered.whenComplete((result, failure) -> {
			IdempotentProducer second = first.successor("p-2");
			second.close();
			this.producer = second.successor("p-3");
			this.producer.close();
		});
		AppendOutcomeUnknownException unknown = failure(unanswered, AppendOutcomeUnknownException.class);
		get(this.producer.completion());
		failure(unknown.fence(), MessageNotSentException.class);
	}

	@Test
	void onlyAnEndedProducerHasASuccessorAndOnlyOne() {
		producer();
		assertThatIllegalStateException().isThrownBy(() -> this.producer.successor("p-2"))
			.withMessageContaining("has not ended");
		this.producer.close();
		this.producer.successor("p-2").close();
		assertThatIllegalStateException().isThrownBy(() -> this.producer.successor("p-3"))
			.withMessageContaining("has a successor");
	}

	@Test
	void optionsAreChecked() {
		Duration second = Duration.ofSeconds(1);
		assertThatIllegalArgumentException().isThrownBy(() -> new ProducerOptions("", 0, false, second, 1, 1, second))
			.withMessageContaining("producerId");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new ProducerOptions("a\nb", 0, false, second, 1, 1, second));
		assertThatIllegalArgumentException().isThrownBy(() -> new ProducerOptions("a", -1, false, second, 1, 1, second))
			.withMessageContaining("epoch");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new ProducerOptions("a", 1L << 53, false, second, 1, 1, second));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new ProducerOptions("a", 0, false, second.negated(), 1, 1, second))
			.withMessageContaining("linger");
		assertThatIllegalArgumentException().isThrownBy(() -> new ProducerOptions("a", 0, false, second, 0, 1, second))
			.withMessageContaining("maxBatchBytes");
		assertThatIllegalArgumentException().isThrownBy(() -> new ProducerOptions("a", 0, false, second, 1, 0, second))
			.withMessageContaining("maxBatchMessages");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new ProducerOptions("a", 0, false, second, 1, 1, Duration.ZERO))
			.withMessageContaining("deliveryTimeout");
		assertThat(ProducerOptions.defaults().producerId()).isNotEqualTo(ProducerOptions.defaults().producerId());
	}

}
