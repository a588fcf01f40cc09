package io.streamdb.boot.test.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * What requests meet that are to go wrong.
 */
class FaultInjectionTests {

	/** More than the web server writes at once. */
	private static final String LARGE = "0123456789".repeat(100_000);

	private TestStreamServer server;

	@BeforeEach
	void start() {
		this.server = TestStreamServer.start();
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@Test
	void aStatusStandsInForTheServer() throws Exception {
		URI stream = create("s", "a");
		InjectedFault fault = inject(Fault.onStream("s").status(503).retryAfter(Duration.ofMillis(1200)).times(2));
		for (int i = 1; i <= 2; i++) {
			HttpResponse<String> refused = HttpExchange.post(stream, "text/plain", "b");
			assertThat(refused.statusCode()).isEqualTo(503);
			assertThat(refused.headers().firstValue("Retry-After")).hasValue("2");
			assertThat(fault.hits()).isEqualTo(i);
		}
		assertThat(HttpExchange.post(stream, "text/plain", "c").statusCode()).isEqualTo(204);
		assertThat(fault.hits()).isEqualTo(2);
		assertThat(HttpExchange.get(stream).body()).isEqualTo("ac");
	}

	@Test
	void aDroppedConnectionKeepsTheRequestFromTheServer() throws Exception {
		URI stream = create("s", "a");
		inject(Fault.onStream("s").dropConnection());
		assertThatIOException().isThrownBy(() -> HttpExchange.post(stream, "text/plain", "b"));
		assertThat(HttpExchange.get(stream).body()).isEqualTo("a");
	}

	@Test
	void aDroppedResponseIsOfARequestThatWasServed() throws Exception {
		assertThatAppendIsKeptWithoutAnAnswer();
	}

	@Test
	void aDroppedResponseIsOfARequestThatWasServedLater(@TempDir Path directory) throws Exception {
		this.server.close();
		// The answer comes when the disk has the data, on another thread.
		this.server = TestStreamServer.builder().server((builder) -> builder.directory(directory)).start();
		assertThatAppendIsKeptWithoutAnAnswer();
	}

	private void assertThatAppendIsKeptWithoutAnAnswer() throws Exception {
		URI stream = create("s", "a");
		InjectedFault fault = inject(Fault.onStream("s").method("post").dropResponse());
		assertThatIOException().isThrownBy(() -> HttpExchange.post(stream, "text/plain", "b"));
		assertThat(fault.hits()).isOne();
		assertThat(HttpExchange.get(stream).body()).isEqualTo("ab");
		assertThat(HttpExchange.post(stream, "text/plain", "c").statusCode()).isEqualTo(204);
	}

	@Test
	void aTruncatedBodyLooksWhole() throws Exception {
		URI small = create("small", "0123456789");
		URI large = create("large", LARGE);
		inject(Fault.onAnyStream().truncateBody(7).times(2));
		assertThat(HttpExchange.get(small).body()).isEqualTo("0123456");
		assertThat(HttpExchange.get(large).body()).isEqualTo("0123456");
		inject(Fault.onAnyStream().truncateBody(500_000));
		assertThat(HttpExchange.get(large).body()).isEqualTo(LARGE.substring(0, 500_000));
		inject(Fault.onAnyStream().truncateBody(0).times(2));
		assertThat(HttpExchange.get(small).body()).isEmpty();
		assertThat(HttpExchange.get(large).body()).isEmpty();
		inject(Fault.onAnyStream().truncateBody(11));
		assertThat(HttpExchange.get(small).body()).isEqualTo("0123456789");
		assertThat(HttpExchange.get(large).body()).isEqualTo(LARGE);
	}

	@Test
	void aTruncatedBodyIsNoneOfAHead() throws Exception {
		URI stream = create("s", "0123456789");
		InjectedFault fault = inject(Fault.onAnyStream().method("HEAD").truncateBody(3));
		HttpResponse<String> head = HttpExchange.send("HEAD", stream, "");
		assertThat(head.statusCode()).isEqualTo(200);
		assertThat(head.headers().firstValue("Stream-Next-Offset")).isPresent();
		assertThat(fault.hits()).isOne();
	}

	@Test
	void aCutBodyShowsThatSomethingIsMissing() throws Exception {
		URI small = create("small", "0123456789");
		URI large = create("large", LARGE);
		for (URI stream : List.of(small, large)) {
			for (int bytes : new int[] { 0, 7 }) {
				inject(Fault.onAnyStream().cutBody(bytes));
				HttpResponse<InputStream> response = HttpClient.newHttpClient()
					.send(HttpRequest.newBuilder(stream).timeout(HttpExchange.TIMEOUT).build(),
							HttpResponse.BodyHandlers.ofInputStream());
				assertThat(response.statusCode()).isEqualTo(200);
				try (InputStream body = response.body()) {
					assertThat(body.readNBytes(bytes)).asString().isEqualTo("0123456".substring(0, bytes));
					assertThatIOException().isThrownBy(body::read);
				}
			}
		}
		assertThat(HttpExchange.get(large).body()).isEqualTo(LARGE);
	}

	@Test
	void aCorruptedBodyIsNoJson() throws Exception {
		URI stream = this.server.url("s");
		HttpExchange.put(stream, "application/json", "[\"" + LARGE + "\"]");
		String whole = HttpExchange.get(stream).body();
		inject(Fault.onStream("s").corruptBody());
		String corrupted = HttpExchange.get(stream).body();
		assertThat(corrupted).startsWith("XY").hasSameSizeAs(whole).isNotEqualTo(whole);
		assertThat(corrupted.chars().filter((letter) -> letter == 'Z').count()).isBetween(50_000L, 200_000L);
		assertThat(HttpExchange.get(stream).body()).isEqualTo(whole);
	}

	@Test
	void anEventIsPutBeforeThoseOfTheStream() throws Exception {
		URI stream = create("s", "first");
		inject(Fault.onStream("s").sseEvent("unknown", "{\"what\":1}").times(2));
		assertThat(HttpExchange.get(stream).body()).isEqualTo("first");
		try (BufferedReader events = events(stream)) {
			assertThat(lines(events, 5)).containsExactly("event: unknown", "data: {\"what\":1}", "", "event: data",
					"data:first");
		}
		try (BufferedReader events = events(stream)) {
			assertThat(lines(events, 2)).containsExactly("event: data", "data:first");
		}
	}

	@Test
	void aTruncatedLiveReadEnds() throws Exception {
		URI stream = create("s", "first");
		inject(Fault.onStream("s").truncateBody(20));
		try (BufferedReader events = events(stream)) {
			assertThat(events.lines()).containsExactly("event: data", "data:fir");
		}
	}

	@Test
	void aLateRequestIsServedAfterAll() throws Exception {
		URI stream = create("s", "a");
		inject(Fault.onStream("s").delay(Duration.ofMillis(200), Duration.ofMillis(10)));
		long begin = System.nanoTime();
		assertThat(HttpExchange.get(stream).body()).isEqualTo("a");
		assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
	}

	@Test
	void whatIsHeldUpDoesNotHoldUpTheEnd() throws Exception {
		URI stream = create("s", "a");
		InjectedFault fault = inject(Fault.onStream("s").delay(Duration.ofDays(1)));
		CompletableFuture<HttpResponse<String>> response = HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(stream).build(), HttpResponse.BodyHandlers.ofString());
		await().until(() -> fault.hits() == 1);
		this.server.close();
		assertThat(response.handle((answer, failure) -> (failure != null) ? 0 : answer.statusCode())
			.get(30, TimeUnit.SECONDS)).isNotEqualTo(200);
	}

