package io.streamdb.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for an {@link IdempotentProducer} with several batches in flight, whose requests
 * the test answers in the order that it likes.
 */
@Timeout(60)
class ProducerWindowTests {

	private static final String FENCE = "{\"headers\":{\"control\":\"fence\"}}";

	private static final ProducerOptions OPTIONS = new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 1,
			Duration.ofSeconds(30))
		.withMaxInFlight(3);

	private final BlockingQueue<Sent> requests = new LinkedBlockingQueue<>();

	private final List<String> history = new CopyOnWriteArrayList<>();

	private final RecordingPause pause = new RecordingPause();

	private IdempotentProducer producer;

	@AfterEach
	void close() throws Exception {
		this.producer.close();
		this.producer.completion().get(20, TimeUnit.SECONDS);
	}

	private void start(ProducerOptions options) {
		this.producer = this.pause.on(DurableStream.builder(URI.create("http://unused.test/stream")))
			.random(new Random(1))
			.transport(this::transport)
			.build()
			.producer(options);
	}

	private CompletableFuture<TransportResponse> transport(TransportRequest request) {
		Sent sent = new Sent(request, new CompletableFuture<>());
		this.history.add(sent.toString());
		this.requests.add(sent);
		return sent.response();
	}

	/** Starts a producer with two batches on their way. */
	private Two startTwo() throws Exception {
		startOpen(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]");
		return new Two(first, second, sent.get("0/1 [1]"), sent.get("0/2 [2]"));
	}

	/** Starts a producer whose first epoch the server knows. */
	private void startOpen(ProducerOptions options) throws Exception {
		start(options);
		CompletableFuture<AppendResult> zero = append("0");
		next("0/0 [0]").ok("00");
		get(zero);
		this.history.clear();
	}

	private CompletableFuture<AppendResult> append(String message) {
		return this.producer.append(() -> message.getBytes(StandardCharsets.UTF_8));
	}

	private Sent next() throws Exception {
		Sent sent = this.requests.poll(20, TimeUnit.SECONDS);
		assertThat(sent).as("another request, after %s", this.history).isNotNull();
		return sent;
	}

	private Sent next(String expected) throws Exception {
		Sent sent = next();
		assertThat(sent).hasToString(expected);
		return sent;
	}

	/** Waits for requests that leave together, in whatever order. */
	private Map<String, Sent> together(String... expected) throws Exception {
		Map<String, Sent> found = new HashMap<>();
		for (int i = 0; i < expected.length; i++) {
			Sent sent = next();
			found.put(sent.toString(), sent);
		}
		assertThat(found).containsOnlyKeys(expected);
		return found;
	}

	private static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(20, TimeUnit.SECONDS);
	}

	private static <T extends Throwable> T failure(CompletableFuture<?> future, Class<T> type) {
		ExecutionException failure = catchThrowableOfType(ExecutionException.class, () -> get(future));
		assertThat(failure).as("a failure").isNotNull();
		assertThat(failure.getCause()).isInstanceOf(type);
		return type.cast(failure.getCause());
	}

	@Test
	void oneBatchGoesOutUntilTheServerKnowsTheEpoch() throws Exception {
		start(OPTIONS);
		append("1");
		append("2");
		append("3");
		Sent first = next("0/0 [1]");
		assertThat(this.history).as("a later sequence that came first in a new epoch would be refused for good")
			.hasSize(1);
		first.ok("01");
		together("0/1 [2]", "0/2 [3]");
	}

	@Test
	@Spec("P5.5")
	void asManyBatchesAsAllowedAreInFlight() throws Exception {
		startOpen(OPTIONS);
		for (int i = 1; i <= 5; i++) {
			append(Integer.toString(i));
		}
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		assertThat(this.history).hasSize(3);
		sent.get("0/1 [1]").ok("01");
		next("0/4 [4]");
	}

	@Test
	void messagesGatherWhileAsManyBatchesAsAllowedAreInFlight() throws Exception {
		startOpen(new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 10, Duration.ofSeconds(30))
			.withMaxInFlight(2));
		append("1");
		Sent first = next("0/1 [1]");
		append("2");
		next("0/2 [2]");
		append("3");
		append("4");
		first.ok("01");
		next("0/3 [3,4]");
	}

	@Test
	void resultsCompleteInOrderAndEachWithItsOwnAnswer() throws Exception {
		startOpen(OPTIONS);
		List<String> done = new CopyOnWriteArrayList<>();
		List<CompletableFuture<?>> results = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			int number = i;
			results
				.add(append(Integer.toString(i)).thenAccept((result) -> done.add(number + " at " + result.offset())));
		}
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/3 [3]").ok("03");
		sent.get("0/2 [2]").ok("02");
		assertThat(results).noneMatch(CompletableFuture::isDone);
		sent.get("0/1 [1]").ok("01");
		for (CompletableFuture<?> result : results) {
			get(result);
		}
		assertThat(done).containsExactly("1 at 01", "2 at 02", "3 at 03");
	}

	@Test
	@Spec("P5.6")
	void batchesThatOvertookOthersAreRepeatedInOrderWhenThoseAreAcknowledged() throws Exception {
		startOpen(OPTIONS);
		append("1");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/3 [3]").gap(1);
		sent.get("0/2 [2]").gap(1);
		sent.get("0/1 [1]").ok("01");
		Sent again = next("0/2 [2]");
		assertThat(this.history).as("the third waits for the second").hasSize(4);
		again.ok("02");
		next("0/3 [3]").ok("03");
		assertThat(get(second).offset()).isEqualTo("02");
		assertThat(get(third).offset()).isEqualTo("03");
		assertThat(this.pause.delays).as("there is nothing to wait for").isEmpty();
	}

	@Test
	@Spec("P5.6")
	void gapThatIsToldAfterTheAcknowledgementOfWhatWasMissingIsRepaired() throws Exception {
		Two two = startTwo();
		two.firstSent().ok("01");
		get(two.first());
		two.secondSent().gap(1);
		next("0/2 [2]").ok("02");
		assertThat(get(two.second()).offset()).isEqualTo("02");
	}

	@Test
	void gapBeforeWhatWasAcknowledgedIsALossOfTheServersState() throws Exception {
		Two two = startTwo();
		two.secondSent().gap(0);
		two.firstSent().gap(0);
		next("1/0 [1]").ok("01");
		next("1/1 [2]").ok("02");
		assertThat(get(two.first()).offset()).isEqualTo("01");
		assertThat(get(two.second()).offset()).isEqualTo("02");
	}

	@Test
	@Spec("P5.11")
	void answerThatGetsLostIsAskedForAgainAndNothingElseIsSentMeanwhile() throws Exception {
		startOpen(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/2 [2]").lose();
		sent.get("0/1 [1]").ok("01");
		get(first);
		Sent again = next("0/2 [2]");
		append("4");
		sent.get("0/3 [3]").ok("03");
		assertThat(second).isNotDone();
		again.duplicate("03");
		assertThat(get(second)).isEqualTo(new AppendResult("03", true, false));
		assertThat(get(third)).isEqualTo(new AppendResult("03", false, false));
		next("0/4 [4]");
		assertThat(this.history).as("what is acknowledged is not sent again").hasSize(5);
	}

	@Test
	@Spec("P5.7")
	void epochIsClaimedAndWhatIsNotAcknowledgedIsSentAgainInOrder() throws Exception {
		startOpen(new ProducerOptions("p-1", 0, true, Duration.ZERO, 1 << 20, 1, Duration.ofSeconds(30))
			.withMaxInFlight(3));
		List<CompletableFuture<AppendResult>> results = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			results.add(append(Integer.toString(i)));
		}
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/3 [3]").fenced(5);
		sent.get("0/2 [2]").fenced(5);
		sent.get("0/1 [1]").ok("01");
		assertThat(get(results.get(0)).offset()).isEqualTo("01");
		next("6/0 [2]").ok("02");
		next("6/1 [3]").ok("03");
		assertThat(get(results.get(2)).offset()).isEqualTo("03");
	}

	@Test
	void claimRepeatsNothingThatMayHaveArrived() throws Exception {
		startOpen(new ProducerOptions("p-1", 0, true, Duration.ZERO, 1 << 20, 1, Duration.ofSeconds(30))
			.withMaxInFlight(3));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/2 [2]").lose();
		sent.get("0/3 [3]").fenced(5);
		sent.get("0/1 [1]").lose();
		next("0/1 [1]").fenced(5);
		failure(first, AppendOutcomeUnknownException.class);
		failure(second, AppendOutcomeUnknownException.class);
		next("6/0 [3]").ok("09");
		assertThat(get(third).offset()).isEqualTo("09");
	}

	@Test
	void fencedProducerWaitsForTheAnswersToWhatWasSentBefore() throws Exception {
		Two two = startTwo();
		two.secondSent().fenced(5);
		assertThat(two.first()).isNotDone();
		two.firstSent().ok("01");
		assertThat(get(two.first()).offset()).isEqualTo("01");
		failure(two.second(), ProducerFencedException.class);
		get(this.producer.completion());
	}

	@Test
	void behindARefusedBatchTheOthersGoOutAgainInTheNextEpoch() throws Exception {
		startOpen(OPTIONS);
		CompletableFuture<AppendResult> first = append("bad");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		Map<String, Sent> sent = together("0/1 [bad]", "0/2 [2]", "0/3 [3]");
		sent.get("0/2 [2]").gap(1);
		sent.get("0/1 [bad]").status(400);
		failure(first, StreamBadRequestException.class);
		next("1/0 [2]").ok("01");
		sent.get("0/3 [3]").ok("99");
		next("1/1 [3]").ok("02");
		assertThat(get(second).offset()).isEqualTo("01");
		assertThat(get(third).offset()).as("not the answer of the old epoch").isEqualTo("02");
	}

	@Test
	void aRefusedBatchOfSeveralIsTakenApartBeforeWhatWasBehindIt() throws Exception {
		startOpen(new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 2, Duration.ofHours(1))
			.withMaxInFlight(2));
		append("1");
		Sent first = next("0/1 [1]");
		append("2");
		Sent second = next("0/2 [2]");
		CompletableFuture<AppendResult> good = append("3");
		CompletableFuture<AppendResult> bad = append("bad");
		first.ok("01");
		Sent refused = next("0/3 [3,bad]");
		CompletableFuture<AppendResult> last = append("5");
		second.ok("02");
		Sent behind = next("0/4 [5]");
		refused.status(413);
		next("1/0 [3]").ok("03");
		Map<String, Sent> parts = together("1/1 [bad]", "1/2 [5]");
		parts.get("1/2 [5]").gap(1);
		parts.get("1/1 [bad]").status(413);
		next("2/0 [5]").ok("04");
		assertThat(get(good).offset()).isEqualTo("03");
		failure(bad, StreamPayloadTooLargeException.class);
		assertThat(get(last).offset()).isEqualTo("04");
		assertThat(behind.response()).as("was given up").isCancelled();
	}

	@Test
	void behindAnUnknownOutcomeTheCertainOnesGoOutInTheNextEpoch() throws Exception {
		startOpen(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		sent.get("0/2 [2]").lose();
		sent.get("0/3 [3]").status(429);
		this.pause.advance(Duration.ofSeconds(30));
		sent.get("0/1 [1]").lose();
		failure(first, AppendOutcomeUnknownException.class);
		failure(second, AppendOutcomeUnknownException.class);
		next("1/0 [3]").ok("07");
		assertThat(get(third).offset()).isEqualTo("07");
	}

	@Test
	void whatCameBeforeAnUnknownOneIsUnknownToo() throws Exception {
		startOpen(OPTIONS);
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]");
		sent.get("0/2 [2]").gap(1);
		this.pause.advance(Duration.ofSeconds(30));
		sent.get("0/1 [1]").lose();
		failure(first, AppendOutcomeUnknownException.class);
		assertThat(failure(second, AppendOutcomeUnknownException.class))
			.as("a copy of it may have come behind the first")
			.hasMessageContaining("look for it");
		CompletableFuture<AppendResult> third = append("3");
		next("1/0 [3]").ok("07");
		assertThat(get(third).offset()).isEqualTo("07");
	}

	@Test
	void whatCertainlyDidNotArriveHasAllItsTimeBehindAnUnknownOutcome() throws Exception {
		startOpen(OPTIONS.withMaxInFlight(2));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<AppendResult> second = append("2");
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]");
		sent.get("0/2 [2]").status(429);
		this.pause.advance(Duration.ofSeconds(30));
		sent.get("0/1 [1]").lose();
		failure(first, AppendOutcomeUnknownException.class);
		Sent again = next("1/0 [2]");
		assertThat(again.request().timeout()).isGreaterThan(Duration.ofSeconds(1));
		again.lose();
		next("1/0 [2]").ok("01");
		assertThat(get(second).offset()).isEqualTo("01");
	}

	@Test
	void whatWasAnsweredGivesItsSequenceToNothingElse() throws Exception {
		start(new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 10, Duration.ofSeconds(30)));
		CompletableFuture<AppendResult> first = append("1");
		Sent refused = next("0/0 [1]");
		CompletableFuture<AppendResult> second = append("2");
		refused.status(429);
		next("1/0 [1,2]").ok("01");
		assertThat(get(first)).as("a copy of the first request could make this one a duplicate").isEqualTo(get(second));
	}

	@Test
	void whatNeverLeftGivesItsSequenceToWhatIsSentNext() throws Exception {
		start(new ProducerOptions("p-1", 0, false, Duration.ZERO, 1 << 20, 10, Duration.ofSeconds(30)));
		append("1");
		Sent unsent = next("0/0 [1]");
		append("2");
		unsent.response().completeExceptionally(new ConnectException("refused"));
		next("0/0 [1,2]").status(503);
		next("0/0 [1,2]").ok("01");
	}

	@Test
	void aServerThatKnowsOnlyAnEarlierEpochIsGivenTheNextOne() throws Exception {
		start(new ProducerOptions("p-1", 1, false, Duration.ZERO, 1 << 20, 1, Duration.ofSeconds(30)));
		CompletableFuture<AppendResult> first = append("1");
		next("1/0 [1]").ok("01");
		get(first);
		CompletableFuture<AppendResult> second = append("2");
		// The stream was created again, and has taken a late copy of an earlier epoch.
		next("1/1 [2]").answer(400);
		failure(second, StreamBadRequestException.class);
		CompletableFuture<AppendResult> third = append("3");
		next("2/0 [3]").ok("02");
		assertThat(get(third).offset()).isEqualTo("02");
	}

	@Test
	void flushEndsWhenTheProducerHasEndedWithAFenceAwaited() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		unanswered(next("0/0 [1]"), first);
		next("1/0 [" + FENCE + "]");
		this.producer.close();
		get(this.producer.flush());
		get(this.producer.completion());
		get(this.producer.flush());
	}

	@Test
	void offsetOfADuplicateIsAskedForOnlyAsLongAsTheBatchHasTime() throws Exception {
		start(OPTIONS.withMaxInFlight(1));
		CompletableFuture<AppendResult> first = append("1");
		next("0/0 [1]").lose();
		Sent again = next("0/0 [1]");
		this.pause.advance(Duration.ofSeconds(29));
		again.answer(204);
		Sent head = next();
		assertThat(head.request().method()).isEqualTo("HEAD");
		assertThat(head.request().timeout()).isLessThanOrEqualTo(Duration.ofSeconds(1));
		this.pause.advance(Duration.ofSeconds(1));
		head.status(503);
		assertThat(failure(first, AppendOffsetUnknownException.class).status()).isEqualTo(503);
		append("2");
		next("0/1 [2]");
	}

	@Test
	void closeSettlesEverythingThatIsInFlight() throws Exception {
		startOpen(OPTIONS);
		List<CompletableFuture<AppendResult>> sent = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			sent.add(append(Integer.toString(i)));
		}
		CompletableFuture<AppendResult> waiting = append("4");
		Map<String, Sent> requests = together("0/1 [1]", "0/2 [2]", "0/3 [3]");
		this.producer.close();
		sent.forEach((result) -> failure(result, AppendOutcomeUnknownException.class));
		failure(waiting, MessageNotSentException.class);
		get(this.producer.completion());
		assertThat(requests.values()).allMatch((request) -> request.response().isCancelled());
	}

	@Test
	@Spec("P5.9")
	void flushWaitsForAllThatAreInFlight() throws Exception {
		startOpen(OPTIONS);
		append("1");
		append("2");
		CompletableFuture<Void> flush = this.producer.flush();
		Map<String, Sent> sent = together("0/1 [1]", "0/2 [2]");
		sent.get("0/2 [2]").ok("02");
		assertThat(flush).isNotDone();
		sent.get("0/1 [1]").ok("01");
		get(flush);
	}

	@Test
	void theStreamIsClosedWhenNothingElseIsInFlight() throws Exception {
		startOpen(OPTIONS);
		append("1");
		CompletableFuture<AppendResult> closed = this.producer.closeStream(null);
		Sent first = next("0/1 [1]");
		assertThat(this.history).hasSize(1);
		first.ok("01");
		Sent last = next("0/2 ");
		assertThat(last.request().headers()).containsEntry("Stream-Closed", "true");
		last.ok("01");
		assertThat(get(closed).offset()).isEqualTo("01");
	}

	// Fences

	@Test
	@Spec("T5.7")
	void nextMessageThatIsTakenIsTheFenceOfAnUnknownOutcome() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		Sent sent = next("0/0 [1]");
		CompletableFuture<AppendResult> second = append("2");
		CompletableFuture<AppendResult> third = append("3");
		CompletableFuture<String> fence = unanswered(sent, first);
		next("1/0 [2]").status(404);
		failure(second, StreamNotFoundException.class);
		assertThat(fence).as("a refusal tells the server nothing").isNotDone();
		next("2/0 [3]").ok("08");
		assertThat(get(fence)).isEqualTo("08");
		get(third);
		get(this.producer.flush());
		assertThat(this.history).as("no fence item").hasSize(3);
	}

	@Test
	@Spec("T5.8")
	void fenceItemIsSentWhenNothingWaits() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<String> fence = unanswered(next("0/0 [1]"), first);
		Sent item = next("1/0 [" + FENCE + "]");
		CompletableFuture<Void> flush = this.producer.flush();
		assertThat(flush).isNotDone();
		item.lose();
		next("1/0 [" + FENCE + "]").ok("05");
		assertThat(get(fence)).isEqualTo("05");
		get(flush);
		append("2");
		next("1/1 [2]");
	}

	@Test
	void fenceFailsWhenTheServerStaysAway() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<String> fence = unanswered(next("0/0 [1]"), first);
		Sent item = next("1/0 [" + FENCE + "]");
		this.pause.advance(Duration.ofSeconds(30));
		item.status(503);
		failure(fence, StreamServerException.class);
		get(this.producer.flush());
		append("2");
		next("2/0 [2]");
	}

	@Test
	void fenceThatFindsNoConnectionIsTriedAsLongAsADelivery() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<String> fence = unanswered(next("0/0 [1]"), first);
		for (int i = 0; !fence.isDone() && i < 1000; i++) {
			Sent sent = this.requests.poll(100, TimeUnit.MILLISECONDS);
			if (sent != null) {
				sent.status(429);
			}
		}
		failure(fence, StreamRateLimitedException.class);
		assertThat(this.history).hasSizeGreaterThan(4);
	}

	@Test
	void closedStreamIsItsOwnFence() throws Exception {
		start(OPTIONS.withMaxInFlight(1).withFence(FENCE));
		CompletableFuture<AppendResult> first = append("1");
		next("0/0 [1]").lose();
		next("0/0 [1]").answer(409, "Stream-Closed", "true", "Stream-Next-Offset", "42");
		assertThat(get(failure(first, AppendOutcomeUnknownException.class).fence())).isEqualTo("42");
	}

	@Test
	void fenceFailsWhenTheProducerIsClosed() throws Exception {
		start(OPTIONS.withMaxInFlight(1));
		CompletableFuture<AppendResult> first = append("1");
		CompletableFuture<String> fence = unanswered(next("0/0 [1]"), first);
		this.producer.close();
		failure(fence, MessageNotSentException.class);
	}

	/** Leaves a request without answer until its time is over. */
	private CompletableFuture<String> unanswered(Sent sent, CompletableFuture<AppendResult> result) {
		this.pause.advance(Duration.ofSeconds(30));
		sent.lose();
		return failure(result, AppendOutcomeUnknownException.class).fence();
	}

	/**
	 * A request on its way.
	 */
	private record Sent(TransportRequest request, CompletableFuture<TransportResponse> response) {

		void ok(String offset) {
			answer(200, "Stream-Next-Offset", offset);
		}

		void duplicate(String offset) {
			answer(204, "Stream-Next-Offset", offset);
		}

		void gap(int expected) {
			answer(409, "Producer-Expected-Seq", Integer.toString(expected), "Producer-Received-Seq",
					this.request.headers().get("Producer-Seq"));
		}

		void fenced(int epoch) {
			answer(403, "Producer-Epoch", Integer.toString(epoch));
		}

		void status(int status) {
			answer(status);
		}

		void answer(int status, String... headers) {
			Map<String, String> map = new HashMap<>();
			for (int i = 0; i < headers.length; i += 2) {
				map.put(headers[i], headers[i + 1]);
			}
			this.response.complete(new MemoryResponse(status, map, ""));
		}

		void lose() {
			this.response.completeExceptionally(new IOException("the answer got lost"));
		}

		@Override
		public String toString() {
			byte[] body = this.request.body();
			return this.request.headers().get("Producer-Epoch") + "/" + this.request.headers().get("Producer-Seq") + " "
					+ ((body != null) ? new String(body, StandardCharsets.UTF_8) : "");
		}

	}

	/**
	 * Two messages in a batch each, and what was sent of them.
	 */
	private record Two(CompletableFuture<AppendResult> first, CompletableFuture<AppendResult> second, Sent firstSent,
			Sent secondSent) {
	}

}
