package io.streamdb.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.streamdb.Spec;
import jakarta.servlet.Filter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.streamdb.server.SseTests.Events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What only shows on real connections (SPEC S6): who holds a thread, who waits for whom,
 * and what is left when a peer has gone.
 */
class ServletTests {

	private static final int TOMCAT_THREADS = 4;

	private TomcatServer tomcat;

	private StreamClient inProcess;

	@BeforeEach
	void start() throws Exception {
		start(DurableStreamServer.builder());
	}

	private void start(DurableStreamServerBuilder builder) throws Exception {
		stop();
		this.tomcat = new TomcatServer(builder.build(), "/streams", TOMCAT_THREADS);
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
		this.inProcess.put("main", "application/json", "[1]");
	}

	@AfterEach
	void stop() throws Exception {
		if (this.tomcat != null) {
			this.tomcat.close();
		}
	}

	@Test
	@Spec({ "S6.1", "S6.2" })
	void idleReadersHoldNoThread() throws IOException {
		List<RawConnection> readers = new ArrayList<>();
		try {
			for (int i = 0; i < 10 * TOMCAT_THREADS; i++) {
				RawConnection reader = new RawConnection(this.tomcat.port());
				readers.add(reader);
				get(reader, "main?offset=now&live=" + ((i % 2 == 0) ? "sse" : "long-poll"));
			}
			await().until(() -> this.tomcat.server().liveReaders() == readers.size());
			try (RawConnection writer = new RawConnection(this.tomcat.port())) {
				assertThat(get(writer, "main").receive().body()).isEqualTo("[1]");
				assertThat(post(writer, "[2]").receive().status()).isEqualTo(204);
			}
			for (RawConnection reader : readers) {
				assertThat(reader.receiveHead().status()).isEqualTo(200);
				reader.readUntil("[2]");
			}
		}
		finally {
			for (RawConnection reader : readers) {
				reader.close();
			}
		}
	}

	@Test
	void slowReaderDelaysNeitherWritersNorOtherReaders() throws IOException {
		String message = '"' + "x".repeat(300_000) + '"';
		StreamClient http = StreamClient.overHttp(this.tomcat);
		try (RawConnection slow = new RawConnection(this.tomcat.port(), 16 * 1024);
				Events quick = new Events(http.open("GET", "main?offset=now&live=sse", null))) {
			get(slow, "main?offset=-1&live=sse").receiveHead();
			quick.nextControl();
			for (int i = 0; i < 30; i++) {
				assertThat(http.post("main", "application/json", message).status()).isEqualTo(204);
				assertThat(quick.next().data()).isEqualTo("[" + message + "]");
				quick.nextControl();
			}
			http.post("main", "application/json", "", "Stream-Closed", "true");
			assertThat(slow.receiveChunks().split(message, -1)).hasSize(31);
		}
	}

	@Test
	void slowCatchUpHoldsNoThread() throws IOException {
		for (int i = 0; i < 12; i++) {
			this.inProcess.post("main", "application/json", '"' + "x".repeat(1_000_000) + '"');
		}
		List<RawConnection> slow = new ArrayList<>();
		try {
			for (int i = 0; i < 2 * TOMCAT_THREADS; i++) {
				RawConnection reader = new RawConnection(this.tomcat.port(), 16 * 1024);
				slow.add(reader);
				get(reader, "main");
				assertThat(reader.receiveHead().status()).isEqualTo(200);
			}
			try (RawConnection other = new RawConnection(this.tomcat.port())) {
				assertThat(get(other, "main?offset=now").receive().status()).isEqualTo(200);
			}
			byte[] whole = this.inProcess.get("main").bytes();
			for (RawConnection reader : slow) {
				assertThat(Arrays.equals(reader.input().readNBytes(whole.length), whole)).isTrue();
			}
		}
		finally {
			for (RawConnection reader : slow) {
				reader.close();
			}
		}
	}

	@Test
	void connectionsOfPeersThatHaveGoneAreNoticedAndGivenBack() throws Exception {
		start(DurableStreamServer.builder().heartbeat(Duration.ofMillis(50)).longPollTimeout(Duration.ofMillis(500)));
		for (String live : new String[] { "sse", "long-poll" }) {
			for (int i = 0; i < 2 * TOMCAT_THREADS; i++) {
				try (RawConnection reader = new RawConnection(this.tomcat.port())) {
					get(reader, "main?offset=now&live=" + live);
					if (live.equals("sse")) {
						reader.readUntil("upToDate\":true");
					}
				}
			}
		}
		await().until(() -> this.tomcat.server().liveReaders() == 0);
		await().until(() -> this.tomcat.connections() == 0);
		try (RawConnection other = new RawConnection(this.tomcat.port())) {
			assertThat(get(other, "main").receive().body()).isEqualTo("[1]");
		}
	}