	@Test
	void aRequestIsLateAndThenItsResponseBroken() throws Exception {
		URI stream = create("s", "0123456789");
		inject(Fault.onStream("s").delay(Duration.ofMillis(50)).corruptBody().truncateBody(2));
		assertThat(HttpExchange.get(stream).body()).isEqualTo("XY");
	}

	@Test
	void othersAreNotConcerned() throws Exception {
		URI stream = create("a/b c", "x");
		URI other = create("a", "x");
		InjectedFault fault = inject(Fault.onStream("a/b c").method("GET").status(500).always());
		assertThat(HttpExchange.get(other).statusCode()).isEqualTo(200);
		assertThat(HttpExchange.post(stream, "text/plain", "y").statusCode()).isEqualTo(204);
		assertThat(HttpExchange.send("OPTIONS", stream, "").statusCode()).isEqualTo(204);
		assertThat(fault.hits()).isZero();
		assertThat(HttpExchange.get(stream).statusCode()).isEqualTo(500);
		assertThat(HttpExchange.get(stream).statusCode()).isEqualTo(500);
		fault.remove();
		assertThat(HttpExchange.get(stream).body()).isEqualTo("xy");
		assertThat(fault.hits()).isEqualTo(2);
	}

	@Test
	void theFirstThatConcernsARequestIsMet() throws Exception {
		URI stream = create("s", "a");
		inject(Fault.onStream("s").status(501));
		inject(Fault.onAnyStream().status(502).times(2));
		inject(Fault.onStream("s").status(503).always());
		assertThat(statuses(stream, 5)).containsExactly(501, 502, 502, 503, 503);
		this.server.faults().clear();
		assertThat(statuses(stream, 1)).containsExactly(200);
	}

	@Test
	void chanceIsThatOfTheSeed() throws Exception {
		List<Integer> first = statusesWithChance(7);
		assertThat(first).contains(200, 503);
		assertThat(statusesWithChance(7)).isEqualTo(first);
		assertThat(statusesWithChance(8)).isNotEqualTo(first);
	}

	private List<Integer> statusesWithChance(long seed) throws Exception {
		try (TestStreamServer seeded = TestStreamServer.builder().seed(seed).start()) {
			URI stream = seeded.url("s");
			HttpExchange.put(stream, "text/plain", "a");
			InjectedFault fault = seeded.faults().inject(Fault.onStream("s").status(503).probability(0.5).times(10));
			List<Integer> statuses = new ArrayList<>();
			while (fault.hits() < 10) {
				statuses.add(HttpExchange.get(stream).statusCode());
			}
			assertThat(HttpExchange.get(stream).statusCode()).isEqualTo(200);
			return statuses;
		}
	}

	@Test
	void aFaultThatDoesNothingIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> inject(Fault.onStream("s").times(2)))
			.withMessageContaining("does nothing");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onStream("/s")).withMessageContaining("'/s'");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onAnyStream().times(0));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onAnyStream().probability(0));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onAnyStream().status(99));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onAnyStream().truncateBody(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.onAnyStream().delay(Duration.ofMillis(-1)));
	}

	@Test
	void aContentTypeComesBackAsItWasSent() throws Exception {
		URI stream = this.server.url("s");
		HttpExchange.put(stream, "text/plain; charset=utf-8", "a");
		for (String method : List.of("GET", "HEAD")) {
			assertThat(HttpExchange.send(method, stream, "").headers().allValues("Content-Type"))
				.containsExactly("text/plain; charset=utf-8");
		}
	}

	@Test
	void aPortThatIsTakenIsTold() {
		int port = this.server.baseUrl().getPort();
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> TestStreamServer.builder().port(port).start())
			.withMessageContaining(Integer.toString(port));
	}

	private InjectedFault inject(Fault fault) {
		return this.server.faults().inject(fault);
	}

	private URI create(String stream, String body) throws Exception {
		URI url = this.server.url(stream);
		assertThat(HttpExchange.put(url, "text/plain", body).statusCode()).isEqualTo(201);
		return url;
	}

	private static List<Integer> statuses(URI stream, int count) throws Exception {
		List<Integer> statuses = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			statuses.add(HttpExchange.get(stream).statusCode());
		}
		return statuses;
	}

	private static BufferedReader events(URI stream) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(stream + "?offset=-1&live=sse"))
			.timeout(HttpExchange.TIMEOUT)
			.build();
		return new BufferedReader(new InputStreamReader(
				HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream()).body(),
				StandardCharsets.UTF_8));
	}

	private static List<String> lines(BufferedReader reader, int count) throws IOException {
		List<String> lines = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			lines.add(reader.readLine());
		}
		return lines;
	}

}