	@Test
	void peerThatGoesInTheMiddleOfALargeBodyIsGivenUp() throws Exception {
		for (int i = 0; i < 10; i++) {
			this.inProcess.post("main", "application/json", '"' + "x".repeat(1_000_000) + '"');
		}
		for (String path : new String[] { "main", "main?offset=-1&live=sse", "main?offset=-1&live=long-poll" }) {
			for (int i = 0; i < 2 * TOMCAT_THREADS; i++) {
				try (RawConnection reader = new RawConnection(this.tomcat.port(), 1024)) {
					get(reader, path).receiveHead();
					reader.input().readNBytes(5_000);
				}
			}
		}
		await().until(() -> this.tomcat.connections() == 0);
		await().until(() -> this.tomcat.server().liveReaders() == 0);
		assertThat(this.tomcat.errorPages()).as("answers that nobody would get").isZero();
	}

	@Test
	@Spec("S6.6")
	void liveReadersAreEndedWithAnOffsetToComeBackTo() throws Exception {
		try (RawConnection sse = new RawConnection(this.tomcat.port());
				RawConnection poll = new RawConnection(this.tomcat.port())) {
			get(sse, "main?offset=now&live=sse");
			get(poll, "main?offset=now&live=long-poll");
			CompletableFuture<StreamClient.Answer> own = this.inProcess.sendAsync("GET",
					"main?offset=now&live=long-poll", null);
			await().until(() -> this.tomcat.server().liveReaders() == 3);
			this.tomcat.server().endLiveReaders();
			assertThat(sse.receiveHead().status()).isEqualTo(200);
			assertThat(sse.receiveChunks()).contains("\"streamNextOffset\":\"").endsWith("}\n\n");
			RawConnection.Response response = poll.receive();
			assertThat(response.status()).isEqualTo(204);
			assertThat(response.headers()).containsKeys("stream-next-offset", "stream-cursor", "stream-up-to-date");
			assertThat(get(poll, "main?offset=now&live=long-poll").receive().status()).isEqualTo(204);
			assertThat(get(sse, "main?offset=-1&live=sse").receive().body()).contains("data:[1]", "event: control");
			await().until(() -> this.tomcat.server().liveReaders() == 1);
			assertThat(own).isNotDone();
			this.inProcess.post("main", "application/json", "2");
			assertThat(own.join().body()).isEqualTo("[2]");
		}
	}

	@Test
	void readersThatHardlyTakeAnythingAreCutOff() throws Exception {
		ScheduledExecutorService impatient = new ScheduledThreadPoolExecutor(1) {

			@Override
			public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
				return super.schedule(command, unit.toMillis(delay) / 20, TimeUnit.MILLISECONDS);
			}

		};
		start(DurableStreamServer.builder().scheduler(impatient));
		this.inProcess.post("main", "application/json", '"' + "x".repeat(20_000_000) + '"');
		try (RawConnection reader = new RawConnection(this.tomcat.port(), 1024)) {
			get(reader, "main?offset=-1&live=sse").receiveHead();
			await().until(() -> reader.input().read() >= 0 && this.tomcat.server().liveReaders() == 0);
		}
		finally {
			impatient.shutdownNow();
		}
	}

	@Test
	void readersThatHardlyTakeAnythingDoNotHoldUpAStop() throws Exception {
		this.inProcess.post("main", "application/json", '"' + "x".repeat(20_000_000) + '"');
		try (RawConnection reader = new RawConnection(this.tomcat.port(), 1024)) {
			get(reader, "main?offset=-1&live=sse").receiveHead();
			this.tomcat.server().endLiveReaders();
			await().until(() -> reader.input().read() >= 0 && this.tomcat.server().liveReaders() == 0);
			await().until(() -> this.tomcat.requestsInProgress() == 0);
		}
	}

	@Test
	void readOfAStreamThatIsDeletedMeanwhileBreaksOff() throws Exception {
		for (int i = 0; i < 100; i++) {
			this.inProcess.post("main", "application/json", "[" + ("\"" + "x".repeat(1000) + "\",").repeat(99) + "1]");
		}
		try (RawConnection reader = new RawConnection(this.tomcat.port(), 1024)) {
			RawConnection.Response head = get(reader, "main").receiveHead();
			this.inProcess.delete("main");
			int length = Integer.parseInt(head.headers().get("content-length"));
			assertThat(reader.input().readAllBytes().length).isLessThan(length);
		}
		await().until(() -> this.tomcat.requestsInProgress() == 0 && this.tomcat.connections() == 0);
		try (RawConnection next = new RawConnection(this.tomcat.port())) {
			assertThat(get(next, "main").receive().status()).isEqualTo(404);
		}
	}

	@Test
	@Spec("S6.5")
	void readersPastTheLimitAreToldToComeLater() throws Exception {
		start(DurableStreamServer.builder().limits(ServerLimits.defaults().withMaxReaders(2)));
		try (RawConnection first = new RawConnection(this.tomcat.port());
				RawConnection second = new RawConnection(this.tomcat.port());
				RawConnection third = new RawConnection(this.tomcat.port())) {
			get(first, "main?offset=now&live=sse");
			get(second, "main?offset=now&live=long-poll");
			await().until(() -> this.tomcat.server().liveReaders() == 2);
			for (String live : new String[] { "sse", "long-poll" }) {
				try (RawConnection tooMany = new RawConnection(this.tomcat.port())) {
					RawConnection.Response refused = get(tooMany, "main?offset=now&live=" + live).receive();
					assertThat(refused.status()).isEqualTo(503);
					assertThat(refused.headers()).containsKey("retry-after");
					assertThat(refused.body()).contains("2 live reads");
				}
			}
			assertThat(get(third, "main?offset=-1&live=long-poll").receive().status()).isEqualTo(200);
			CompletableFuture<StreamClient.Answer> own = this.inProcess.sendAsync("GET",
					"main?offset=now&live=long-poll", null);
			await().until(() -> this.tomcat.server().liveReaders() == 3);
			post(third, "[2]").receive();
			assertThat(own.join().status()).isEqualTo(200);
			assertThat(second.receive().status()).isEqualTo(200);
			await().until(() -> this.tomcat.server().liveReaders() == 1);
			get(second, "main?offset=now&live=long-poll");
			await().until(() -> this.tomcat.server().liveReaders() == 2);
		}
	}

	@Test
	void chunkedBodiesAreAppended() throws IOException {
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			connection.send("""
					POST /streams/main HTTP/1.1
					Host: localhost
					Content-Type: application/json
					Transfer-Encoding: chunked
					""", "3\r\n[2,\r\n2\r\n3]\r\n0\r\n\r\n");
			assertThat(connection.receive().status()).isEqualTo(204);
			connection.send("""
					POST /streams/main HTTP/1.1
					Host: localhost
					Content-Type: application/json
					Transfer-Encoding: chunked
					""", "0\r\n\r\n");
			assertThat(connection.receive().status()).isEqualTo(400);
		}
		assertThat(this.inProcess.get("main").body()).isEqualTo("[1,2,3]");
	}

	@Test
	void bodyThatBreaksOffIsNotAppended() throws Exception {
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			connection.send("""
					POST /streams/main HTTP/1.1
					Host: localhost
					Content-Type: application/json
					Content-Length: 100
					""", "[2]");
		}
		await().until(() -> this.tomcat.connections() == 0);
		assertThat(this.inProcess.get("main").body()).isEqualTo("[1]");
	}

	@Test
	@Spec("S6.3")
	void bodyPastTheLimitIsRefusedBeforeItIsReadOrWhileItArrives() throws Exception {
		start(DurableStreamServer.builder().limits(ServerLimits.defaults().withMaxBodyBytes(1000)));
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			connection.send("""
					POST /streams/main HTTP/1.1
					Host: localhost
					Content-Type: application/json
					Expect: 100-continue
					Content-Length: 1001
					""", "");
			assertThat(connection.receive().status()).isEqualTo(413);
		}
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			connection.send("""
					POST /streams/main HTTP/1.1
					Host: localhost
					Content-Type: application/json
					Transfer-Encoding: chunked
					""", "3e9\r\n" + " ".repeat(1001) + "\r\n0\r\n\r\n");
			assertThat(connection.receive().status()).isEqualTo(413);
		}
		assertThat(this.inProcess.get("main").body()).isEqualTo("[1]");
	}

	@Test
	void catchUpTellsItsLengthSoThatACutIsNoticed() throws IOException {
		this.inProcess.post("main", "application/json", '"' + "é".repeat(100_000) + '"');
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			RawConnection.Response response = get(connection, "main").receive();
			assertThat(response.headers()).containsEntry("content-length",
					Integer.toString(response.body().getBytes(StandardCharsets.UTF_8).length));
			assertThat(response.body()).isEqualTo(this.inProcess.get("main").body());
		}
	}

	@Test
	void registrationWithoutAsynchronousProcessingFailsBeforeAnythingIsDone() throws Exception {
		stop();
		this.tomcat = new TomcatServer(DurableStreamServer.builder().build(), "/streams", TOMCAT_THREADS, false);
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
		assertThat(StreamClient.overHttp(this.tomcat).put("main", "text/plain", "a").status()).isEqualTo(500);
		assertThat(this.inProcess.head("main").status()).isEqualTo(404);
	}

	@ParameterizedTest
	@CsvSource({ "PUT, application/json, Content-Length: 4, true", "PUT, application/json, Content-Length: 4, false",
			"POST, application/json, Content-Length: 4, true",
			"PUT, application/x-www-form-urlencoded, Content-Length: 4, true",
			"PUT, application/x-www-form-urlencoded, Transfer-Encoding: chunked, true",
			"PUT, multipart/form-data; boundary=x, Transfer-Encoding: chunked, true" })
	void bodyThatAFilterHasReadIsNotTakenForAnEmptyOne(String method, String type, String framing, boolean whole)
			throws Exception {
		startBehind((request, response, chain) -> {
			request.getInputStream().readNBytes(whole ? 100 : 2);
			chain.doFilter(request, response);
		});
		String path = method.equals("PUT") ? "new" : "main";
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			connection.send(method + " /streams/" + path
					+ " HTTP/1.1\nHost: localhost\nStream-Closed: true\nContent-Type: " + type + '\n' + framing,
					framing.endsWith("chunked") ? "4\r\na=12\r\n0\r\n\r\n" : "1234");
			RawConnection.Response refused = connection.receive();
			assertThat(refused.status()).isEqualTo(400);
			assertThat(refused.body()).contains("filter").contains("Content-Type");
		}
		assertThat(this.inProcess.head("new").status()).isEqualTo(404);
		assertThat(this.inProcess.head("main").header("Stream-Closed")).isNull();
	}

	@Test
	void formsAreKeptWhereNobodyReadsThem() throws IOException {
		try (RawConnection connection = new RawConnection(this.tomcat.port())) {
			for (String framing : new String[] { "Content-Length: 4", "Transfer-Encoding: chunked" }) {
				connection.send("""
						PUT /streams/%s HTTP/1.1
						Host: localhost
						Content-Type: application/x-www-form-urlencoded
						%s
						""".formatted(framing.substring(0, 7), framing),
						framing.endsWith("chunked") ? "4\r\na=12\r\n0\r\n\r\n" : "a=12");
				assertThat(connection.receive().status()).isEqualTo(201);
				assertThat(this.inProcess.get(framing.substring(0, 7)).body()).isEqualTo("a=12");
			}
			connection.send("""
					PUT /streams/empty HTTP/1.1
					Host: localhost
					Content-Type: application/x-www-form-urlencoded
					Content-Length: 0
					""", "");
			assertThat(connection.receive().status()).isEqualTo(201);
		}
	}

	private void startBehind(Filter filter) throws Exception {
		stop();
		this.tomcat = new TomcatServer(DurableStreamServer.builder().build(), "/streams", TOMCAT_THREADS, true, filter);
		this.inProcess = StreamClient.inProcess(this.tomcat.server());
		this.inProcess.put("main", "application/json", "[1]");
	}

	@Test
	void servletCanBeMappedToTheRoot() throws Exception {
		try (TomcatServer root = new TomcatServer(DurableStreamServer.builder().build(), "")) {
			StreamClient client = StreamClient.overHttp(root);
			assertThat(client.put("a/b", "text/plain", "x").status()).isEqualTo(201);
			assertThat(client.get("a/b").body()).isEqualTo("x");
		}
	}

	private static RawConnection get(RawConnection connection, String path) throws IOException {
		return connection.send("GET /streams/" + path + " HTTP/1.1\nHost: localhost", "");
	}

	private static RawConnection post(RawConnection connection, String body) throws IOException {
		return connection.send("POST /streams/main HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
				+ "Content-Length: " + body.length(), body);
	}

}
